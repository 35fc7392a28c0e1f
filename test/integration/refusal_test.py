"""Servers that refuse the agent's orders: how often they are asked, and where that is told."""
import time

import pod_test_case
from pod_test_case import PodTestCase
from pods import PARKING_PLACE

_PASSWORD = b"secret"
_WITHOUT = ("ACL", "SETUSER", "agent", "-replicaof")
_WITH = ("ACL", "SETUSER", "agent", "+replicaof")


class Refused(PodTestCase):
    """The agent's user may not say REPLICAOF, and the primary's address has to be followed."""

    def start_refusing(self):
        primary, replica = self.topology(1, password=_PASSWORD)
        for pod in (primary, replica):
            pod.command("ACL", "SETUSER", "agent", "on", ">" + _PASSWORD.decode(), "+@all")
        replica.command(*_WITHOUT)
        replica.sidecar.stop()
        replica.start_sidecar("--username", "agent")
        replica.wait_for_reason("replica_in_sync")
        replica.command("REPLICAOF", *PARKING_PLACE)
        return replica

    def count(self, pod, text):
        return pod.sidecar.log().count(text)

    def test_it_is_told_once_and_given_again_more_and_more_seldom(self):
        replica = self.start_refusing()
        replica.sidecar.wait_for_log("an order is refused")
        begin = replica.sidecar.cpu_seconds()
        time.sleep(5)  # what is counted is what goes on without end
        self.assertLess(replica.sidecar.cpu_seconds() - begin, 0.5)
        self.assertEqual(self.count(replica, "an order is refused"), 1)
        self.assertEqual(self.count(replica, "gives an order"), 1)
        refused = replica.metric("redis_agent_refused_orders_total")
        self.assertGreaterEqual(refused, 3)
        self.assertLessEqual(refused, 6, "250 ms, 500 ms, 1 s, 2 s, 4 s")
        self.assertRegex(replica.status()["explanation"], "redis refuses REPLICAOF .*NOPERM")
        replica.command(*_WITH)
        replica.wait_for_reason("replica_in_sync", within=20)
        replica.sidecar.wait_for_log("an order is no longer refused")


if __name__ == "__main__":
    pod_test_case.main()
