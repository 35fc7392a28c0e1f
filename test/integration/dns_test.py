"""DNS that is silent, slow, lying or changes: blocks nothing, is noticed, logged and counted."""
import time

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase, eventually

SERVICE_NAMES = ("primary", "service")


class Dns(PodTestCase):
    def failures(self, pod):
        return sum(pod.metric("redis_agent_dns_failures_total", name=name)
                   for name in SERVICE_NAMES)

    def wait_for_failures(self, pod, within=15):
        before = self.failures(pod)
        eventually(lambda: self.failures(pod) > before, "failures of DNS to be counted", within,
                   [pod])

    def assert_nothing_is_blocked(self, pod):
        """Polls go on in their rhythm and pages come at once."""
        polls = pod.metric("redis_agent_polls_total", peer="redis")
        begin = time.monotonic()
        slowest = 0
        while time.monotonic() - begin < 1:
            asked = time.monotonic()
            self.assertEqual(pod.get("/livez").status, 200)
            slowest = max(slowest, time.monotonic() - asked)
        self.assertLess(slowest, 0.1)
        self.assertGreaterEqual(pod.metric("redis_agent_polls_total", peer="redis") - polls, 3)

    def test_silent(self):
        _, replica = self.topology()
        self.world.dns.pause()
        self.wait_for_failures(replica)
        self.assert_nothing_is_blocked(replica)
        self.assertEqual(replica.status()["reason"], "replica_in_sync")
        self.assertIn("DNS gives no answer", replica.sidecar.log())
        self.world.dns.resume()
        replica.sidecar.wait_for_log("DNS answers again", 20)

    def test_silent_at_the_start(self):
        primary, replica = self.topology()
        replica.sidecar.stop()
        self.world.dns.pause()
        replica.start_sidecar()
        eventually(lambda: replica.get("/livez").status == 200, "the agent to answer", 2, [replica])
        self.assert_nothing_is_blocked(replica)
        self.assertEqual(replica.status()["redis"]["condition"], "up")
        self.wait_for_failures(replica, 30)
        status = replica.status()
        self.assertEqual(status["primary"]["condition"], "unresolved")
        self.assertIsNone(status["lag_bytes"])
        self.world.dns.resume()
        replica.wait_for_reason("replica_in_sync", within=20)
        self.assertEqual(replica.status()["primary"]["addresses"][0],
                         primary.pod.address if "." in replica.status()["primary"]["addresses"][0]
                         else primary.pod.address6)

    def test_slow(self):
        self.world.dns.disturb("delay", "1.5")
        primary = self.redis_pod(PRIMARY_NAME)
        replica = self.redis_pod("redis-slave-0")
        for pod in (primary, replica):
            pod.init()
            pod.start_server("--repl-diskless-sync-delay", "0")
            pod.start_sidecar()
        eventually(lambda: primary.get("/livez").status == 200, "the agent to answer", 2, [primary])
        self.assert_nothing_is_blocked(primary)
        primary.wait_until_ready()
        replica.wait_until_ready(40)

    def test_no_such_name(self):
        primary, replica = self.topology()
        self.world.dns.set_address(primary.name)
        self.world.list_pods()
        self.wait_for_failures(replica)
        self.assert_nothing_is_blocked(replica)
        replica.wait_for_reason("replica_in_sync")  # its connection still holds
        self.world.dns.set_address(primary.name, primary.pod.address, primary.pod.address6)

    def test_no_such_name_at_the_start(self):
        replica = self.redis_pod("redis-slave-0").bring_up()
        status = replica.wait_for_reason("never_in_sync")
        eventually(lambda: replica.status()["primary"]["condition"] == "unresolved",
                   "the primary to be unresolved", 5, [replica])
        self.assertIn("redis-master-0.redis-headless", status["explanation"])
        self.assert_nothing_is_blocked(replica)
        primary = self.redis_pod(PRIMARY_NAME).bring_up()
        primary.wait_until_ready()
        replica.wait_until_ready(20)

    def test_garbage(self):
        _, replica = self.topology()
        for lie in ("garbage", "wrong-id"):
            with self.subTest(lie=lie):
                self.world.dns.disturb(lie)
                self.wait_for_failures(replica, 20)
                self.assert_nothing_is_blocked(replica)
                self.assertEqual(replica.status()["reason"], "replica_in_sync")
                self.world.dns.calm()

    def test_a_wrong_address(self):
        primary, replica = self.topology(replicas=1, settings={"REDIS_TIMEOUT": "500ms"})
        stranger = self.world.add_pod("stranger-0", is_listed=False)
        self.world.dns.set_address(primary.name, stranger.address)
        status = replica.wait_for_reason("replica_stale")
        self.assertEqual(status["primary"]["addresses"], [stranger.address])
        self.assertEqual(status["primary"]["condition"], "refused")
        self.assert_nothing_is_blocked(replica)
        self.world.dns.set_address(primary.name, primary.pod.address, primary.pod.address6)
        replica.wait_for_reason("replica_in_sync")

    def test_an_address_that_changes(self):
        primary, replica = self.topology()
        self.world.move_pod(primary.pod)
        replica.sidecar.wait_for_log(f"addresses={primary.pod.address}", within=3)
        self.assertEqual(replica.metric("redis_agent_dns_changes_total", name="primary"), 1)
        eventually(lambda: replica.status()["primary"]["condition"] == "up",
                   "the primary to be asked at its new address", 5, [replica])

    def test_pods_that_come_and_go(self):
        primary, _ = self.topology()
        eventually(lambda: len(primary.status()["peers"]) == 2, "two peers", 5, [primary])
        self.world.add_pod("redis-slave-1")
        eventually(lambda: any("redis-slave-1" in peer for peer in primary.status()["peers"]),
                   "the new pod to be seen", 5, [primary])
        self.assertIn("the pods that DNS lists have changed", primary.sidecar.log())
        self.assertGreaterEqual(primary.metric("redis_agent_dns_changes_total", name="service"), 1)

    def list_many(self, pod, count):
        """Names of pods, of which `pod` is one; DNS can be asked by UDP alone."""
        dns = self.world.dns
        dns.pod.drop("tcp dport 53")
        self.addCleanup(dns.list_pods)
        self.addCleanup(dns.pod.heal)
        self.world.list_pods(pod.name, *(f"redis-slave-{number}" for number in range(1, count)))

    def wait_for_peers(self, pod, are_cut, least, most):
        def look():
            status = pod.status()
            seen = status["peers_are_cut"], len(status["peers"])
            if seen[0] != are_cut or not least <= seen[1] <= most:
                raise LookupError(seen)
            return True
        eventually(look, f"{least} to {most} peers", 20, [pod])

    def test_sixteen_pods_need_no_tcp(self):
        primary, = self.topology(replicas=0)
        self.list_many(primary, 16)
        self.wait_for_peers(primary, False, 16, 16)

    def test_a_list_that_is_cut_is_used_as_far_as_it_goes(self):
        primary, = self.topology(replicas=0)
        self.list_many(primary, 40)
        self.wait_for_peers(primary, True, 10, 39)
        self.assertEqual(primary.metric("redis_agent_dns_answer_cut"), 1)
        self.assert_nothing_is_blocked(primary)
        shown = primary.run_status()
        self.assertIn(b"the answer is cut", shown.stderr)
        self.world.dns.pod.heal()
        self.wait_for_peers(primary, False, 40, 40)
        self.assertEqual(primary.metric("redis_agent_dns_answer_cut"), 0)
        log = primary.sidecar.log()
        self.assertEqual(log.count("list of the pods is cut"), 1, log)
        self.assertEqual(log.count("DNS lists all pods again"), 1, log)

    def test_one_of_two_families_that_leads_nowhere_is_told_once(self):
        primary, replica = self.topology()
        primary.pod.drop("meta nfproto ipv6 tcp dport 6379")
        before = len(replica.sidecar.log())
        primary.server.kill()

        def failures(reason):
            return replica.metric("redis_agent_poll_failures_total", peer="primary", reason=reason)
        eventually(lambda: failures("refused") >= 5 and failures("unreachable") >= 5,
                   "both addresses to be tried", 20, [replica])
        primary.start_server()
        replica.wait_for_reason("replica_in_sync", within=20)
        log = replica.sidecar.log()[before:]
        self.assertEqual(log.count("condition=refused"), 1, log)
        self.assertEqual(log.count("condition=unreachable"), 1, log)
        self.assertEqual(log.count("the primary answers"), 1, log)

    def test_only_ipv6(self):
        primary = self.redis_pod(PRIMARY_NAME)
        replica = self.redis_pod("redis-slave-0")
        self.world.dns.set_address(PRIMARY_NAME, primary.pod.address6)
        for pod in (primary, replica):
            pod.init()
            pod.start_server("--repl-diskless-sync-delay", "0")
            pod.start_sidecar()
        replica.wait_until_ready(20)
        self.assertEqual(replica.status()["primary"]["addresses"], [primary.pod.address6])


if __name__ == "__main__":
    pod_test_case.main()
