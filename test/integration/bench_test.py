"""Every bench can be run: for a moment, and without a look at its figures."""
import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

from pod_test_case import AGENT
from pods.world import EXIT_SKIPPED, what_is_lacking

BENCHES = pathlib.Path(__file__).resolve().parents[1] / "bench"
# A cluster's rows need its images there: they are measured on demand.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name not in ("TEST_CLUSTER", "KUBECONFIG")}


class Bench(unittest.TestCase):
    def test_every_one(self):
        names = [path.name for path in sorted(BENCHES.glob("*.py"))
                 if "__main__" in path.read_text(encoding="utf-8")]
        self.assertGreaterEqual(len(names), 4)  # one of them is test/bench/run's
        for name in names:
            with self.subTest(bench=name):
                begin = time.monotonic()
                done = subprocess.run([sys.executable, "-B", BENCHES / name, AGENT, "--quick"],
                                      capture_output=True, text=True, timeout=200, check=False,
                                      env=ENVIRONMENT)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertRegex(done.stdout, re.compile(r"\d", re.ASCII), "it prints figures")
                print(f"{name}: {time.monotonic() - begin:.1f} s", file=sys.stderr)

    def test_names_a_peer_that_is_missing(self):
        command = [sys.executable, "-B", BENCHES / "table.py", AGENT, "--only", "probe"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False,
                              env={"PATH": "/nowhere"})
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, "no redis-cli: apt-get install redis-tools, or .* --only")


if __name__ == "__main__":
    if lacking := what_is_lacking():
        print(f"skipped: {lacking}", file=sys.stderr)
        sys.exit(EXIT_SKIPPED)
    unittest.main(verbosity=2)
