"""Cut off, frozen, without an API server: who serves, who is closed, and until when."""
import time

import pod_test_case
from lock_test_case import LockTestCase
from faulting.acknowledged import AcknowledgedWrites

FENCE = 3.0  # lock_test_case.FAST
UNTIL_TAKEN = 12.0


class Cut(LockTestCase):
    def test_an_isolated_primary_is_closed_before_another_one_serves(self):
        master, *replicas = self.start_locked()
        with self.beside(master) as writes:
            writes.wait_for(100)
            began = time.monotonic()
            self.isolate(master)
            primary = self.wait_for_primary(replicas, UNTIL_TAKEN)
            taken = time.monotonic()
        self.assertLess(writes.times[-1], taken, "two servers took writes")
        self.assertLess(writes.times[-1] - began, FENCE + 1)
        print(f"last write after {writes.times[-1] - began:.1f} s, next one serves after "
              f"{taken - began:.1f} s", flush=True)
        self.heal(master)
        self.until(lambda: not self.takes_writes(master), "the old one to stay closed", 5)
        self.wait_for_roles(primary, replicas=[pod for pod in replicas if pod is not primary])

    def test_without_an_api_server_nothing_changes(self):
        master, *_ = self.start_locked()
        self.api.call("stop")
        with self.beside(master) as writes:
            writes.wait_for(100)
            time.sleep(4 * FENCE)
            writes.wait_for(100)
        self.assertEqual(writes.errors, [])
        self.assertLess(writes.longest_gap(), 1.0)
        self.api.call("start")
        self.wait_for_roles(master)
        self.assertEqual(self.lock()["term"], 1)

    def test_without_an_api_server_and_a_member_the_primary_closes(self):
        master, slave, _ = self.start_locked()
        self.api.call("stop")
        self.stays(lambda: self.takes_writes(master), 2 * FENCE, "it serves while all agree")
        self.kill(slave)
        master.wait_for_reason("fenced", within=2 * FENCE)
        self.until(lambda: not self.takes_writes(master), "its server to be closed", 1)
        self.api.call("start")
        master.wait_for_reason("primary_serving", within=10)
        self.assertEqual(self.lock()["term"], 1)

    def test_an_agent_that_restarts_without_an_api_server_goes_on(self):
        master, *_ = self.start_locked()
        self.api.call("stop")
        time.sleep(FENCE)
        with self.beside(master) as writes:
            writes.wait_for(100)
            master.sidecar.kill()
            master.start_sidecar()
            time.sleep(2 * FENCE)
            writes.wait_for(100)
        self.assertEqual(writes.errors, [])

    def test_a_frozen_primary_is_replaced_and_closed_when_it_wakes(self):
        master, *replicas = self.start_locked()
        for process in (master.server, master.sidecar):
            process.pause()
        primary = self.wait_for_primary(replicas, UNTIL_TAKEN)
        for process in (master.server, master.sidecar):
            process.resume()
        self.until(lambda: not self.takes_writes(master), "the one that woke to be closed", 2)
        self.stays(lambda: not self.takes_writes(master), 2, "it stays closed")
        self.wait_for_roles(primary)

    def test_a_server_without_its_agent_is_closed_by_the_next_one(self):
        master, *replicas = self.start_locked()
        master.sidecar.kill()
        primary = self.wait_for_primary(replicas, UNTIL_TAKEN)
        self.until(lambda: not self.takes_writes(master), "the old one to be closed", 2)
        master.start_sidecar()
        self.wait_for_roles(primary)

    def beside(self, pod):
        """A client in the same pod: what cuts the pod off does not cut it off."""
        return AcknowledgedWrites(lambda: pod.pod.address, timeout=1.0)

    def isolate(self, pod):
        """From all other pods and the API server, but not from the machine that asks it here."""
        others = [other.pod for other in self.pods if other is not pod] + [self.api.pod]
        pod.pod.drop_from(*others)
        for other in others:
            other.drop_from(pod.pod)

    def heal(self, pod):
        for other in [pod.pod, *(other.pod for other in self.pods), self.api.pod]:
            other.heal()


class Less(LockTestCase):
    def test_an_emptied_primary_gives_the_lock_to_who_has_the_data(self):
        master, *replicas = self.start_locked()
        master.fill(1000, replicas=2)
        self.until(lambda: self.lock()["offset"] > 0, "the lock to know of it", 5)
        master.server.kill()
        self.empty(master)
        self.start_server(master)
        primary = self.wait_for_primary(replicas, 6)
        self.assertIsNotNone(primary.command("GET", "key:1000"))
        self.wait_for_roles(primary)

    def test_a_primary_that_restarts_with_all_goes_on(self):
        master, *_ = self.start_locked(arguments=("--save", "3600 1"))
        master.fill(1000, replicas=2)
        master.server.stop()
        self.start_server(master)
        self.until(lambda: master.command("DBSIZE") > 0, "its data", 10)
        self.wait_for_roles(master)
        self.assertEqual(self.lock()["term"], 1)
        self.assertIsNotNone(master.command("GET", "key:1000"))


if __name__ == "__main__":
    pod_test_case.main()
