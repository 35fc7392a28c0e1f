"""Clients of a rolling update, in a pod: one writes through a Service, one reads through another.

load.py WRITE_HOST READ_HOST SECONDS prints a line of JSON: what was acknowledged, the longest times
without an acknowledged write, and what the reader saw that it may not see. The password is in the
variable REDISCLI_AUTH. With LOAD_TLS, a folder of certificates, it comes by TLS; LOAD_PORT is
another port than 6379. It ends after SECONDS, or earlier once /tmp/stop exists.
"""

import json
import os
import socket
import ssl
import sys
import threading
import time

RUN = time.time_ns()  # each has keys of its own: what an earlier one wrote proves nothing
KEPT = "load:kept"  # written before; a reader that does not see it was sent to an empty replica


def key_of(number):
    return f"load:{RUN}:{number}"


class Connection:
    made = 0

    def __init__(self, host):
        folder = os.environ.get("LOAD_TLS")
        port = int(os.environ.get("LOAD_PORT", 6379))
        self._socket = socket.create_connection((host, port), timeout=1)
        if folder:
            context = ssl.create_default_context(cafile=f"{folder}/ca.crt")
            context.load_cert_chain(f"{folder}/tls.crt", f"{folder}/tls.key")
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
        self._file = self._socket.makefile("rb")
        if self.ask("AUTH", os.environ["REDISCLI_AUTH"]) != b"+OK":
            raise OSError("not logged in")
        Connection.made += 1

    def ask(self, *words):
        parts = [word.encode() for word in words]
        self._socket.sendall(
            b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)
        )
        line = self._file.readline().rstrip(b"\r\n")
        if not line:
            raise OSError("closed")
        if line.startswith(b"$") and line != b"$-1":
            return self._file.read(int(line[1:]) + 2)[:-2]
        return line

    def close(self):
        self._socket.close()


def keep_asking(host, goes_on, ask):
    connection = None
    while goes_on():
        try:
            connection = connection or Connection(host)
            ask(connection)
        except OSError:
            if connection:
                connection.close()
            connection = None
            time.sleep(0.02)


class Writer:
    def __init__(self):
        self.acknowledged, self.gaps, self.errors = [], [], {}
        self._next, self._last = 0, time.monotonic()

    def write(self, connection):
        self._next += 1
        answer = connection.ask("SET", key_of(self._next), str(self._next))
        now = time.monotonic()
        if answer != b"+OK":
            word = answer.split()[0].decode()
            self.errors[word] = self.errors.get(word, 0) + 1
            raise OSError(word)
        self.acknowledged.append(self._next)
        if now - self._last > 0.2:
            self.gaps.append(round(now - self._last, 2))
        self._last = now
        time.sleep(0.002)


class Reader:
    def __init__(self):
        self.reads, self.empty = 0, 0

    def read(self, connection):
        answer = connection.ask("GET", KEPT)
        self.reads += 1
        if answer == b"$-1":
            self.empty += 1
        time.sleep(0.005)


def missing_on(host, acknowledged):
    connection = Connection(host)
    return [n for n in acknowledged if connection.ask("GET", key_of(n)) != str(n).encode()]


def main():
    write_host, read_host, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    deadline = time.monotonic() + seconds

    def goes_on():
        return time.monotonic() < deadline and not os.path.exists("/tmp/stop")

    writer, reader = Writer(), Reader()
    threads = [
        threading.Thread(target=keep_asking, args=(write_host, goes_on, writer.write)),
        threading.Thread(target=keep_asking, args=(read_host, goes_on, reader.read)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(
        json.dumps(
            {
                "connections": Connection.made,
                "acknowledged": len(writer.acknowledged),
                "gaps": sorted(writer.gaps),
                "errors": writer.errors,
                "reads": reader.reads,
                "empty_reads": reader.empty,
                "missing": missing_on(write_host, writer.acknowledged)[:20],
            }
        )
    )


main()
