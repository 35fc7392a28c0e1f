"""The alerts: Prometheus takes them, each fires when it is to, and its runbook is there."""
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
RULES = PROJECT / "k8s/chart/files/alerts.yaml"
CASES = PROJECT / "test/alerts/alerts.yaml"
NAMES = re.findall(r"- alert: (\w+)", RULES.read_text(encoding="utf-8"))


def sections(path):
    """The anchors that GitHub makes of a file's headings."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^-\w ]", "", heading.lower()).replace(" ", "-") for heading in headings}


class Alerts(unittest.TestCase):
    def test_fire_when_they_are_to_and_only_then(self):
        done = subprocess.run(["promtool", "test", "rules", CASES], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_is_tried_both_ways(self):
        text = CASES.read_text(encoding="utf-8")
        for name in NAMES:
            self.assertIn(f"        alertname: {name}\n", text, "as it fires")
            self.assertIn(f"alertname: {name}, exp_alerts: []", text, "as it does not")

    def test_runbooks_are_sections_that_exist(self):
        text = RULES.read_text(encoding="utf-8")
        runbooks = re.findall(r"runbook: (\S+)#(\S+)", text)
        self.assertEqual([anchor for _, anchor in runbooks], [name.lower() for name in NAMES])
        for path, anchor in runbooks:
            self.assertIn(anchor, sections(PROJECT / path))


if __name__ == "__main__":
    if shutil.which("promtool") is None:
        print("promtool is not installed")
        sys.exit(77)
    unittest.main()
