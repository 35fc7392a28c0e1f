"""Applications with redis-py, that write through a Service while its primary moves: one as the
library is by default, one with the settings that k8s/README.md gives.

redis_py.py HOST prints a line of JSON for each once /tmp/stop exists: what was acknowledged, what
the application was told of as errors, the longest time without a write, and what is missing.
"""

import json
import os
import sys
import threading
import time

sys.path.insert(0, "/libraries/python")
# pylint: disable=wrong-import-position
import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ReadOnlyError
from redis.retry import Retry

RUN = time.time_ns()  # each has keys of its own: what an earlier one wrote proves nothing
PASSWORD = os.environ["REDISCLI_AUTH"]


def default(host):
    return redis.Redis(host=host, password=PASSWORD)


def as_told(host):
    return redis.Redis(
        host=host,
        password=PASSWORD,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=1), 50),
        retry_on_error=[ReadOnlyError],
        socket_timeout=2,
    )


class Application(threading.Thread):
    def __init__(self, name, client):
        super().__init__()
        self.name, self._client = name, client
        self._acknowledged, self._errors = [], {}
        self._gap, self._last = 0, time.monotonic()

    def run(self):
        number = 0
        while not os.path.exists("/tmp/stop"):
            number += 1
            self._write(number)
            time.sleep(0.01)
        self._gap = max(self._gap, time.monotonic() - self._last)

    def end(self):
        """A command that waits for a server which is gone without a word may do so for a quarter of
        an hour: it has to connect anew."""
        while not os.path.exists("/tmp/stop"):
            time.sleep(0.5)
        self.join(5)
        while self.is_alive():
            self._client.connection_pool.disconnect()
            self.join(5)

    def _key_of(self, number):
        return f"{self.name}:{RUN}:{number}"

    def _write(self, number):
        try:
            self._client.set(self._key_of(number), number)
        except redis.RedisError as error:
            word = f"{type(error).__name__}: {str(error)[:40]}"
            self._errors[word] = self._errors.get(word, 0) + 1
            return
        now = time.monotonic()
        self._acknowledged.append(number)
        self._gap, self._last = max(self._gap, now - self._last), now

    def result(self):
        found = [self._client.get(self._key_of(number)) for number in self._acknowledged]
        missing = [n for n, value in zip(self._acknowledged, found) if value != str(n).encode()]
        return {
            "name": self.name,
            "acknowledged": len(self._acknowledged),
            "errors": self._errors,
            "gap": round(self._gap, 2),
            "missing": missing[:20],
        }


def main():
    host = sys.argv[1]
    applications = [
        Application("redis-py by default", default(host)),
        Application("redis-py as told", as_told(host)),
    ]
    for application in applications:
        application.start()
    for application in applications:
        application.end()
    for application in applications:
        print(json.dumps(application.result()), flush=True)


main()
