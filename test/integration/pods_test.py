"""The pods themselves: if one of these fails, no other integration test means anything."""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase
from pods import RespClient, slow_disk, wait_until

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

    def test_a_slow_disk_is_slow_and_so_is_a_slow_network(self):
        pod, other = self.world.add_pod(PRIMARY_NAME), self.world.add_pod("redis-slave-0")
        write = ("dd", "if=/dev/zero", "of=/data/file", "bs=1", "count=1", "conv=fsync")
        self.assertLess(self.seconds(pod.run, *write), 0.3)
        self.assertGreater(self.seconds(pod.run, *write, variables=slow_disk(300)), 0.3)
        pod.start("redis-server", "--bind", "*", "--protected-mode", "no")
        wait_until(lambda: RespClient(pod.address).close() or True, "its server")
        with RespClient(pod.address) as redis:
            redis("SET", "key", os.urandom(200_000))
        read = ("redis-cli", "-h", pod.address, "GET", "key")
        self.assertLess(self.seconds(other.run, *read), 0.2)
        pod.limit_rate("4mbit")
        self.assertGreater(self.seconds(other.run, *read), 0.3)

    @staticmethod
    def seconds(function, *arguments, **options):
        begin = time.monotonic()
        function(*arguments, **options)
        return time.monotonic() - begin

    def test_two_worlds_at_once_know_nothing_of_each_other(self):
        program = ("import sys; sys.path.insert(0, sys.argv[1]); import pods; pods.enter();"
                   "world = pods.World(); pod = world.add_pod('a-0'); other = world.add_pod('b-0');"
                   "pod.path('/data/name').write_text(sys.argv[2]); print('ready', flush=True);"
                   "sys.stdin.readline();"
                   "print(pod.run('cat', '/data/name').stdout.decode(),"
                   " other.run('getent', 'ahostsv4', 'a-0.redis-headless').returncode,"
                   " other.run('ip', '-br', 'link').stdout.count(b'eth0'), flush=True)")
        folder = str(pathlib.Path(__file__).parents[1])
        worlds = [subprocess.Popen([sys.executable, "-B", "-c", program, folder, name], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                  for name in ("one", "another")]
        self.assertEqual([process.stdout.readline() for process in worlds], ["ready\n"] * 2)
        said = [process.communicate("\n", timeout=10)[0] for process in worlds]
        self.assertEqual(said, ["one 0 1\n", "another 0 1\n"])

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
                wait_until(self.count_sleepers, "its process to run", 5)
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
