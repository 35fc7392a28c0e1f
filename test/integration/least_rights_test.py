"""The users of least rights, as the docs show them, on servers of every age that knows users: the
agents and the replicas can do all that they have to, the default user is off, what is not listed
is refused, and the agent's own password is told to no other pod."""
import hashlib
import pathlib
import re

import pod_test_case
from lock_test_case import LockTestCase
from pod_test_case import PRIMARY_NAME, PodTestCase, eventually
from pods.listener import Listener
from pods.redis_pod import PASSWORD_PATH

_README = pathlib.Path(__file__).resolve().parents[2] / "k8s/README.md"
_SERVERS = ("redis-6.0", "redis-6.2", "redis-7.0", "redis-8.0", "redis-8.2", "valkey-8.1")
_CONFIG = "/etc/users.conf"
_PEER_FILE = "/run/secrets/password-peer"
_SECRETS = {"agent": b"agent 7f3a", "peer": b"peer 91cc", "replication": b"replica 5d02"}
_PERSON = {"username": "person", "password": b"person 26b8"}
_KEYS = 100


def sha256(password):
    return hashlib.sha256(password).hexdigest()


def user_line(name, version):
    """6.0 has no channels' rights: the docs say so."""
    for line in _README.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"    user {name} on #<sha256> "):
            line = line.replace(" resetchannels", "") if version == "6.0" else line
            return line.strip().replace("<sha256>", sha256(_SECRETS[name]))
    raise LookupError(f"k8s/README.md has no line for the user {name}")


def more_with_failover(name):
    """What the docs have besides for that user."""
    text = " ".join(_README.read_text(encoding="utf-8").split())
    sentence = text.split("With `failover.enabled` also ")[1].split(".")[0]
    return re.search(rf"`(\+[^`]*)` for `{name}`", sentence)[1]


class LeastRights(PodTestCase):
    users = tuple(_SECRETS)

    def start(self, name, version, program):
        settings = {"USERNAME": "agent", "USER_CONFIG": _CONFIG, "PASSWORD_ROTATION": "on"}
        if "peer" in self.users:
            settings |= {"PEER_USERNAME": "peer", "PEER_PASSWORD_FILE": _PEER_FILE}
        pod = self.redis_pod(name, _SECRETS["agent"], settings)
        pod.pod.path(_PEER_FILE).write_bytes(_SECRETS["peer"] + b"\n")
        pod.pod.path(_CONFIG).write_text("\n".join([
            "user default off", *(user_line(user, version) for user in self.users),
            f'user person on #{sha256(_PERSON["password"])} ~* +@all',
            "masteruser replication", f'masterauth "{_SECRETS["replication"].decode()}"', ""]),
            encoding="ascii")
        pod.init("--redis-version", version)
        pod.start_server("--repl-diskless-sync-delay", "0", program=program)
        pod.start_sidecar()
        return pod

    def start_both(self, version, program):
        primary = self.start(PRIMARY_NAME, version, program)
        primary.wait_for_reason("primary_serving")
        replica = self.start("redis-slave-0", version, program)
        replica.wait_for_reason("replica_in_sync")
        return primary, replica

    def check(self, version, program):
        primary, replica = self.start_both(version, program)
        eventually(lambda: replica.status()["passwords"]["phase"] == "settled", "its passwords",
                   5, [replica])
        for pod in (primary, replica):
            pod.metric("redis_connected_clients")
            self.assertEqual(pod.metric("redis_agent_refused_orders_total"), 0)
        self.fill(primary)
        # The gate, the rope and the rotation give their orders as these users.
        self.empty(primary)
        primary.start_server("--repl-diskless-sync-delay", "0", program=program)
        primary.wait_for_reason("primary_serving", within=20)
        replica.wait_for_reason("replica_in_sync", within=20)
        with primary.redis(**_PERSON) as person:
            self.assertEqual(person("DBSIZE"), _KEYS)
        self.assertRegex(primary.sidecar.log(), "gives an order.*redis-slave-0.*REPLICAOF")
        for pod in (primary, replica):
            self.assertNotIn("an order is refused", pod.sidecar.log())
            self.assertNotIn("NOPERM", pod.server.log())
        return primary

    def fill(self, primary):
        with primary.redis(**_PERSON) as person:
            for number in range(_KEYS):
                person("SET", f"key:{number}", "x")
            self.assertEqual(person("WAIT", 1, 5000), 1)

    @staticmethod
    def empty(primary):
        primary.server.kill()
        primary.wait_for_reason("redis_not_answering", "starting")
        for path in primary.pod.path("/data").iterdir():
            path.unlink()

    def assert_refusals(self, pod):
        with pod.redis(password=None) as anybody:
            self.assertRaisesRegex(RuntimeError, "NOAUTH", anybody, "PING")
        forbidden = [("GET", "key"), ("SET", "key", "1"), ("CONFIG", "REWRITE"), ("SHUTDOWN",),
                     ("CLIENT", "LIST"), ("FLUSHALL",), ("ACL", "LIST")]
        of_an_administrator = [("CONFIG", "GET", "requirepass"), ("CONFIG", "SET", "dir", "/"),
                               ("ACL", "SETUSER", "peer", "+@all"), ("ACL", "GETUSER", "agent")]
        more = {"agent": [], "peer": [*of_an_administrator, ("PSYNC", "?", "-1"), ("BGSAVE",)],
                "replication": [*of_an_administrator, ("INFO",), ("REPLICAOF", "NO", "ONE")]}
        for name in self.users:
            with pod.redis(username=name, password=_SECRETS[name]) as user:
                for command in forbidden + more[name]:
                    self.assertRaisesRegex(RuntimeError, "NOPERM", user, *command)


class ThreeUsers(LeastRights):
    def test_are_enough_and_no_more_and_the_agents_own_stays_in_its_pod(self):
        for name in _SERVERS:
            with self.subTest(server=name):
                with Listener(*_SECRETS.values()) as wire:
                    primary = self.check(name.removeprefix("redis-"), self.server_program(name))
                self.assertEqual(wire.heard, {_SECRETS["peer"], _SECRETS["replication"]})
                self.assert_refusals(primary)
            self.world.end_pods()

    def test_whose_password_is_refused_is_told_and_its_file_is_read_anew(self):
        primary, replica = self.start_both("7.0", "redis-server")
        replica.pod.path(_PEER_FILE).write_bytes(b"another one")
        with primary.redis(**_PERSON) as person:
            person("CLIENT", "KILL", "USER", "peer")
        eventually(lambda: "as the user peer" in replica.status()["explanation"] or
                   self.fail(replica.status()["explanation"]), "the refusal to be told", 10,
                   [replica])
        replica.pod.path(_PEER_FILE).write_bytes(_SECRETS["peer"])
        eventually(lambda: replica.status()["explanation"].find("as the user peer") < 0 and
                   replica.is_ready(), "the replica to be ready", 10, [replica])


class TwoUsers(LeastRights):
    """The agent goes to other pods as itself."""
    users = ("agent", "replication")

    def test_are_enough_and_no_more(self):
        for name in ("redis-6.0", "valkey-8.1"):
            with self.subTest(server=name):
                with Listener(*_SECRETS.values()) as wire:
                    primary = self.check(name.removeprefix("redis-"), self.server_program(name))
                self.assertEqual(wire.heard, {_SECRETS["agent"], _SECRETS["replication"]})
                self.assert_refusals(primary)
            self.world.end_pods()


class ThreeUsersAndALock(LockTestCase):
    """Tests ask as the default user, which is a person's here."""

    def redis_pod(self, name, password=b"", settings=None):
        pod = PodTestCase.redis_pod(name, _PERSON["password"], {
            **settings, "USERNAME": "agent", "USER_CONFIG": _CONFIG, "PEER_USERNAME": "peer",
            "PEER_PASSWORD_FILE": _PEER_FILE})
        pod.pod.path(PASSWORD_PATH).write_bytes(_SECRETS["agent"])
        pod.pod.path(_PEER_FILE).write_bytes(_SECRETS["peer"])
        lines = {user: user_line(user, "7.0") for user in _SECRETS}
        for user in ("agent", "peer"):
            lines[user] += " " + more_with_failover(user)
        pod.pod.path(_CONFIG).write_text("\n".join([
            f'user default on #{sha256(_PERSON["password"])} ~* &* +@all', *lines.values(),
            "masteruser replication", f'masterauth "{_SECRETS["replication"].decode()}"', ""]),
            encoding="ascii")
        return pod

    def test_a_second_primary_is_closed_and_the_primary_moves(self):
        primary, second, third = self.start_locked()
        second.sidecar.stop()
        second.command("REPLICAOF", "NO", "ONE")
        primary.sidecar.wait_for_log("CLIENT KILL TYPE normal", within=30)
        eventually(lambda: second.command("ROLE")[0] == b"slave", "it to be closed", 5, self.pods)
        second.start_sidecar()
        self.wait_for_roles(primary)
        self.kill(primary)
        after = self.wait_for_primary([second, third])
        self.recreate(primary)
        self.wait_for_roles(after)
        for pod in self.pods:
            self.assertNotIn("an order is refused", pod.sidecar.log())
            self.assertNotIn("NOPERM", pod.sidecar.log() + pod.server.log())


if __name__ == "__main__":
    pod_test_case.main()
