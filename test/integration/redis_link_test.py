"""Every state of the link to the local Redis, produced for real: a reason for each, no hang."""
import time

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase, eventually

QUICK_REDIS = {"REDIS_TIMEOUT": "300ms"}


class RedisLink(PodTestCase):
    def one_pod(self, password=b"", settings=None, with_server=True):
        pod = self.redis_pod(PRIMARY_NAME, password, {**QUICK_REDIS, **(settings or {})})
        if with_server:
            pod.init()
            pod.start_server()
        pod.start_sidecar()
        if with_server:
            pod.wait_until_ready()
        return pod

    def assert_answers_from_memory(self, pod):
        """Whatever Redis does, the agent's pages come at once."""
        for path in ("/livez", "/readyz", "/redis/livez", "/status", "/metrics", "/"):
            begin = time.monotonic()
            answer = pod.get(path, within=2)
            self.assertLess(time.monotonic() - begin, 0.1, path)
            self.assertIn(answer.status, (200, 503), path)
        self.assertEqual(pod.get("/livez").status, 200)

    def assert_not_ready(self, pod, reason, condition, within=10):
        def look():
            status = pod.status()
            seen = status["reason"], status["redis"]["condition"]
            if seen != (reason, condition):
                raise LookupError(seen)
            return status
        status = eventually(look, f"{reason} by {condition}", within, [pod])
        self.assertFalse(status["ready"])
        answer = pod.get("/readyz")
        self.assertEqual(answer.status, 503)
        self.assertIn(reason, answer.text)
        self.assert_answers_from_memory(pod)
        return status

    def test_nobody_listens_and_then_somebody_does(self):
        pod = self.one_pod(with_server=False)
        self.assert_not_ready(pod, "redis_not_answering", "refused")
        self.assertEqual(pod.metric("redis_up"), 0)
        pod.init()
        pod.start_server()
        begin = time.monotonic()
        pod.wait_until_ready()
        self.assertLess(time.monotonic() - begin, 2.5, "back-off goes up to one second")
        self.assertEqual(pod.metric("redis_up"), 1)

    def test_killed_and_started_again(self):
        pod = self.one_pod()
        pod.server.kill()
        begin = time.monotonic()
        self.assert_not_ready(pod, "redis_not_answering", "refused")
        self.assertLess(time.monotonic() - begin, 1)
        pod.start_server()
        pod.wait_until_ready()

    def test_stopped(self):
        pod = self.one_pod(settings={"LIVENESS_BUDGET": "1s"})
        pod.server.pause()
        self.assert_not_ready(pod, "redis_not_answering", "timed_out")
        eventually(lambda: pod.get("/redis/livez").status == 503, "/redis/livez to fail", 5, [pod])
        self.assertEqual(pod.get("/livez").status, 200)
        pod.server.resume()
        pod.wait_until_ready()
        self.assertEqual(pod.get("/redis/livez").status, 200)
        clients = pod.command("CLIENT", "LIST").decode()
        self.assertEqual(clients.count("name=redis-agent"), 1, clients)

    def test_loading(self):
        pod = self.one_pod(settings={"LIVENESS_BUDGET": "1s"})
        pod.fill(20000)
        pod.command("SAVE")
        pod.server.stop()
        pod.start_server("--key-load-delay", "200", "--loading-process-events-interval-bytes",
                         "1024")
        status = self.assert_not_ready(pod, "redis_loading", "up")
        self.assertIn("load", status["explanation"])
        eventually(lambda: self.is_loading_for(pod, 1.2), "loading for longer than the budget", 5)
        self.assertEqual(pod.get("/redis/livez").status, 200)
        self.assertEqual(pod.get("/startupz").status, 200)
        pod.wait_until_ready(30)
        self.assertEqual(pod.status()["keys"], 20000)

    @staticmethod
    def is_loading_for(pod, seconds):
        with pod.redis() as redis:
            info = redis.info("persistence")
            begin = int(info["loading_start_time"])
            return info["loading"] == "1" and time.time() - begin > seconds

    def test_a_load_that_stands_still_fails_startupz(self):
        pod = self.one_pod(settings={"STARTUP_STALL": "1s"})
        pod.fill(20000)
        pod.command("SAVE")
        pod.server.stop()
        pod.start_server("--key-load-delay", "500", "--loading-process-events-interval-bytes",
                         "1024")
        self.assert_not_ready(pod, "redis_loading", "up")
        self.assertEqual(pod.get("/startupz").status, 200)
        pod.server.pause()
        eventually(lambda: pod.get("/startupz").status == 503, "/startupz to fail", 5, [pod])
        pod.server.resume()
        eventually(lambda: pod.get("/startupz").status == 200, "/startupz to pass", 5, [pod])

    def test_a_wrong_password_until_the_file_is_right(self):
        pod = self.one_pod(b"right")
        pod.sidecar.stop()
        secret = pod.pod.path("/run/secrets/redis-password")
        secret.write_bytes(b"wrong")
        pod.start_sidecar()
        self.assert_not_ready(pod, "password_refused", "password_refused")
        self.assertEqual(pod.get("/redis/livez").status, 200)
        secret.write_bytes(b"right\n")
        pod.wait_until_ready()

    def test_no_password_where_one_is_needed(self):
        pod = self.one_pod(b"needed")
        pod.sidecar.stop()
        del pod.variables["REDIS_AGENT_PASSWORD_FILE"]
        pod.start_sidecar()
        self.assert_not_ready(pod, "password_refused", "password_required")

    def test_a_password_that_is_rotated_under_a_connection(self):
        pod = self.one_pod(b"old")
        pod.command("CONFIG", "SET", "requirepass", "new")
        pod.password = b"new"
        pod.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        self.assert_not_ready(pod, "password_refused", "password_refused")
        pod.pod.path("/run/secrets/redis-password").write_bytes(b"new")
        pod.wait_until_ready()

    def test_a_user_of_the_least_rights(self):
        settings = {"USERNAME": "agent", "REDIS_VERSION": "7.0", "GATE": "direct"}
        pod = self.one_pod(b"agent's own", settings, with_server=False)
        pod.init()
        pod.start_server()
        pod.wait_for_server()
        self.assert_not_ready(pod, "password_refused", "password_refused")
        acl = ["ACL", "SETUSER", "agent", "reset", "on", ">agent's own"]
        pod.command(*acl, "+client|setname")
        self.assert_not_ready(pod, "password_refused", "not_permitted")
        pod.command(*acl, "+client|setname", "+info", "+role")
        pod.wait_until_ready()

    def test_busy_with_a_script(self):
        pod = self.one_pod(settings={"LIVENESS_BUDGET": "1s"})
        pod.command("CONFIG", "SET", "lua-time-limit", "100")
        script = pod.redis()
        script.send("EVAL", "while true do end", "0")
        self.assert_not_ready(pod, "redis_busy", "busy")
        begin = time.monotonic()
        while time.monotonic() - begin < 1.3:  # longer than the liveness budget
            self.assertEqual(pod.get("/redis/livez").status, 200)
            time.sleep(0.1)
        pod.command("SCRIPT", "KILL")
        pod.wait_until_ready()

    def test_half_open(self):
        pod = self.one_pod()
        pod.pod.drop("iif lo tcp dport 6379")
        self.assert_not_ready(pod, "redis_not_answering", "timed_out")
        eventually(lambda: pod.status()["redis"]["condition"] == "unreachable",
                   "the dead connection to be given up", 5, [pod])
        pod.pod.heal()
        pod.wait_until_ready()

    def test_what_it_knows_is_too_old(self):
        """An agent that was starved itself does not pass on what it knew before."""
        pod = self.one_pod(settings={"MAX_OBSERVATION_AGE": "600ms"})
        pod.sidecar.pause()
        pod.server.pause()
        time.sleep(0.7)
        pod.sidecar.resume()
        answer = pod.get("/readyz")
        self.assertEqual(answer.status, 503)
        self.assertIn("observation_too_old", answer.text)
        pod.server.resume()
        pod.wait_until_ready()

    def test_no_redis_at_all(self):
        conditions = {
            "garbage": "not_redis",
            "http": "not_redis",
            "wrong-replies": "not_redis",
            "deep": "not_redis",
            "gigabytes": "reply_too_large",
            "endless-line": "reply_too_large",
            "endless-array": "reply_too_large",
            "close": "closed",
            "silent": "timed_out",
        }
        # Time for a busy machine to send more than a reply may have.
        pod = self.one_pod(with_server=False, settings={"REDIS_TIMEOUT": "2s"})
        for kind, condition in conditions.items():
            with self.subTest(kind=kind):
                pod.start_fake(kind)
                try:
                    self.assert_not_ready(pod, "redis_not_answering", condition, within=30)
                    self.assertLess(pod.sidecar.resident_bytes(), 64 * 1024 * 1024)
                finally:
                    pod.server.kill()
        pod.init()
        pod.start_server()
        pod.wait_until_ready()

    def test_a_server_that_drips(self):
        pod = self.one_pod(with_server=False)
        pod.start_fake("drip")
        eventually(lambda: pod.status()["redis"]["condition"] in ("timed_out", "not_redis"),
                   "the drip to be noticed", 5, [pod])

    def test_names_itself(self):
        pod = self.one_pod()
        self.assertIn("name=redis-agent", pod.command("CLIENT", "LIST").decode())

    def test_asks_four_times_a_second_on_one_connection(self):
        pod = self.one_pod()
        before = self.polls(pod)
        with pod.redis() as redis:
            calls = int(redis.info("stats")["total_connections_received"])
            eventually(lambda: self.polls(pod) >= before + 8, "8 polls", 3)
            self.assertEqual(int(redis.info("stats")["total_connections_received"]), calls)

    @staticmethod
    def polls(pod):
        return pod.metric("redis_agent_polls_total", peer="redis")


if __name__ == "__main__":
    pod_test_case.main()
