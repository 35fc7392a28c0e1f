"""From --tls=allow to both to only and back while everything runs: the file of --tls-file says
another way, and servers and agents go it. Nothing restarts or copies anew, no write is lost."""
import pod_test_case
from pod_test_case import PRIMARY_NAME, SERVERS
from tls_way_test_case import WayTestCase


class Changed(WayTestCase):
    def check(self, program, version, words):
        names = (PRIMARY_NAME, "redis-slave-0", "redis-slave-1")
        pods = [self.pod_with_file(name, "allow", {"REDIS_VERSION": version}) for name in names]
        self.bring_up(pods, program)
        pods[0].fill(500, replicas=2)
        for pod in pods:
            self.wait_for_way(pod, "allow")
        self.go(pods, words)
        return pods

    def test_on_each_server(self):
        for name in ("redis-7.0", "redis-8.0", "valkey-8.1"):
            if name != "redis-7.0" and not (SERVERS / name).exists():
                continue
            with self.subTest(server=name):
                self.check(self.server_program(name), "7.0", ("both", "only", "allow"))
                self.world.end_pods()

    def test_a_server_that_cannot_close_a_port_says_so_and_stays(self):
        program = self.server_program("redis-6.0")
        primary, replica, other = self.check(program, "6.0", ("both", "allow", "both"))
        for pod in (primary, replica, other):
            self.say(pod, "only")
            self.wait_for_warning(pod, "Redis refuses CONFIG SET port 0")
            self.assertTrue(pod.is_ready())
            self.wait_for_way(pod, "both")

    def test_a_server_that_restarts_in_its_place_begins_that_way(self):
        pods = [self.pod_with_file(name, "allow") for name in (PRIMARY_NAME, "redis-slave-0")]
        self.bring_up(pods)
        primary, replica = pods
        primary.fill(100, replicas=1)
        for word, port in (("both", "6379"), ("only", "0")):
            for pod in pods:
                self.say(pod, word)
            for pod in pods:
                self.wait_for_way(pod, word)
            conf = replica.pod.path("/run/redis-agent/redis.conf").read_text(encoding="utf-8")
            self.assertIn("\ntls-replication yes\n", conf)
            self.assertIn(f"\nport {port}\n", conf)
            self.assertIn(f"\nreplicaof {PRIMARY_NAME}.redis-headless 6380\n", conf)
            replica.server.stop()
            replica.start_server(*self.FLAGS)
            replica.wait_for_reason("replica_in_sync")
            self.wait_for_way(replica, word)
            self.assertNotIn(f"{PRIMARY_NAME}.redis-headless:6379", replica.server.log())
        self.check_anchor(primary, replica)
        self.wait_for_way(replica, "only")


if __name__ == "__main__":
    pod_test_case.main()
