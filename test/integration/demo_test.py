"""test/demo from the moment that it has built: as a script, on a terminal, and what it leaves."""
import os
import pathlib
import pty
import signal
import subprocess
import sys
import unittest

import pod_test_case
from pod_test_case import AGENT
from pods import wait_until

DEMO = [sys.executable, "-B", str(pathlib.Path(__file__).parents[1] / "demo.py"), AGENT]


def processes_of(command):
    return [path for path in pathlib.Path("/proc").glob("[0-9]*/cmdline")
            if command.encode() in path.read_bytes()]


class Demo(unittest.TestCase):
    """Runs in a world of its own, so that what it would leave behind there can be seen."""

    def assert_nothing_is_left(self):
        wait_until(lambda: not processes_of("redis-server"), "every server to be gone", 5)
        links = lambda: subprocess.run(["ip", "-o", "link"], capture_output=True, check=True).stdout
        wait_until(lambda: b"pods-" not in links(), "its network to be gone", 5)

    def test_ends_by_itself_without_a_terminal(self):
        done = subprocess.run(DEMO, capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for text in ("redis-slave-1", "replica_in_sync", "READONLY", "redis_not_answering",
                     "http://10."):
            self.assertIn(text, done.stdout)
        self.assertNotIn("\x1b", done.stdout)
        self.assertEqual(done.stderr, "")
        self.assert_nothing_is_left()

    def test_stays_on_a_terminal_until_ctrl_c(self):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(DEMO, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        seen = b""
        while b"until Ctrl-C" not in seen:
            seen += os.read(ours, 4096)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        os.set_blocking(ours, False)
        self.assertEqual(process.wait(timeout=10), 0)
        self.assert_nothing_is_left()

    def test_killed_it_leaves_nothing_either(self):
        process = subprocess.Popen(DEMO, stdout=subprocess.PIPE)
        wait_until(lambda: len(processes_of("redis-server")) >= 3, "its servers", 20)
        process.kill()
        process.communicate()
        self.assert_nothing_is_left()


if __name__ == "__main__":
    pod_test_case.main()
