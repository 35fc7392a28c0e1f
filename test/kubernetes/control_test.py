"""The API server for tests as a program: what its control port shows, and does to it."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

TEST = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TEST))
from ask_kubernetes import Client  # noqa: E402
from pods.api_pod import ApiControl  # noqa: E402


class Control(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.address = folder.name, "127.0.0.1"
        program = subprocess.Popen(
            [sys.executable, "-B", "-m", "pods.api_server", "--listen", "127.0.0.1:0",
             "--control", "127.0.0.1:0", "--state-folder", self.folder],
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(TEST)})
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        ready, self.port, control = program.stdout.readline().split()
        self.assertEqual(ready, "ready")
        self.api = ApiControl("127.0.0.1", int(control))
        self.ask = self.enterContext(Client(self, seconds=1))

    def trouble(self, line="read"):
        return self.ask(line).trouble

    def test_what_was_asked_and_what_is_held(self):
        self.ask("read")
        self.assertEqual(self.trouble("hold redis-0/uid-1"), "")
        self.assertEqual(self.api.object()["spec"]["holderIdentity"], "redis-0/uid-1")
        seen = [(request["method"], request["status"]) for request in self.api.requests()]
        self.assertEqual(seen, [("GET", 200), ("PUT", 200)])

    def test_faults(self):
        self.api.call("stop")
        self.assertEqual(self.trouble(), "unreachable")
        self.api.call("start")
        self.assertEqual(self.trouble(), "")
        self.api.call("answer_with", status=503, times=2)
        self.assertEqual([self.trouble() for _ in range(3)], ["unavailable", "unavailable", ""])
        self.api.call("cut_off", "127.0.0.1")
        self.assertEqual(self.trouble(), "timed_out")
        self.api.call("heal")
        self.assertEqual(self.trouble(), "")

    def test_objects_by_force(self):
        lease = self.api.object()
        lease["spec"] = {"holderIdentity": "redis-1/uid-2"}
        self.api.call("set_object", lease)
        self.assertIn("redis-1/uid-2", self.ask("read").object)
        self.api.call("delete_object")
        self.assertEqual(self.trouble(), "missing")

    def test_clients_of_their_own(self):
        other = self.enterContext(Client(self, folder=self.api.call("add_client", "redis-1")))
        self.api.call("cut_off", "redis-1")
        self.assertEqual(self.trouble(), "")
        self.assertEqual(other("read").trouble, "timed_out")

    def test_what_it_does_not_know(self):
        with self.assertRaisesRegex(ValueError, "expected one of add_client"):
            self.api.call("note")
        with self.assertRaisesRegex(ValueError, "argument"):
            self.api.call("slow")


if __name__ == "__main__":
    unittest.main()
