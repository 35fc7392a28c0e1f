"""`redis-agent status` as `kubectl exec` runs it: in any pod, without settings of its own."""
import json
import os
import pty
import signal
import subprocess

import pod_test_case
from pod_test_case import AGENT, PRIMARY_NAME, PodTestCase, eventually


class Status(PodTestCase):
    @classmethod
    def setUpClass(cls):
        cls.pods = cls.topology(replicas=2)
        cls.primary, cls.replica, _ = cls.pods
        for pod in cls.pods:
            eventually(lambda pod=pod: pod.status()["version"], "the details")

    def test_a_table_of_every_pod_from_any_pod(self):
        for pod in self.pods:
            done = pod.run_status()
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            head, *rows = done.stdout.decode().splitlines()
            for column in ("POD", "ROLE", "READY", "LINK", "LAG", "CONTACT", "KEYS", "VERSION",
                           "REASON"):
                self.assertIn(column, head)
            self.assertEqual([row.split()[0] for row in rows],
                             [PRIMARY_NAME, "redis-slave-0", "redis-slave-1"])
            self.assertIn("primary_serving", rows[0])
            self.assertIn("replica_in_sync", rows[1])
            self.assertIn("7.0.15", rows[2])
            self.assertEqual(len({row.index("7.0.15") for row in rows}), 1, "columns are straight")

    def test_json(self):
        done = self.replica.run_status("--json")
        rows = json.loads(done.stdout)
        self.assertEqual(len(rows if isinstance(rows, list) else rows["pods"]), 3)

    def test_colours_only_a_terminal(self):
        self.assertNotIn(b"\x1b", self.replica.run_status().stdout)
        self.assertIn(b"\x1b", self.replica.run_status("--color", "always").stdout)
        self.assertIn(b"\x1b", self.on_a_terminal("status")[0])
        self.assertNotIn(b"\x1b", self.on_a_terminal("status", "--color=never")[0])

    def on_a_terminal(self, *arguments, end_after=None):
        """Its output and exit code; Ctrl-C once `end_after` has been seen so often."""
        ours, theirs = pty.openpty()
        holder = self.replica.pod.netns_id()
        with subprocess.Popen(["nsenter", f"--target={holder}", "--net", "--uts", "--mount",
                               "--root", "--", AGENT, *arguments], stdin=theirs, stdout=theirs,
                              stderr=theirs, env={}) as process:
            os.close(theirs)
            seen = b""
            while True:
                try:
                    part = os.read(ours, 4096)
                except OSError:
                    part = b""
                if not part:
                    break
                seen += part
                if end_after and seen.count(end_after[0]) >= end_after[1]:
                    process.send_signal(signal.SIGINT)
                    end_after = None
            os.close(ours)
            return seen, process.wait()

    def test_watch_until_ctrl_c(self):
        seen, code = self.on_a_terminal("status", "--watch", end_after=(b"READY", 2))
        self.assertGreaterEqual(seen.count(b"READY"), 2)
        self.assertEqual(code, 0)


class StatusInTrouble(PodTestCase):
    def test_a_pod_without_an_agent_and_one_that_is_gone(self):
        primary, replica = self.topology()
        other = self.redis_pod("redis-slave-1")
        gone = self.redis_pod("redis-slave-2")
        gone.pod.network("link set eth0 down\n")
        done = primary.run_status()
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = {row.split()[0]: row for row in done.stdout.decode().splitlines()[1:]}
        self.assertIn("replica_in_sync", rows[replica.name])
        self.assertIn("refused", rows[other.name].lower())
        self.assertIn(gone.name, rows)

    def test_without_dns_there_is_still_this_pod(self):
        _, replica = self.topology()
        self.world.dns.pause()
        done = replica.run_status()
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"redis-slave-0", done.stdout)
        self.assertIn(b"only this pod is shown", done.stderr)

    def test_nobody_there(self):
        pod = self.redis_pod(PRIMARY_NAME)
        done = pod.run_status()
        self.assertEqual(done.returncode, 1)

    def test_a_pod_that_is_not_ready_says_why(self):
        primary, replica = self.topology()
        replica.server.kill()
        replica.wait_for_reason("redis_not_answering")
        self.assertIn(b"redis_not_answering", primary.run_status().stdout)


if __name__ == "__main__":
    pod_test_case.main()
