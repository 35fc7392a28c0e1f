"""A client that writes all the time, and knows which of its writes have to survive.

It has one connection, numbers its writes and reconnects when one fails. A write that was answered
counts as safe once WAIT has found it on a replica, on the connection on which it was made: on any
other WAIT says yes to everything.
"""
import threading
import time

from pods import RespClient, RespError

_PAUSE = 0.0005  # between writes: some 1,500 a second, so that sampling the servers goes on
_WRITES_PER_WAIT = 20


class Writer(threading.Thread):
    def __init__(self, find_address):
        """`find_address()` is where the primary is now."""
        super().__init__(daemon=True)
        self._find_address = find_address
        self._next = 1
        self._has_ended = threading.Event()
        self._may_write = threading.Event()
        self._may_write.set()
        self._is_idle = threading.Event()
        self._lock = threading.Lock()
        self._unsure = []
        self._safe = set()
        self._answered = []  # (time, how many until then), every answer within reason
        self.last_answer = 0.0

    # --- what it knows ---

    def safe(self):
        """The keys of all writes that have to survive."""
        with self._lock:
            return set(self._safe)

    def count(self):
        return self._next - 1

    def first_answer_after(self, moment):
        """When a write was answered again after `moment`; None if none was."""
        with self._lock:
            return next((at for at in self._answered if at > moment), None)

    # --- its life ---

    def run(self):
        while not self._has_ended.is_set():
            self._rest()
            try:
                with RespClient(self._find_address(), timeout=1.0) as redis:
                    self._write(redis)
            except (OSError, RespError, ValueError):
                pass
            with self._lock:
                self._unsure = []
            time.sleep(0.02)

    def _rest(self):
        self._is_idle.set()
        self._may_write.wait()
        self._is_idle.clear()

    def pause(self):
        self._may_write.clear()
        self._is_idle.wait(5)

    def resume(self):
        self._may_write.set()

    def forget(self):
        """Nothing that was written has to survive."""
        with self._lock:
            self._safe = set()

    def stop(self):
        self._may_write.set()
        self._has_ended.set()
        if self.is_alive():
            self.join(5)

    def _write(self, redis):
        while self._may_write.is_set() and not self._has_ended.is_set():
            for _ in range(_WRITES_PER_WAIT):
                number = self._next
                self._next += 1
                redis("SET", f"w:{number}", number)
                now = time.monotonic()
                with self._lock:
                    self._unsure.append(f"w:{number}".encode())
                    if now - self.last_answer > 0.005:
                        self._answered.append(now)
                    self.last_answer = now
                time.sleep(_PAUSE)
            if redis("WAIT", 1, 100) >= 1:
                with self._lock:
                    self._safe.update(self._unsure)
                    self._unsure = []
