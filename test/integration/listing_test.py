"""Pods that are away for long, and pods that DNS cannot list: their data counts all the same."""
import pod_test_case
from safety_test_case import AOF, SafetyTestCase

_RESTARTS = 18
_PODS_OF_ONE_DATAGRAM = 6  # of the SRV records of names as long as these, in 512 bytes


class Away(SafetyTestCase):
    """Each restart is a history of its own, and the replica that is away knows only the first."""

    def check(self, arguments, end):
        primary, replica = self.start(1, arguments, PEER_WAIT="200ms", REPLICAOF="placeholder")
        primary.fill(1000, replicas=1)
        self.end(replica)
        self.until(lambda: any("bound" in pod for pod in primary.status().get("pods", [])),
                   "the primary's agent to note that the replica is away")
        for number in range(_RESTARTS):
            primary.command("SET", "restart", number)
            before = primary.metric("redis_agent_redis_restarts_total")
            end(primary.server)
            self.start_server(primary)
            self.until(lambda before=before: primary.is_ready()
                       if primary.metric("redis_agent_redis_restarts_total") > before else None,
                       f"the primary to serve again, restart {number}")
        self.recreate(replica)
        self.wait_for_all(1001)
        self.assertEqual(replica.command("GET", "restart"), str(_RESTARTS - 1).encode())

    def test_the_primary_is_restarted_often(self):
        self.check((), lambda server: server.stop())

    def test_the_primary_crashes_often(self):
        self.check(AOF, lambda server: server.kill())


class Truncated(SafetyTestCase):
    def grow(self):
        """The cluster is scaled up, and the nodes are not there yet: pods without an address."""
        coming = [f"redis-slave-{ordinal}" for ordinal in range(2, _PODS_OF_ONE_DATAGRAM + 2)]
        self.world.dns.pod.drop("tcp dport 53")
        self.addCleanup(self.world.dns.pod.heal)
        self.world.list_pods(*self.world.pods, *coming)

    def test_more_pods_than_a_datagram_holds_and_no_tcp(self):
        primary, *replicas = self.start(2, PEER_WAIT="3s", PEER_WAIT_EMPTY="3s")
        primary.fill(1000, replicas=2)
        primary.command("SAVE")
        self.wait_for_memory(primary, has_keys=True)
        old = primary.pod.path("/data/dump.rdb").read_bytes()
        primary.fill(2000, replicas=2)
        self.kill(primary)
        primary.pod.path("/data/dump.rdb").write_bytes(old)
        self.grow()
        self.watch()
        self.recreate(primary)
        self.wait_for_all(2000, within=30)
        self.check_watch()


if __name__ == "__main__":
    pod_test_case.main()
