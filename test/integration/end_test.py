"""The planned end of a primary: a preStop hook announces it, and no write is left behind."""
import contextlib
import http.client
import json
import signal
import threading
import time

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase, eventually
from pods import FileWrites

OLD_SERVERS = ("redis-5.0", "redis-6.2")  # they end at SIGTERM without waiting for anybody
HOOK_PORT = 9123

# Who does not get it acknowledges each second that he has not: he is slow, and never silent.
ALL_THAT_IS_LARGE = "tcp sport 6379 meta length > 500"


class Hook(threading.Thread):
    """The kubelet, which waits for the hook's answer."""

    def __init__(self, pod):
        super().__init__(daemon=True)
        self._pod = pod
        self.answer = None
        self.seconds = None
        self.start()

    def run(self):
        begin = time.monotonic()
        with contextlib.suppress(OSError, http.client.HTTPException):  # the agent may be killed
            self.answer = self._pod.get("/prestop", port=HOOK_PORT, within=30)
        self.seconds = time.monotonic() - begin

    def is_waiting(self):
        return self.answer is None


class PlannedEnd(PodTestCase):
    def pair(self, server, settings=None, arguments=()):
        program = self.server_program(server)
        version = server.removeprefix("redis-")
        settings = {"REDIS_VERSION": version, "SHUTDOWN_TIMEOUT": "20s", **(settings or {})}
        pods = [self.redis_pod(name, settings=settings)
                for name in (PRIMARY_NAME, "redis-slave-0")]
        for pod in pods:
            pod.init()
            pod.start_server("--repl-diskless-sync-delay", "0", *arguments, program=program)
            pod.start_sidecar()
        pods[0].wait_for_reason("primary_serving")
        pods[1].wait_for_reason("replica_in_sync")
        pods[0].fill(100, replicas=1)
        return pods

    @staticmethod
    def remembered(pod):
        return json.loads(pod.pod.path("/data/redis-agent.json").read_text())

    def test_the_hook_waits_until_the_replicas_have_all(self):
        for server in OLD_SERVERS:
            with self.subTest(server=server):
                self.check_waiting(server)
            self.world.end_pods()

    def check_waiting(self, server):
        primary, replica = self.pair(server)
        with primary.redis() as redis, primary.redis(timeout=0.3) as blocked:
            replica.pod.drop(ALL_THAT_IS_LARGE)
            redis("SET", "the last", "x" * 1000)
            hook = Hook(primary)
            primary.sidecar.wait_for_log("redis's clients are paused")
            self.assertRaises(TimeoutError, blocked, "SET", "too", "late")
            self.assertTrue(hook.is_waiting(), primary.sidecar.log())
            replica.pod.heal()
            eventually(lambda: not hook.is_waiting(), "the hook's answer", 15, [primary])
        self.assertEqual(hook.answer.status, 200)
        primary.sidecar.wait_for_log("the hook is answered why=\"1 of 1 replicas have all")
        primary.server.send_signal(signal.SIGTERM)
        self.assertEqual(primary.server.wait(), 0)
        self.assertEqual(replica.command("GET", "the last"), b"x" * 1000)
        primary.sidecar.wait_for_log("which 1 of 1 replicas have")
        self.assertEqual(self.remembered(primary)["last_end"]["acknowledged"], 1)
        self.check_next_run(primary, server)

    def check_next_run(self, primary, server):
        primary.start_server(program=self.server_program(server))
        primary.wait_for_reason("primary_serving")
        self.assertEqual(primary.metric("redis_agent_last_end_replicas"), 1)
        self.assertEqual(primary.metric("redis_agent_last_end_acknowledged_replicas"), 1)
        self.assertEqual(primary.metric("redis_agent_last_end_unacknowledged_bytes"), 0)
        primary.server.kill()
        primary.start_server(program=self.server_program(server))
        primary.wait_for_reason("primary_serving")
        eventually(lambda: "last_end" not in self.remembered(primary), "no word of a planned end")

    def test_the_hook_does_not_wait_for_one_that_is_silent_and_says_so(self):
        primary, replica = self.pair("redis-5.0")
        replica.server.pause()
        with primary.redis() as redis:
            redis("SET", "the last", "write")
            eventually(lambda: "lag=0" not in (line := redis.info("replication")["slave0"])
                       and "lag=1" not in line and "lag=2" not in line, "the replica to be silent")
        hook = Hook(primary)
        eventually(lambda: not hook.is_waiting(), "the hook's answer", 5, [primary])
        primary.sidecar.wait_for_log("the hook is answered why=\"0 of 1 replicas have all")
        self.assertRegex(primary.sidecar.log(), r"is given up: silent for \d+ s")

    def test_who_announces_an_end_does_not_make_the_volume_be_written_to(self):
        for server, writes_max in (("redis-7.0", 2), ("redis-5.0", 4)):
            with self.subTest(server=server):
                self.check_writes_to_the_volume(server, writes_max)
            self.world.end_pods()

    def check_writes_to_the_volume(self, server, writes_max):
        """Its memory is written anew each 10 s, and when a pause of Redis 5 begins and is over."""
        primary, _ = self.pair(server, {"SHUTDOWN_TIMEOUT": "1s"})
        eventually(lambda: (kept := self.remembered(primary))["keys"] and kept["cluster_id"],
                   "a memory of all that is there", 10, [primary])
        writes = FileWrites(primary.pod.path("/data/redis-agent.json"))
        self.addCleanup(writes.close)
        polls = primary.metric("redis_agent_polls_total", peer="redis")

        def look():
            primary.command("SET", "a", "write")
            primary.get("/prestop", port=HOOK_PORT)
            return primary.metric("redis_agent_polls_total", peer="redis") - polls >= 20
        eventually(look, "20 polls", 20, [primary])
        self.assertLessEqual(writes.count(), writes_max, primary.sidecar.log())

    def test_a_look_by_head_or_options_announces_nothing(self):
        primary, _ = self.pair("redis-5.0")
        for method in ("HEAD", "OPTIONS"):
            self.assertEqual(primary.get("/prestop", port=HOOK_PORT, method=method).status, 400)
        self.assertNotIn("is announced", primary.sidecar.log())

    def test_what_no_replica_has_is_told(self):
        primary, replica = self.pair("redis-6.2", {"SHUTDOWN_TIMEOUT": "1s"})
        replica.pod.drop(ALL_THAT_IS_LARGE)
        with primary.redis() as redis:
            redis("SET", "the last", "x" * 1000)
        hook = Hook(primary)
        eventually(lambda: not hook.is_waiting(), "the hook's answer", 10, [primary])
        self.assertGreater(hook.seconds, 0.8)
        primary.server.send_signal(signal.SIGTERM)
        primary.server.wait()
        primary.sidecar.wait_for_log("none has the last")
        last_end = self.remembered(primary)["last_end"]
        self.assertEqual((last_end["replicas"], last_end["acknowledged"]), (1, 0))
        self.assertGreater(last_end["unacknowledged_bytes"], 1000)

    def test_writes_go_on_if_no_end_comes(self):
        primary, replica = self.pair("redis-5.0", {"SHUTDOWN_TIMEOUT": "1s"})
        replica.server.pause()
        with primary.redis(timeout=5) as redis:
            redis("SET", "the last", "write")
            hook = Hook(primary)
            primary.sidecar.wait_for_log("clients are paused")
            self.assertEqual(redis("SET", "still", "here"), "OK")
        replica.server.resume()
        hook.join(10)
        again = Hook(primary)
        again.join(10)
        self.assertLess(again.seconds, 0.5, "a server ends once")
        self.assertEqual(primary.command("SET", "and", "on"), "OK")

    def test_the_agents_death_ends_no_pause_late(self):
        primary, replica = self.pair("redis-5.0", {"SHUTDOWN_TIMEOUT": "1s"})
        replica.server.pause()
        with primary.redis(timeout=5) as redis:
            redis("SET", "the last", "write")
            Hook(primary)
            primary.sidecar.wait_for_log("clients are paused")
            primary.sidecar.kill()
            self.assertEqual(redis("SET", "still", "here"), "OK")
        replica.server.resume()
        primary.start_sidecar()
        primary.wait_for_reason("primary_serving")

    def test_nobody_waits_where_there_is_nothing_to_wait_for(self):
        primary, replica = self.pair("redis-7.0")
        for pod in (primary, replica):
            hook = Hook(pod)
            hook.join(10)
            self.assertEqual(hook.answer.status, 200)
            self.assertLess(hook.seconds, 0.5)
        self.assertEqual(primary.command("SET", "writes", "go on"), "OK")
        self.assertEqual(primary.get("/elsewhere", port=HOOK_PORT).status, 404)

    def test_an_agent_that_is_told_to_end_too_sees_the_end(self):
        """Two containers of one kind are told at the same time."""
        primary, _ = self.pair("redis-7.0", arguments=("--appendonly", "yes"))
        Hook(primary).join(10)
        primary.sidecar.send_signal(signal.SIGTERM)
        primary.sidecar.wait_for_log("ends")
        self.assertTrue(primary.sidecar.is_running)
        primary.server.send_signal(signal.SIGTERM)
        self.assertEqual(primary.server.wait(), 0)
        self.assertEqual(primary.sidecar.wait(), 0)
        self.assertTrue(self.remembered(primary)["ended_cleanly"])


if __name__ == "__main__":
    pod_test_case.main()
