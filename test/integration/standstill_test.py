"""An agent that is stopped, or whose machine is, has asked nobody: nobody was silent meanwhile."""
import time

import pod_test_case
from safety_test_case import SafetyTestCase

_PEER_WAIT = 10.0


class Standstill(SafetyTestCase):
    def start_without_the_replica(self):
        """The primary's volume is from before writes that the replica's has."""
        primary, replica = self.start(1, PEER_WAIT=f"{_PEER_WAIT:g}s")
        primary.fill(1000, replicas=1)
        primary.command("SAVE")
        primary.fill(2000, replicas=1)
        replica.command("SAVE")
        self.kill(primary, replica)
        self.recreate(primary)
        self.wait_for_gate(primary, "rule 7", "redis-slave-0 did not answer")
        return primary, replica

    def test_a_replica_that_is_back_meanwhile_is_asked_before_the_gate_opens(self):
        primary, replica = self.start_without_the_replica()
        primary.sidecar.pause()
        self.world.move_pod(replica.pod)
        self.recreate(replica)
        self.until(lambda: replica.command("DBSIZE") == 2000, "the replica to have its data")
        time.sleep(_PEER_WAIT)
        primary.sidecar.resume()
        self.wait_for_all(2000)


if __name__ == "__main__":
    pod_test_case.main()
