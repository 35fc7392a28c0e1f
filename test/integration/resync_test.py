"""Why a replica had to come into sync anew, as its agent counts it, on real servers."""
import contextlib

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase, eventually


class Causes(PodTestCase):
    def setUp(self):
        super().setUp()
        self.primary = self.redis_pod(PRIMARY_NAME)
        self.primary.init()
        self.primary.start_server("--repl-diskless-sync-delay", "1", "--repl-backlog-size", "16kb")
        self.primary.start_sidecar()
        self.primary.wait_for_reason("primary_serving")
        self.replica = self.redis_pod("redis-slave-0")
        self.replica.init()
        self.replica.start_sidecar()
        self.replica.start_server()
        self.replica.wait_for_reason("replica_in_sync")

    def count(self, kind, cause):
        return self.replica.metric("redis_agent_resyncs_total", kind=kind, cause=cause)

    def wait_for(self, kind, cause):
        eventually(lambda: self.count(kind, cause) == 1, f"a {kind} resync, {cause}", 20,
                   pods=(self.replica,))
        self.replica.wait_until_ready()

    @contextlib.contextmanager
    def parted(self):
        """Until the link is seen down: between two polls it would go and come unseen."""
        self.primary.pod.drop_from(self.replica.pod)
        yield
        eventually(lambda: self.replica.status()["link"] == "down", "the link to be seen down")
        self.primary.pod.heal()

    def test_each_is_counted_by_its_cause(self):
        primary, replica = self.primary, self.replica
        self.wait_for("full", "first_sync")
        primary.fill(10, replicas=1)
        with self.parted():
            primary.command("CLIENT", "KILL", "TYPE", "replica")
        self.wait_for("partial", "link_lost")
        replica.command("REPLICAOF", "127.0.0.1", "1")
        self.wait_for("partial", "redirected")
        replica.server.pause()
        primary.command("CLIENT", "KILL", "TYPE", "replica")
        primary.fill(1000)
        replica.server.resume()
        self.wait_for("full", "backlog_too_small")
        with self.parted():
            replica.server.kill()
            replica.start_server()
            replica.wait_for_server()
        self.wait_for("partial", "redis_restarted")  # from the RDB of the full sync
        text = replica.get("/metrics").text
        total = sum(float(line.rpartition(" ")[2]) for line in text.splitlines()
                    if line.startswith("redis_agent_resyncs_total{"))
        self.assertEqual(total, 5, "each of them once")
        self.assertRegex(replica.sidecar.log(), r"full resync done.*cause=backlog_too_small")


if __name__ == "__main__":
    pod_test_case.main()
