"""The sidecar's beginning and end, its log, and that secrets stay where they belong."""
import json
import re
import signal
import time
from socket import create_connection

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase, eventually

PASSWORD = b"hush hush, \"quoted\" \xff"


class Ends(PodTestCase):
    def assert_ends_at_once(self, pod, number):
        begin = time.monotonic()
        pod.sidecar.send_signal(number)
        self.assertEqual(pod.sidecar.wait(), 0)
        self.assertLess(time.monotonic() - begin, 0.1)

    def check(self, pod, prepare):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                pod.start_sidecar()
                eventually(lambda: pod.get("/livez").status == 200, "the agent to answer")
                prepare()
                self.assert_ends_at_once(pod, number)

    def replica(self):
        _, replica = self.topology()
        replica.sidecar.stop()
        return replica

    def test_within_a_tenth_of_a_second(self):
        replica = self.replica()
        self.check(replica, replica.wait_until_ready)

    def test_while_redis_hangs(self):
        replica = self.replica()
        replica.server.pause()
        self.check(replica, lambda: replica.wait_for_reason("starting", "redis_not_answering"))

    def test_while_the_primary_is_a_black_hole(self):
        replica = self.replica()
        replica.pod.drop_from(self.world.pods[PRIMARY_NAME])
        self.check(replica, lambda: time.sleep(0.3))

    def test_while_dns_is_silent(self):
        replica = self.replica()
        self.world.dns.pause()
        self.check(replica, lambda: time.sleep(0.3))

    def test_while_clients_wait(self):
        replica = self.replica()
        held = []

        def connect():
            held.extend(create_connection((replica.pod.address, 9121)) for _ in range(20))
            for connection in held[-20:]:
                connection.sendall(b"GET /readyz HTTP/1.1\r\n")
        self.check(replica, connect)


class Restarts(PodTestCase):
    def test_kill_and_start_again_harms_nothing(self):
        primary, replica = self.topology()
        primary.fill(1000, replicas=1)
        link_before = replica.command("INFO", "replication")
        for _ in range(5):
            for pod in (primary, replica):
                pod.sidecar.kill()
                pod.start_sidecar()
            replica.wait_for_reason("replica_in_sync")
            primary.wait_for_reason("primary_serving")
        self.assertEqual(replica.command("DBSIZE"), 1000)
        run = re.compile(rb"master_replid:\w+")
        self.assertEqual(run.search(link_before)[0],
                         run.search(replica.command("INFO", "replication"))[0])
        with primary.redis() as redis:
            self.assertEqual(redis.info("stats")["sync_full"], "1")
        for pod in (primary, replica):
            agents = pod.command("CLIENT", "LIST").decode().count("name=redis-agent")
            self.assertLessEqual(agents, 2, "no connection of a dead agent is left")


class Log(PodTestCase):
    def test_a_line_for_a_change_and_none_for_a_poll(self):
        _, replica = self.topology()
        eventually(lambda: replica.status()["peers"], "its peers")
        polls = replica.metric("redis_agent_polls_total", peer="redis")
        before = replica.sidecar.log()
        eventually(lambda: replica.metric("redis_agent_polls_total", peer="redis") > polls + 12,
                   "a dozen polls", 5)
        self.assertEqual(replica.sidecar.log(), before)
        replica.server.kill()
        replica.wait_for_reason("redis_not_answering")
        after = replica.sidecar.log()[len(before):].splitlines()
        self.assertEqual(len([line for line in after if "not ready" in line]), 1, after)
        self.assertLessEqual(len(after), 4, after)
        for line in after:
            self.assertIn("127.0.0.1:6379", line)

    def test_json(self):
        _, replica = self.topology(settings={"LOG_FORMAT": "json"})
        lines = [json.loads(line) for line in replica.sidecar.log().splitlines()]
        ready = [line for line in lines if line.get("reason") == "replica_in_sync"]
        self.assertTrue(ready, lines)
        for line in lines:
            self.assertLessEqual({"time", "level", "message"}, set(line))

    def test_levels(self):
        pod = self.redis_pod(PRIMARY_NAME, settings={"LOG_LEVEL": "error"}).bring_up()
        pod.wait_until_ready()
        self.assertEqual(pod.sidecar.log(), "")


class Secrets(PodTestCase):
    def forms(self):
        """The password as it is, in hexadecimal, and as it is quoted in a redis.conf."""
        quoted = "".join(f"\\x{byte:02x}" for byte in PASSWORD)
        return [PASSWORD, b"hush hush", PASSWORD.hex().encode(), quoted.encode(), b"hush\\x20hush"]

    def assert_no_secret(self, where, text):
        for form in self.forms():
            self.assertNotIn(form, text, where)

    def test_are_in_no_argv_log_page_or_metric(self):
        primary, replica = self.topology(password=PASSWORD)
        for path in ("/status", "/metrics", "/", "/readyz?verbose"):
            self.assert_no_secret(path, replica.get(path).body)
        with primary.redis() as redis:
            redis("CONFIG", "SET", "requirepass", "another")
            redis("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        eventually(lambda: replica.status()["primary"]["condition"] == "password_refused",
                   "the primary to refuse the password", 5, [replica])
        replica.server.kill()
        replica.wait_for_reason("redis_not_answering")
        for pod in (primary, replica):
            self.assert_no_secret("log", pod.sidecar.log().encode(errors="replace"))
            for file in ("cmdline", "environ"):
                with open(f"/proc/{pod.sidecar.pid}/{file}", "rb") as of_process:
                    self.assert_no_secret(file, of_process.read())

    def test_a_password_in_argv_is_refused_and_not_repeated(self):
        pod = self.redis_pod(PRIMARY_NAME)
        for flags in (("--password", "hush hush"), ("--password=hush hush",)):
            done = pod.try_init(*flags)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"--password-file", done.stderr)
            self.assertNotIn(b"hush", done.stderr)

    def test_from_the_environment(self):
        pod = self.redis_pod(PRIMARY_NAME)
        variables = {"REDIS_AGENT_PASSWORD": "from the environment"}
        pod.password = b"from the environment"
        pod.init(variables=variables)
        pod.start_server()
        pod.start_sidecar(variables=variables)
        pod.wait_until_ready()


if __name__ == "__main__":
    pod_test_case.main()
