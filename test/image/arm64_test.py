"""The program of the image for linux/arm64, under qemu-user, in pods with real servers.

REDIS_AGENT_ARM64 is a folder with image.tar and sbom.json of docker/build; test/arm64 makes it.
"""

import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "test/integration"))
# pylint: disable=wrong-import-position
import pod_test_case
from pod_test_case import PodTestCase
from pods import CONFIG_PATH

QEMU = shutil.which("qemu-aarch64-static")
MADE = pathlib.Path(os.environ.get("REDIS_AGENT_ARM64", "/nowhere"))
if not (MADE / "image.tar").exists():
    print("no image for linux/arm64 is given: test/arm64 makes one and runs this")
    sys.exit(77)
# It takes three times as long for everything.
PATIENCE = 60.0


def unpack(folder):
    """The image's files into a folder, and what it says of itself."""
    with tarfile.open(MADE / "image.tar") as archive:
        manifest, = json.load(archive.extractfile("manifest.json"))
        config = json.load(archive.extractfile(manifest["Config"]))
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=archive.extractfile(layer)) as files:
                files.extractall(folder)
    return config


class Arm64(PodTestCase):
    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.root = pathlib.Path(place.name, "image")
        cls.config = unpack(cls.root)
        cls.program = cls.root / "usr/bin/redis-agent"
        cls.agent = pathlib.Path(place.name, "redis-agent")
        runs = "" if platform.machine() == "aarch64" else f"{QEMU} -L {cls.root} "
        cls.agent.write_text(f'#!/bin/sh\nexec {runs}{cls.program} "$@"\n', encoding="utf-8")
        cls.agent.chmod(0o755)

    def pod(self, name, agent=None):
        pod = self.redis_pod(name, password=b"a secret")
        pod.agent = str(agent or self.agent)
        return pod

    def test_the_image_is_one_for_arm64_and_has_all_that_the_program_needs(self):
        self.assertEqual((self.config["os"], self.config["architecture"]), ("linux", "arm64"))
        for path in [path for path in self.root.rglob("*") if path.is_file()]:
            with open(path, "rb") as file:
                if file.read(4) == b"\x7fELF":
                    file.seek(18)
                    self.assertEqual(int.from_bytes(file.read(2), "little"), 183, path)
        said = subprocess.run([self.agent, "--version"], capture_output=True, text=True, check=True)
        self.assertIn(self.config["config"]["Labels"]["org.opencontainers.image.version"],
                      said.stdout)

    def test_the_sbom_is_of_arm64_packages(self):
        found = json.loads((MADE / "sbom.json").read_text(encoding="utf-8"))
        kinds = {r["relatedSpdxElement"]: r["relationshipType"] for r in found["relationships"]}
        self.assertEqual(kinds["SPDXRef-Package-libc6"], "DYNAMIC_LINK")
        self.assertEqual(kinds["SPDXRef-Package-libssl-dev"], "STATIC_LINK")
        for package in found["packages"]:
            for reference in package.get("externalRefs", []):
                self.assertTrue(reference["referenceLocator"].endswith("?arch=arm64"), reference)

    def test_init_writes_what_it_writes_on_amd64(self):
        written = []
        for agent in (self.agent, pod_test_case.AGENT):
            if not os.access(agent, os.X_OK):
                self.skipTest(f"{agent} is not built")
            pod = self.pod(f"redis-slave-{len(written)}", agent)
            pod.init(variables={"POD_NAME": "redis-slave-0"})
            written.append(pod.pod.path(CONFIG_PATH).read_text())
        self.assertEqual(*written)

    def test_sidecars_with_real_servers(self):
        primary, replica = pods = [self.pod("redis-master-0"), self.pod("redis-slave-0")]
        for pod in pods:
            pod.init()
            pod.start_server("--repl-diskless-sync-delay", "0")
            pod.start_sidecar()
        primary.wait_for_reason("primary_serving", within=PATIENCE)
        replica.wait_for_reason("replica_in_sync", within=PATIENCE)
        primary.fill(1000, replicas=1)
        replica.wait_until_ready(within=PATIENCE)

        self.assertEqual(primary.metric("redis_agent_serving_as_primary"), 1)
        self.assertEqual(replica.metric("redis_agent_ready"), 1)
        self.assertEqual(replica.metric("redis_up"), 1)
        done = replica.run_status()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"replica_in_sync", done.stdout)

        # Its volume gone, the primary copies from the replica before it serves.
        primary.server.kill()
        primary.sidecar.stop(within=PATIENCE)
        for path in primary.pod.path("/data").iterdir():
            path.unlink()
        primary.init()
        primary.start_server("--repl-diskless-sync-delay", "0")
        primary.start_sidecar()
        primary.wait_for_reason("primary_serving", within=PATIENCE)
        self.assertEqual(primary.command("DBSIZE"), 1000)
        self.assertEqual(primary.sidecar.stop(within=PATIENCE), 0)


if __name__ == "__main__":
    pod_test_case.main()
