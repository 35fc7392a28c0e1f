"""What the tests on a cluster share. Beside its name, a test prints what it saw."""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
from cluster import Cluster
from namespace import Namespace

PASSWORD = "frieza-redis-pass"
PODS = ("redis-master-0", "redis-slave-0", "redis-slave-1")


def the_cluster():
    cluster = Cluster()
    cluster.sidecar_is_native = os.environ.get("SIDECAR", "native") == "native"
    return cluster


class ClusterTestCase(unittest.TestCase):
    """Tests in one namespace, by name: each goes on where the last one ended."""

    namespace = ""
    names = PODS

    @classmethod
    def setUpClass(cls):
        cls.cluster = the_cluster()
        cls.pods = Namespace(cls.cluster, cls.namespace)
        cls.pods.delete()

    @classmethod
    def install_topology(cls):
        """The chart with its password, all pods ready, and a pod of clients."""
        cls.pods.create()
        cls.pods.secret(PASSWORD.encode())
        cls.pods.start_tools()
        cls.pods.install()
        cls.pods.wait_ready(*PODS)

    @classmethod
    def tearDownClass(cls):
        cls.pods.delete()

    def saw(self, text):
        print(f"      saw: {text}", flush=True)

    def tearDown(self):
        result = self._outcome.result
        if any(test is self for test, _ in result.failures + result.errors):
            print(self.pods.describe(*self.names), file=sys.stderr)


def main():
    unittest.main("__main__", verbosity=2, failfast=True, warnings="ignore")
