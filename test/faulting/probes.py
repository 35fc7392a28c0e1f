"""Clients beside each server that write wherever it is taken, and remember what was acknowledged.

They follow no route: what they see is what servers do. Each write has a key of its own.
"""
import bisect
import dataclasses
import socket
import threading
import time

from pods import RespClient, RespError

_PAUSE = 0.004
_LONGEST_WAIT = 60.0  # a frozen server's answer is waited for
_CONNECT_WITHIN = 0.5
_AT_ONCE = 1.0


@dataclasses.dataclass(frozen=True)
class Acknowledged:
    key: str
    sent: float
    answered: float


class Probe(threading.Thread):
    """Of one server."""

    def __init__(self, pod):
        super().__init__(daemon=True)
        self.pod = pod
        self.writes = []
        self.errors = []  # (time, text)
        self._client = None
        self._has_ended = threading.Event()

    def run(self):
        number = 0
        while not self._has_ended.is_set():
            try:
                with self._connect() as redis:
                    while not self._has_ended.is_set():
                        number += 1
                        self._write(redis, f"p:{self.pod.name}:{number}")
                        time.sleep(_PAUSE)
            except (OSError, ValueError) as error:
                self.errors.append((time.monotonic(), str(error)))
                time.sleep(0.02)

    def _connect(self):
        self._client = RespClient(self.pod.pod.address, timeout=_CONNECT_WITHIN)
        self._client.socket.settimeout(_LONGEST_WAIT)
        return self._client

    def _write(self, redis, key):
        sent = time.monotonic()
        try:
            redis("SET", key, "value")
            self.writes.append(Acknowledged(key, sent, time.monotonic()))
        except RespError as error:
            self.errors.append((time.monotonic(), str(error)))

    def stop(self):
        self._has_ended.set()
        if self._client:
            try:
                self._client.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.join(5)


class Probes:
    def __init__(self, pods):
        self.of = {pod.name: Probe(pod) for pod in pods}

    def start(self):
        for probe in self.of.values():
            probe.start()

    def stop(self):
        for probe in self.of.values():
            probe.stop()

    def count(self):
        return sum(len(probe.writes) for probe in self.of.values())

    def last_on(self, pod, since):
        """The time of the last answer of that server after `since`, None without any."""
        writes = self.of[pod.name].writes
        return writes[-1].answered if writes and writes[-1].answered > since else None

    def answered_after(self, moment, *pods):
        """One of these servers has answered a write that was sent after that."""
        return any(probe.writes and probe.writes[-1].sent > moment
                   for probe in (self.of[pod.name] for pod in pods))

    def gap_of(self, pod, since):
        """(begin, end) of that server's longest time without an answer after `since`."""
        times = [since] + [write.answered for write in self.of[pod.name].writes
                           if write.answered > since]
        return max(zip(times, times[1:]), key=lambda pair: pair[1] - pair[0],
                   default=(since, since))

    def first_on(self, pod, since):
        return next((write.answered for write in self.of[pod.name].writes
                     if write.sent > since), None)

    def count_doubles(self):
        """Writes that were taken while another server took writes too: before and after each of
        them, within a second. The lesser side of it counts."""
        counts = [sum(any(self._is_amid(write, other.writes, [one.answered for one in other.writes])
                          for other in self.of.values() if other is not probe)
                      for write in probe.writes)
                  for probe in self.of.values()]
        return sum(counts) - max(counts)

    @staticmethod
    def _is_amid(write, writes, answers):
        after = bisect.bisect_left(answers, write.sent)
        if after == 0 or after >= len(writes):
            return False
        before, following = writes[after - 1], next(
            (one for one in writes[after:after + 3] if one.sent > write.answered), None)
        return following is not None and following.sent - before.answered < _AT_ONCE

    def lost_on(self, primary):
        """Acknowledged keys that the primary does not have, by the server that took them."""
        with primary.redis(timeout=20) as redis:
            there = set(redis("KEYS", "p:*"))
        return {name: sum(write.key.encode() not in there for write in probe.writes)
                for name, probe in self.of.items()}
