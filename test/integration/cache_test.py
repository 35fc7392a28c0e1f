"""A cluster that keeps nothing, or nothing for long: an empty start is nobody's loss."""
import time

import pod_test_case
from safety_test_case import SafetyTestCase

_CACHE = ("--save", "")
_SHORT = {"PEER_WAIT": "1s", "PEER_WAIT_EMPTY": "2s"}


class Cache(SafetyTestCase):
    def test_a_cache_of_one_pod_restarts(self):
        primary, = self.start(0, _CACHE, **_SHORT)
        primary.fill(100)
        self.wait_for_memory(primary, has_keys=True)
        self.end(primary)
        self.recreate(primary)
        self.wait_for_all(0, within=8)

    def test_all_pods_of_a_cache_restart_at_once(self):
        self.start(2, _CACHE, **_SHORT)
        self.pods[0].fill(100, replicas=2)
        self.wait_for_memory(self.pods[0], has_keys=True)
        self.kill(*self.pods)
        self.recreate(*self.pods)
        self.wait_for_all(0, within=8)

    def test_a_cache_whose_replica_is_away_waits_for_it(self):
        """The other side of the coin: somebody who may have data is missing."""
        primary, replica = self.start(1, _CACHE, **_SHORT)
        primary.fill(100, replicas=1)
        self.wait_for_memory(primary, has_keys=True)
        replica.server.pause()
        self.kill(primary)
        self.recreate(primary)
        self.wait_for_gate(primary, "holds", "redis-slave-0")
        replica.server.resume()
        self.wait_for_all(100)

    def test_all_keys_have_expired(self):
        primary, = self.start(0, **_SHORT)
        with primary.redis() as redis:
            redis("EVAL", "for i = 1, 100 do redis.call('SET', i, 'x', 'PX', 1500) end", 0)
            expired_at = time.monotonic() + 1.5
            redis("SAVE")
        self.wait_for_memory(primary, has_keys=True)
        self.kill(primary)
        time.sleep(max(0, expired_at - time.monotonic()))
        self.recreate(primary)
        self.wait_for_all(0, within=8)


if __name__ == "__main__":
    pod_test_case.main()
