"""Looks at every server all the time for what must never be, whatever happens.

  two primaries   two servers that say role:master and can be reached by their pods' addresses
  wiped           a replica's keys become fewer while its server runs
  ready and empty /readyz says 200 while the server has no key, and there was data
"""
import threading
import time

from pods import RespClient, RespError

_INTERVAL = 0.05
_PATIENCE = 0.3


class Sample:
    def __init__(self, role, run, keys):
        self.role, self.run, self.keys = role, run, keys


class Watch(threading.Thread):
    def __init__(self, pods, has_agents):
        super().__init__(daemon=True)
        self._pods = pods
        self._has_agents = has_agents
        self._clients = {}
        self._last = {}
        self._has_ended = threading.Event()
        self._begin = time.monotonic()
        self.tolerated = set()  # of the kinds of violations: what a fault itself makes
        self._told = set()
        self.violations = []
        self.samples = 0

    def run(self):
        while not self._has_ended.is_set():
            seen = {pod.name: self._look(pod) for pod in self._pods}
            self._judge_primaries(seen)
            for pod in self._pods:
                self._judge(pod, seen[pod.name])
            self.samples += 1
            time.sleep(_INTERVAL)

    def stop(self):
        self._has_ended.set()
        if self.is_alive():
            self.join(5)

    def _complain(self, kind, pod, text):
        """Once for each kind and pod."""
        if kind in self.tolerated or (kind, pod) in self._told:
            return
        self._told.add((kind, pod))
        self.violations.append(f"{kind} at {time.strftime('%H:%M:%S')}, "
                               f"{time.monotonic() - self._begin:.2f} s: {text}")

    def _look(self, pod):
        """None for a server that does not answer, or loads."""
        address = pod.pod.address
        try:
            client = self._clients.get(address)
            if client is None:
                client = self._clients[address] = RespClient(address, timeout=_PATIENCE)
            client.send("INFO", "replication")
            client.send("INFO", "server")
            client.send("DBSIZE")
            replication, server = (read_info(client.receive()) for _ in range(2))
            keys = client.receive()
            return Sample(replication["role"], server["run_id"], keys)
        except RespError:
            self._forget(address)
        except (OSError, ValueError, KeyError):
            self._forget(address)
        return None

    def _forget(self, address):
        client = self._clients.pop(address, None)
        if client:
            client.close()

    def _judge_primaries(self, seen):
        primaries = [name for name, sample in seen.items() if sample and sample.role == "master"]
        if len(primaries) < 2:
            return
        again = [pod.name for pod in self._pods if pod.name in primaries
                 and (sample := self._look(pod)) and sample.role == "master"]
        if len(again) >= 2:
            self._complain("two primaries", again[0], " and ".join(again))

    def _judge(self, pod, sample):
        if sample is None:
            return
        before = self._last.get(pod.name)
        self._last[pod.name] = sample
        is_same_run = before is not None and before.run == sample.run
        if is_same_run and before.role == "slave" and sample.keys < before.keys:
            self._complain("wiped", pod.name,
                           f"{pod.name} from {before.keys} to {sample.keys} keys")
        if sample.keys == 0 and self._has_agents:
            self._judge_readiness(pod, sample)

    def _judge_readiness(self, pod, sample):
        try:
            status = pod.get("/readyz", within=1.0).status
        except OSError:
            return
        again = self._look(pod)
        if status == 200 and again and again.keys == 0 and again.run == sample.run:
            self._complain("ready and empty", pod.name, pod.name)


def read_info(text):
    lines = text.decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)
