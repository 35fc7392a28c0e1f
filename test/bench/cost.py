"""CPU of processes to the nanosecond, as medians of rounds; and a client that costs little."""
import pathlib
import socket
import statistics
import time


def cpu_seconds(process):
    """Of all its threads; /proc/PID/stat has hundredths."""
    tasks = pathlib.Path(f"/proc/{process.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def shares(seconds, *processes):
    """Of a core, of each of them in the same seconds."""
    before, begin = [cpu_seconds(process) for process in processes], time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - begin
    return [(cpu_seconds(process) - then) / passed for process, then in zip(processes, before)]


def median_of(rounds, measure):
    """The median, figure by figure, of what each round measures."""
    return [statistics.median(figures) for figures in zip(*(measure() for _ in range(rounds)))]


def cost_of(count, act, *processes, idle=None):
    """Microseconds of CPU for one act, for each of the processes, without what they use by
    themselves, if `idle` has their shares of a core."""
    before, begin = [cpu_seconds(process) for process in processes], time.monotonic()
    for _ in range(count):
        act()
    used = [cpu_seconds(process) - then for process, then in zip(processes, before)]
    passed = time.monotonic() - begin
    return [(cpu - by_itself * passed) / count * 1e6
            for cpu, by_itself in zip(used, idle or [0] * len(used))]


def get(address, path, port=9121, headers="", within=30.0):
    """The answer as it came, over a connection of its own, as the kubelet asks."""
    with socket.create_connection((address, port), timeout=within) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n{headers}"
                           "\r\n".encode())
        parts = []
        while part := connection.recv(1 << 18):
            parts.append(part)
    return b"".join(parts)


def latencies(count, act, pause=0.0):
    """Milliseconds of each, sorted."""
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        act()
        times.append((time.perf_counter() - begin) * 1000)
        time.sleep(pause)
    return sorted(times)


def percentile(ordered, percent):
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
