"""The pods themselves: if one of these fails, no other integration test means anything."""
import os
import pathlib
import signal
import socket
import subprocess
import sys

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase
from pods import RespClient, wait_until

NAME = "redis-master-0.redis-headless.redis.svc.cluster.local"


class Pods(PodTestCase):
    def test_a_pod_has_a_name_an_address_and_files_of_its_own(self):
        pod = self.world.add_pod("redis-slave-3")
        self.assertEqual(pod.run("hostname").stdout, b"redis-slave-3\n")
        self.assertIn(b"ndots:5", pod.run("cat", "/etc/resolv.conf").stdout)
        pod.path("/data/file").write_text("x")
        self.assertFalse(pathlib.Path("/data/file").exists())
        self.assertEqual(os.listdir(pod.path("/run/redis-agent")), [])

    def test_names_resolve_as_in_kubernetes(self):
        pod = self.world.add_pod(PRIMARY_NAME)
        other = self.world.add_pod("redis-slave-0")
        for name in (NAME, "redis-master-0.redis-headless"):
            known = other.run("getent", "ahosts", name).stdout.decode()
            self.assertIn(pod.address, known)
            self.assertIn(pod.address6, known)
        for name in ("redis-master-9.redis-headless", "example.com"):
            self.assertEqual(other.run("getent", "hosts", name).returncode, 2)
        self.world.move_pod(pod)
        self.assertIn(pod.address.encode(), other.run("getent", "ahostsv4", NAME).stdout)

    def test_dropped_packets_are_silence_and_not_a_refusal(self):
        pod, other = self.world.add_pod(PRIMARY_NAME), self.world.add_pod("redis-slave-0")
        pod.start("redis-server", "--bind", "*", "--protected-mode", "no")
        wait_until(lambda: RespClient(pod.address).close() or True, "its server")
        ping = ("redis-cli", "-h", pod.address, "ping")
        self.assertEqual(other.run(*ping).stdout, b"PONG\n")
        pod.drop_from(other)
        self.assertRaises(subprocess.TimeoutExpired, other.run, *ping, within=0.5)
        with RespClient(pod.address) as redis:
            self.assertEqual(redis("PING"), "PONG", "others still get through")
        pod.heal()
        self.assertEqual(other.run(*ping).stdout, b"PONG\n")

    def test_a_world_that_is_killed_leaves_nothing(self):
        program = ("import sys, time; sys.path.insert(0, sys.argv[1]); import pods; pods.enter();"
                   "world = pods.World(); world.open_to_machine(); pod = world.add_pod('a-0');"
                   "print(pod.start('sleep', '12321').pid, pod.address, flush=True);"
                   "time.sleep(60)")
        command = [sys.executable, "-B", "-c", program, str(pathlib.Path(__file__).parents[1])]
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                process = subprocess.Popen(command, stdout=subprocess.PIPE)
                _, address = process.stdout.readline().split()
                self.assertTrue(self.count_sleepers())
                self.assertIn(b"pods-", self.links())
                self.assertTrue(self.is_reachable(address.decode()), "the machine reaches its pods")
                process.send_signal(number)
                process.communicate(timeout=10)
                wait_until(lambda: not self.count_sleepers(), "its processes to be gone", 5)
                wait_until(lambda: b"pods-" not in self.links(), "its network to be gone", 5)

    @staticmethod
    def count_sleepers():
        return subprocess.run(["pgrep", "-cfx", "sleep 12321"], capture_output=True,
                              check=False).stdout != b"0\n"

    @staticmethod
    def links():
        return subprocess.run(["ip", "-o", "link"], capture_output=True, check=True).stdout

    @staticmethod
    def is_reachable(address):
        with socket.socket() as probe:
            return probe.connect_ex((address, 1)) == 111  # refused: somebody is there


if __name__ == "__main__":
    pod_test_case.main()
