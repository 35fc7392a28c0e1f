"""The users of least rights, as the docs show them, on servers of every age that knows users: the
agent and the replicas can do all that they have to, the default user is off, and what is not listed
is refused."""
import hashlib
import pathlib

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase, eventually

_README = pathlib.Path(__file__).resolve().parents[2] / "k8s/README.md"
_SERVERS = ("redis-6.0", "redis-6.2", "redis-7.0", "redis-8.0", "redis-8.2", "valkey-8.1")
_CONFIG = "/etc/users.conf"
_SECRETS = {"agent": b"of the agent", "replication": b"of the replicas"}


def user_line(name, version):
    """6.0 has no channels' rights: the docs say so."""
    for line in _README.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"    user {name} on #<sha256> "):
            line = line.replace(" resetchannels", "") if version == "6.0" else line
            return line.strip().replace("<sha256>", hashlib.sha256(_SECRETS[name]).hexdigest())
    raise LookupError(f"k8s/README.md has no line for the user {name}")


class LeastRights(PodTestCase):
    def start(self, name, version, program):
        settings = {"USERNAME": "agent", "USER_CONFIG": _CONFIG, "PASSWORD_ROTATION": "on"}
        pod = self.redis_pod(name, _SECRETS["agent"], settings)
        pod.pod.path(_CONFIG).write_text("\n".join([
            "user default off", user_line("agent", version), user_line("replication", version),
            "masteruser replication", f'masterauth "{_SECRETS["replication"].decode()}"', ""]),
            encoding="ascii")
        pod.init("--redis-version", version)
        pod.start_server("--repl-diskless-sync-delay", "0", program=program)
        pod.start_sidecar()
        return pod

    def check(self, version, program):
        primary = self.start(PRIMARY_NAME, version, program)
        primary.wait_for_reason("primary_serving")
        replica = self.start("redis-slave-0", version, program)
        replica.wait_for_reason("replica_in_sync")
        eventually(lambda: replica.status()["passwords"]["phase"] == "settled", "its passwords",
                   5, [replica])
        for pod in (primary, replica):
            pod.metric("redis_connected_clients")
            self.assertEqual(pod.metric("redis_agent_refused_orders_total"), 0)
        # The gate, the rope and the rotation give their orders as that user.
        primary.server.stop()
        primary.wait_for_reason("redis_not_answering", "starting")
        primary.start_server("--repl-diskless-sync-delay", "0", program=program)
        primary.wait_for_reason("primary_serving", within=20)
        replica.wait_for_reason("replica_in_sync", within=20)
        self.assertGreater(primary.metric("redis_agent_orders_total"), 0)
        for pod in (primary, replica):
            self.assertNotIn("an order is refused", pod.sidecar.log())
            self.assertNotIn("NOPERM", pod.server.log())
        self.assert_refusals(primary)

    def assert_refusals(self, pod):
        with pod.redis(password=None) as anybody:
            self.assertRaisesRegex(RuntimeError, "NOAUTH", anybody, "PING")
        others = [("GET", "key"), ("SET", "key", "1"), ("CONFIG", "REWRITE"), ("SHUTDOWN",),
                  ("CLIENT", "LIST"), ("FLUSHALL",), ("ACL", "LIST")]
        for name, password in _SECRETS.items():
            with pod.redis(username=name, password=password) as user:
                for command in others + ([("INFO",)] if name == "replication" else []):
                    self.assertRaisesRegex(RuntimeError, "NOPERM", user, *command)

    def test_are_enough_and_no_more(self):
        for name in _SERVERS:
            with self.subTest(server=name):
                self.check(name.removeprefix("redis-"), self.server_program(name))
            self.world.end_pods()


if __name__ == "__main__":
    pod_test_case.main()
