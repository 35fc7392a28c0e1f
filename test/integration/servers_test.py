"""The redis.conf of init on real servers of every age: accepted, and the password byte for byte."""
import os

import pod_test_case
from pod_test_case import SERVER_NAMES, PodTestCase
from pods import RespClient, RespError

# Without NUL and newline, which are refused; with every other byte that is a trap somewhere.
PASSWORDS = {
    "spaces": b"  two  words  ",
    "quotes": b"'single' and \"double\"",
    "a backslash at the end": b"back\\slash\\",
    "a hash and a dollar": b"# $HOME ${x} `id` %s",
    "tab and carriage return": b"tab\tcr\r",
    "not UTF-8": bytes(range(0x80, 0x100)),
    "control characters": bytes(range(1, 10)) + bytes(range(11, 32)) + b"\x7f",
    "escapes of its own": b"\\x41\\n\\\\",
    "512 random bytes": bytes(byte for byte in os.urandom(600) if byte not in (0, 10))[:512],
}


class ServersOfEveryAge(PodTestCase):
    def test_accepts_the_file_and_gives_the_password_back(self):
        for name in SERVER_NAMES:
            with self.subTest(server=name):
                self.check_server(name, PASSWORDS["512 random bytes"])
            self.world.end_pods()

    def check_server(self, name, password):
        program = self.server_program(name)
        pod = self.redis_pod("redis-slave-0", password)
        pod.init("--replica-announce-ip", "10.0.0.9", "--replica-announce-port", "7000",
                 "--maxmemory-percent", "50", "--memory-limit", "1GiB",
                 "--redis-version", name.removeprefix("redis-"))
        pod.start_server(program=program)
        pod.wait_for_server()
        for directive, value in {"dir": b"/data", "port": b"6379", "maxmemory": b"536870912",
                                 "protected-mode": b"no", "replica-announce-ip": b"10.0.0.9",
                                 "masterauth": password, "requirepass": password}.items():
            self.assertEqual(pod.command("CONFIG", "GET", directive)[1], value, directive)
        role = pod.command("ROLE")
        self.assertEqual(role[:3], [b"slave", b"redis-master-0.redis-headless", 6379])
        with pod.redis(password=None) as redis:
            self.assertRaisesRegex(RespError, "NOAUTH", redis, "PING")
        self.check_addresses(pod)

    def check_addresses(self, pod):
        """It listens for IPv4 and IPv6."""
        for address in (pod.pod.address, pod.pod.address6):
            with RespClient(address, password=pod.password) as redis:
                self.assertEqual(redis("PING"), "PONG")


class Passwords(PodTestCase):
    def test_byte_for_byte_also_after_config_rewrite_and_a_restart(self):
        pod = self.redis_pod("redis-master-0", b"to be replaced")
        for name, password in PASSWORDS.items():
            with self.subTest(password=name):
                pod.password = password
                pod.pod.path("/run/secrets/redis-password").write_bytes(password + b"\n")
                pod.init()
                self.check_password(pod)
                pod.command("CONFIG", "REWRITE")
                pod.server.stop()
                self.check_password(pod)
                pod.server.stop()

    def check_password(self, pod):
        pod.start_server("--save", "")
        pod.wait_for_server()
        self.assertEqual(pod.command("CONFIG", "GET", "requirepass")[1], pod.password)
        self.assertEqual(pod.command("CONFIG", "GET", "masterauth")[1], pod.password)
        self.assertRaises(RespError, pod.redis, password=pod.password + b"x")
        self.assertRaises(RespError, pod.redis, password=pod.password[:-1])

    def test_replicas_follow_with_it(self):
        for name in SERVER_NAMES:
            with self.subTest(server=name):
                program = self.server_program(name)
                pods = [self.redis_pod(pod, PASSWORDS["quotes"] + PASSWORDS["not UTF-8"])
                        for pod in ("redis-master-0", "redis-slave-0")]
                for pod in pods:
                    pod.init()
                    pod.start_server("--repl-diskless-sync-delay", "0", program=program)
                    pod.start_sidecar()
                pods[0].wait_until_ready()
                pods[1].wait_until_ready()
                pods[0].fill(10, replicas=1)
                self.assertEqual(pods[1].command("DBSIZE"), 10)
            self.world.end_pods()


if __name__ == "__main__":
    pod_test_case.main()
