"""What the integration tests share: one world for each file, topologies of pods in it, the servers.

A test file ends with `if __name__ == "__main__": pod_test_case.main()`, and can be run by itself.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from pods import RedisPod, World, main as main_in_a_world, wait_until

_PROJECT = pathlib.Path(__file__).resolve().parents[2]
AGENT = os.environ.get("REDIS_AGENT_BINARY", str(_PROJECT / "build/release/agent/redis-agent"))
SERVERS = pathlib.Path("/var/cache/redis-agent-test")
PRIMARY_NAME = "redis-master-0"

# What test/servers fetches, and Debian 12's own.
SERVER_NAMES = ("redis-5.0", "redis-6.2", "redis-7.0", "redis-8.0", "valkey-8.1")

# So that a change is seen within a test's patience; the defaults are for clusters.
QUICK = {"DETAIL_INTERVAL": "250ms", "FIRST_START_WAIT": "0s"}

_world = None


def world():
    global _world
    if _world is None:
        _world = World(ttl=1)
    return _world


class PodTestCase(unittest.TestCase):
    """Pods that a test makes end with it; what class_topology makes ends with the class."""

    def setUp(self):
        self.world = world()
        self._is_shared = bool(self.world.pods)

    def tearDown(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            print(self.world.logs(), file=sys.stderr)
        self.world.dns.calm()
        if not self._is_shared:
            self.world.end_pods()

    @classmethod
    def tearDownClass(cls):
        world().end_pods()

    @staticmethod
    def redis_pod(name, password=b"", settings=None):
        return RedisPod(world().add_pod(name), AGENT, password, {**QUICK, **(settings or {})})

    @staticmethod
    def topology(replicas=1, password=b"", settings=None, arguments=()):
        """A primary and replicas, all brought up and in sync. Without delays before a full sync."""
        names = [PRIMARY_NAME] + [f"redis-slave-{ordinal}" for ordinal in range(replicas)]
        pods = [PodTestCase.redis_pod(name, password, settings) for name in names]
        for pod in pods:
            pod.init()
            pod.start_server("--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes",
                             *arguments)
            pod.start_sidecar()
        pods[0].wait_for_reason("primary_serving")
        for pod in pods[1:]:
            pod.wait_for_reason("replica_in_sync")
        return pods

    def check_own_names(self, pod):
        """Promtool finds nothing wrong with the agent's own families that this pod tells."""
        if shutil.which("promtool") is None:
            self.skipTest("promtool is not installed")
        own = "".join(line + "\n" for line in pod.get("/metrics").text.splitlines()
                      if "redis_agent_" in line)
        done = subprocess.run(["promtool", "check", "metrics"], input=own.encode(),
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""))

    def server_program(self, name):
        if name == "redis-7.0":
            return "redis-server"
        program = SERVERS / name / "redis-server"
        if program.exists():
            return str(program)
        why = SERVERS / f"{name}.why"
        self.skipTest(why.read_text().strip() if why.exists()
                      else f"{name} is not there: test/servers fetches it")


def eventually(look, what, within=10.0, pods=()):
    """wait_until, with the logs of `pods` in the failure."""
    return wait_until(look, what, within,
                      on_failure=lambda: "\n".join(pod.pod.logs() for pod in pods))


def main():
    main_in_a_world(lambda: unittest.main("__main__", verbosity=2, warnings="ignore"))
