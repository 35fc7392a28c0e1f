"""A client that gives each write a key of its own, and remembers which were acknowledged.

It connects anew to where `find_address()` leads when a write fails, as a client does that reaches
its primary through a Service. A write without an answer is not tried again: it may have been done.
"""
import threading
import time

from pods import RespClient, RespError

_PAUSE = 0.0005  # between writes: some 1,500 a second


class AcknowledgedWrites(threading.Thread):
    def __init__(self, find_address, prefix="w", timeout=10.0, connect=RespClient):
        super().__init__(daemon=True)
        self._connect = connect
        self._find_address = find_address
        self._prefix = prefix
        self._timeout = timeout
        self._has_ended = threading.Event()
        self.keys = []
        self.times = []   # of their answers
        self.errors = []  # (time, text)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._has_ended.set()
        self.join()

    def run(self):
        number = 0
        while not self._has_ended.is_set():
            try:
                with self._connect(self._find_address(), timeout=self._timeout) as redis:
                    while not self._has_ended.is_set():
                        number += 1
                        key = f"{self._prefix}:{number}"
                        redis("SET", key, number)
                        self.times.append(time.monotonic())
                        self.keys.append(key)
                        time.sleep(_PAUSE)
            except (OSError, RespError, ValueError) as error:
                self.errors.append((time.monotonic(), str(error)))
                time.sleep(0.005)

    def wait_for(self, count, within=10.0):
        """Until that many more have been acknowledged."""
        wanted, end = len(self.keys) + count, time.monotonic() + within
        while len(self.keys) < wanted:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self.keys)} of {wanted} writes within {within} s; "
                                   f"{self.errors[-3:]}")
            time.sleep(0.005)

    def longest_gap(self):
        """In seconds, between two answers."""
        return max((b - a for a, b in zip(self.times, self.times[1:])), default=0.0)

    def lost_on(self, address):
        """Acknowledged keys that the server there does not have."""
        with self._connect(address) as redis:
            return [key for key in self.keys if redis("EXISTS", key) != 1]
