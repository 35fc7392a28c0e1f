"""What a volume has that Redis has not loaded, and a volume that refuses what the agent writes."""
import re

import pod_test_case
from pods import RespClient
from safety_test_case import AOF, MEMORY, SafetyTestCase

_LIBRARY = "#!lua name=kept\nredis.register_function('answer', function() return 42 end)"
_BACKUP_PORT = 7000


class Functions(SafetyTestCase):
    def has_library(self, pod):
        return len(pod.command("FUNCTION", "LIST")) == 1

    def test_a_library_is_data(self):
        primary, *replicas = self.start(2)
        primary.command("FUNCTION", "LOAD", _LIBRARY)
        for replica in replicas:
            self.until(lambda replica=replica: self.has_library(replica), "it to be replicated")
        self.kill(primary)
        self.empty(primary)
        self.recreate(primary)
        self.wait_for_all(0)
        self.assertEqual([self.has_library(pod) for pod in self.pods], [True] * 3)
        self.assertEqual(primary.command("FCALL", "answer", 0), 42)


class Unread(SafetyTestCase):
    """Files with keys that the server has not loaded, beside a server that has none."""

    def test_an_rdb_of_another_name(self):
        primary, = self.start(0, ("--dbfilename", "mine.rdb"), PEER_WAIT_EMPTY="1s")
        primary.fill(1000)
        primary.command("SAVE")
        self.kill(primary)
        primary.pod.path(MEMORY).unlink()
        self.recreate(primary, arguments=AOF)
        explanation = self.wait_for_gate(primary, "holds", "mine.rdb")
        self.assertIn("1000 keys", explanation)
        self.assertNotIn("dump.rdb", explanation)

    def save_backup(self, pod):
        """An RDB of 1,000 keys that somebody keeps elsewhere."""
        pod.pod.path("/run/backup").mkdir()
        server = pod.pod.start("redis-server", "--port", _BACKUP_PORT, "--dir", "/run/backup",
                               "--protected-mode", "no", "--enable-debug-command", "yes")
        server.wait_for_log("Ready to accept connections")
        with RespClient(pod.pod.address, _BACKUP_PORT) as redis:
            redis("DEBUG", "POPULATE", 1000)
            redis("SAVE")
        server.kill()
        return pod.pod.path("/run/backup/dump.rdb").read_bytes()

    def test_a_backup_under_the_aof_of_an_empty_cluster(self):
        primary, = self.start(0, AOF, PEER_WAIT_EMPTY="1s")
        self.wait_for_memory(primary, has_keys=False)
        backup = self.save_backup(primary)
        self.kill(primary)
        primary.pod.path("/data/dump.rdb").write_bytes(backup)
        self.recreate(primary)
        explanation = self.wait_for_gate(primary, "holds", "dump.rdb")
        self.assertIn("1000 keys", explanation)


class Refusing(SafetyTestCase):
    """Redis needs no file to be emptied and copied to; what the agent has to note needs one."""

    def in_pod(self, pod, *command):
        done = pod.pod.run(*command)
        self.assertEqual(done.returncode, 0, done.stderr)

    def put_full_volume(self, pod):
        self.in_pod(pod, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/data")
        full = pod.pod.run("dd", "if=/dev/zero", "of=/data/lost", "bs=4096")
        self.assertIn(b"No space left", full.stderr)

    def serves(self, pod):
        return pod.status()["reason"] == "primary_serving"

    def test_the_gate_stays_closed_until_the_volume_takes_its_note(self):
        primary, replica = self.start(1, ("--repl-diskless-load", "on-empty-db"))
        primary.fill(1000, replicas=1)
        self.kill(primary)
        self.put_full_volume(primary)
        self.recreate(primary)
        self.wait_for_gate(primary, "redis-agent.json", "No space left on device")
        self.stays(lambda: not self.serves(primary), 2, "it opened, and nothing was noted")
        self.in_pod(primary, "mount", "-o", "remount,ro", "/data")
        self.wait_for_gate(primary, "redis-agent.json", "Read-only file system")
        self.stays(lambda: not self.serves(primary), 2, "it opened, and nothing was noted")
        self.assertEqual(replica.command("DBSIZE"), 1000)
        self.in_pod(primary, "mount", "-o", "remount,rw", "/data")
        primary.pod.path("/data/lost").unlink()
        self.wait_for_all(1000)
        self.assertEqual(self.memory(primary)["keys"], 1000)
        self.assertNotRegex(" ".join(path.name for path in primary.pod.path("/data").iterdir()),
                            re.escape("redis-agent.json."))


if __name__ == "__main__":
    pod_test_case.main()
