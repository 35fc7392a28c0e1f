"""A primary with many replicas is asked seldom for all of them, and often whether it is there."""
import pathlib
import sys

import pod_test_case
from pod_test_case import PodTestCase, eventually

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
# pylint: disable=wrong-import-position
from replicas import FakeReplicas

MANY = 60
ENOUGH = 12
WATCHED = ("--slowlog-log-slower-than", "0", "--slowlog-max-len", "100000")


class ManyReplicas(PodTestCase):
    def asked_by_the_agent(self, primary, section):
        """How often its client has sent INFO with that section."""
        entries = primary.command("SLOWLOG", "GET", "100000")
        return sum(entry[3] == [b"INFO", section] and b"redis-slave-0" in entry[5]
                   for entry in entries)

    def test_asks_for_all_of_them_seldom_and_notices_silence_as_ever(self):
        primary, replica = self.topology(arguments=WATCHED)
        with FakeReplicas(primary.pod.address, None, MANY):
            eventually(lambda: primary.command("INFO", "replication").count(b"state=online")
                       == MANY + 1, "all replicas to be online", 20, [primary])
            eventually(lambda: replica.status()["ready"], "the replica to be ready", 20, [replica])
            primary.command("SLOWLOG", "RESET")
            eventually(lambda: self.asked_by_the_agent(primary, b"persistence") >= ENOUGH,
                       f"{ENOUGH} looks at the primary", 30, [replica])
            looks = self.asked_by_the_agent(primary, b"persistence")
            self.assertLess(self.asked_by_the_agent(primary, b"replication"), looks)
            self.assertLess(replica.metric("redis_agent_lag_seconds"), 2.5)
            primary.server.pause()
            replica.wait_for_reason("replica_stale", within=4)
            primary.server.resume()
            replica.wait_for_reason("replica_in_sync", within=10)


if __name__ == "__main__":
    pod_test_case.main()
