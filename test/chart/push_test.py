"""What k8s/README.md says under "To publish it", with a registry of this machine: pushed is pulled.

Needs helm, and Debian's docker-registry (test/packages cluster).
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import version

PROJECT = version.PROJECT
sys.path.insert(0, str(PROJECT / "test"))
# pylint: disable=wrong-import-position
from pods.process import Process
from pods.waiting import wait_until

HELM = shutil.which("helm") or shutil.which("helm", path="/var/lib/test-cluster/bin")
REGISTRY = shutil.which("docker-registry")
for program, package in ((HELM, "helm"), (REGISTRY, "docker-registry")):
    if not program:
        print(f"no {package} here: nothing is pushed")
        sys.exit(77)

CONFIG = """
version: 0.1
log: {{accesslog: {{disabled: true}}, formatter: text}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:0"}}
"""
CHOSEN = ["--set", "auth.existingSecret=redis-secret", "--kube-version", "1.37.0"]


def commands():
    text = (PROJECT / "k8s/README.md").read_text(encoding="utf-8")
    between = text.split("<!-- tried: push -->")[1].split("<!-- end of push -->")[0]
    return re.sub(r"(?m)^    ", "", between).strip()


class Push(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = pathlib.Path(place.name)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HELM_")},
            "PATH": f"{pathlib.Path(HELM).parent}:{os.environ['PATH']}", "HOME": place.name,
            **{f"HELM_{kind}_HOME": str(self.root / kind) for kind in ("CACHE", "CONFIG", "DATA")},
        }
        self.registry = self.serve()

    def serve(self):
        """Starts a registry, and tells where it listens."""
        config = self.root / "registry.yml"
        config.write_text(CONFIG.format(folder=self.root / "registry"), encoding="utf-8")
        registry = Process("docker-registry", [REGISTRY, "serve", config],
                           self.root / "registry.log", {})
        self.addCleanup(registry.kill)
        told = wait_until(lambda: re.search(r"listening on (127\.0\.0\.1:\d+)", registry.log()),
                          "the registry to listen", within=60.0, on_failure=registry.log)
        return told[1]

    def run_script(self, script):
        return subprocess.run(["bash", "-ec", script], cwd=self.root, env=self.environment,
                              capture_output=True, text=True, check=False, timeout=120)

    def helm(self, *arguments):
        ended = subprocess.run([HELM, *arguments], cwd=self.root, env=self.environment,
                               capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        return ended.stdout

    def test_what_the_page_says_brings_the_chart_there_and_back(self):
        shutil.copytree(PROJECT / "k8s/chart", self.root / "k8s/chart")
        script = commands()
        self.assertEqual(len(script.splitlines()), 1, "one command is promised")
        ended = self.run_script(script.replace("registry.example", self.registry)
                                .replace("helm push", "helm push --plain-http"))
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertIn(f"Pushed: {self.registry}/charts/redis:{version.version()}",
                      ended.stdout + ended.stderr)

        (self.root / "pulled").mkdir()
        there = f"oci://{self.registry}/charts/redis"
        self.helm("pull", there, "--plain-http", "--version", version.version(), "-d", "pulled")
        archive = f"redis-{version.version()}.tgz"
        self.assertEqual((self.root / "pulled" / archive).read_bytes(),
                         (self.root / archive).read_bytes())
        self.assertEqual(self.helm("template", "redis", there, "--plain-http", *CHOSEN),
                         self.helm("template", "redis", PROJECT / "k8s/chart", *CHOSEN))


if __name__ == "__main__":
    unittest.main(verbosity=2)
