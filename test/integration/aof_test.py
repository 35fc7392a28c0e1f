"""An AOF that lacks what overwrites, not what adds: no count of keys tells."""
import time

import pod_test_case
from pods import slow_disk
from safety_test_case import AOF, SafetyTestCase

_FSYNC = 1500  # milliseconds: Redis postpones its writes meanwhile
_POLLED = 0.4  # seconds: the agent has heard the last offset
_MANIFEST = "/data/appendonlydir/appendonly.aof.manifest"


class Overwritten(SafetyTestCase):
    def start_on_a_slow_disk(self):
        primary, *replicas = self.start(2, AOF)
        primary.fill(100, replicas=2)
        primary.server.stop()
        primary.start_server(*self.arguments, variables=slow_disk(_FSYNC))
        self.wait_until_linked(primary, replicas, restarts=1)
        primary.fill(100, replicas=2)
        return primary, replicas

    def wait_until_linked(self, primary, replicas, restarts):
        self.until(lambda: primary.metric("redis_agent_redis_restarts_total") == restarts,
                   "the agent to see the restart")
        primary.wait_for_reason("primary_serving", within=30)
        for replica in replicas:
            replica.wait_for_reason("replica_in_sync", within=20)

    def write_what_is_postponed(self, primary, write):
        with primary.redis(timeout=5) as redis:
            self.until(lambda: write(redis) and self.holds_back(redis), "an fsync to be under way")
            for _ in range(60):
                write(redis)
            self.assertEqual(redis("WAIT", 2, 2000), 2)
            time.sleep(_POLLED)

    @staticmethod
    def holds_back(redis):
        return int(redis.info("persistence")["aof_buffer_length"]) > 0

    def test_a_counter_goes_on_where_it_was(self):
        primary, replicas = self.start_on_a_slow_disk()
        self.write_what_is_postponed(primary, lambda redis: redis("INCR", "counter"))
        primary.server.kill()
        before = replicas[0].command("GET", "counter")
        self.start_server(primary)
        self.wait_until_linked(primary, replicas, restarts=2)
        self.assertEqual([pod.command("GET", "counter") for pod in self.pods], [before] * 3)

    def test_what_the_kernel_alone_has_is_not_on_the_disk(self):
        for lines in (("--appendfsync", "no"),
                      ("--appendfsync", "everysec", "--no-appendfsync-on-rewrite", "yes")):
            with self.subTest(lines=lines):
                primary, _ = self.start(1, (*AOF, *lines, "--rdb-key-save-delay", "1000000"))
                primary.fill(100, replicas=1)
                primary.command("BGSAVE")
                self.until(lambda: primary.command("DBSIZE") == 100 and
                           self.memory(primary)["keys"] == 100, "the memory to be written", 15)
                before = self.memory(primary)["aof_offset"]
                primary.fill(200, replicas=1)
                self.until(lambda: self.memory(primary)["keys"] == 200,
                           "the memory to be written again", 15)
                self.assertEqual(self.memory(primary)["aof_offset"], before)
                self.world.end_pods()


class Repaired(SafetyTestCase):
    """redis-check-aof --fix leaves what is before the first thing that is wrong."""

    def test_what_it_cuts_is_copied_from_a_replica(self):
        for agents_too in (False, True):
            with self.subTest(agents_too=agents_too):
                primary, _ = self.start(1, AOF)
                primary.fill(1000, replicas=1)
                primary.fill(2000, replicas=1)
                self.wait_until_noted(primary)
                self.damage_and_repair(primary, agents_too)
                self.wait_for_all(2000)
                self.world.end_pods()

    def test_what_redis_itself_cut_off_a_torn_one_is_none(self):
        """Redis 7 counts it until the next rewrite: the run after has less than was told."""
        primary, _ = self.start(1, AOF)
        primary.fill(1000, replicas=1)
        self.wait_until_noted(primary)
        primary.server.kill()
        newest = self.newest_part(primary)
        newest.write_bytes(newest.read_bytes() + b"*3\r\n$3\r\nSET\r\n$8\r\nkey:")
        self.start_server(primary)
        self.wait_for_all(1000)
        primary.fill(2000, replicas=1)
        self.until(lambda: self.memory(primary)["keys"] == 2000, "them to be noted", 15)
        self.assertNotIn("aof_bytes", self.memory(primary))
        for opened in (2, 3):  # times, since the first one was of an empty pod
            primary.server.stop()
            self.start_server(primary)
            self.wait_for_all(2000)
            told = primary.sidecar.log()
            self.assertEqual(told.count('decision="opens (rule 4)'), opened, told)

    def wait_until_noted(self, primary):
        size = int(primary.redis().info("persistence")["aof_current_size"])
        self.until(lambda: self.memory(primary).get("aof_bytes") == size,
                   "all of it to be known to be on the disk", 15)

    @staticmethod
    def newest_part(primary):
        folder = primary.pod.path("/data/appendonlydir")
        return next(path for path in folder.iterdir() if ".incr." in path.name)

    def damage_and_repair(self, primary, agent_too):
        primary.server.kill()
        if agent_too:
            primary.sidecar.kill()
        newest = self.newest_part(primary)
        content = newest.read_bytes()
        newest.write_bytes(content.replace(b"key:1500\r\n", b"key:1500\0\0"))
        done = primary.pod.run("redis-check-aof", "--fix", _MANIFEST, stdin=b"y\n")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertLess(newest.stat().st_size, len(content))
        self.start_server(primary)
        if agent_too:
            primary.start_sidecar()


if __name__ == "__main__":
    pod_test_case.main()
