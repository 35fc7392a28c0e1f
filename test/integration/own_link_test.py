"""What Redis's own link meets at the primary: found out on real servers of every age, told in place
of a bare "down", and again fine when mended."""
import subprocess

import pod_test_case
from pod_test_case import eventually
from refusals_test_case import RefusalsTestCase

PASSWORD = b"pass word"


class OwnLink(RefusalsTestCase):
    def cut(self, primary, replica):
        """The replica connects anew, and does not get in."""
        primary.command("CLIENT", "KILL", "TYPE", "replica")
        eventually(lambda: replica.redis().info("replication")["master_link_status"] == "down",
                   "the link to be down", 5, [replica])

    def wait_for_trouble(self, replica, *words):
        """Told while the data is young enough, and the reason when it is not."""
        def look():
            status = replica.status()
            missing = [word for word in words if word not in status["explanation"]]
            if missing:
                raise LookupError(f"no {missing} in {status['reason']}: {status['explanation']}")
            return True
        eventually(look, "the refusal to be told", 10, [replica])
        self.assertIn("redis's own link is refused", replica.sidecar.log())
        for secret in (PASSWORD.decode(), "wrong-secret"):
            self.assertNotIn(secret, replica.sidecar.log() + replica.get("/status").text)

    def test_a_wrong_password(self):
        self.on_every_server(self.check_a_wrong_password)

    def check_a_wrong_password(self, version, program):
        primary, replica = self.pair(version, program, password=PASSWORD)
        replica.command("CONFIG", "SET", "masterauth", "wrong-secret")
        self.cut(primary, replica)
        refusal = "invalid password" if version == "5.0" else "WRONGPASS"
        self.wait_for_trouble(replica, refusal, "masterauth", "the default user")
        self.restart(replica, program)
        self.assert_not_ready(replica, "replication_refused", refusal)
        replica.command("CONFIG", "SET", "masterauth", PASSWORD)
        replica.wait_for_reason("replica_in_sync")

    @staticmethod
    def restart(replica, program):
        """A server that restarts has never been in sync."""
        replica.server.stop()
        replica.sidecar.stop()
        replica.start_server("--masterauth", "wrong-secret", program=program)
        replica.start_sidecar()

    def test_no_password(self):
        self.on_every_server(self.check_no_password)

    def check_no_password(self, version, program):
        primary, replica = self.pair(version, program, password=PASSWORD)
        replica.command("CONFIG", "SET", "masterauth", "")
        self.cut(primary, replica)
        self.wait_for_trouble(replica, "no masterauth")

    def test_a_user_that_does_not_exist(self):
        self.on_every_server(self.check_masteruser)

    def check_masteruser(self, version, program):
        if version == "5.0":
            return
        primary, replica = self.pair(version, program, password=PASSWORD)
        replica.command("CONFIG", "SET", "masteruser", "nobody")
        self.cut(primary, replica)
        self.wait_for_trouble(replica, "WRONGPASS", "the user nobody")
        replica.command("CONFIG", "SET", "masteruser", "")
        replica.wait_for_reason("replica_in_sync")

    def test_a_user_that_may_not_copy(self):
        for name in ("redis-7.0", "redis-8.0", "valkey-8.1"):  # those that know ACL DRYRUN
            with self.subTest(server=name):
                self.check_rights(name.removeprefix("redis-"), self.server_program(name))
            self.world.end_pods()

    def check_rights(self, version, program):
        primary, replica = self.pair(version, program, password=PASSWORD)
        primary.command("ACL", "SETUSER", "repl", "on", b">" + PASSWORD, "+ping", "+replconf")
        replica.command("CONFIG", "SET", "masteruser", "repl")
        self.cut(primary, replica)
        self.wait_for_trouble(replica, "NOPERM", "psync", "the user repl")
        primary.command("ACL", "SETUSER", "repl", "+psync")
        replica.wait_for_reason("replica_in_sync")

    def test_the_pod_that_a_primary_copies_from(self):
        primary, replica = self.pair("7.0", "redis-server", password=PASSWORD)
        primary.fill(100, replicas=1)
        primary.server.kill()
        for path in primary.pod.path("/data").iterdir():
            if path.is_file():
                path.unlink()
        primary.start_server("--masterauth", "wrong-secret")
        self.wait_for_trouble(primary, "catches up from redis-slave-0",
                              "it refuses Redis's own link: WRONGPASS", "masterauth")
        primary.pod.run("redis-cli", "-a", PASSWORD.decode(), "CONFIG", "SET", "masterauth",
                        PASSWORD.decode())  # the gate is closed to whoever is outside the pod
        primary.wait_for_reason("primary_serving", within=20)
        self.assertEqual(primary.command("DBSIZE"), 100)

    def test_tls_on_one_side_alone(self):
        primary, replica = self.pair("7.0", "redis-server", password=PASSWORD)
        self.give_a_certificate(replica)
        replica.command("CONFIG", "SET", "tls-replication", "yes")
        self.cut(primary, replica)
        self.wait_for_trouble(replica, "tls-replication", "speaks no TLS")

    @staticmethod
    def give_a_certificate(pod):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=redis",
                        "-keyout", pod.pod.path("/data/tls.key"),
                        "-out", pod.pod.path("/data/tls.crt")], check=True, capture_output=True)
        pod.command("CONFIG", "SET", "tls-ca-cert-file", "/data/tls.crt", "tls-cert-file",
                    "/data/tls.crt", "tls-key-file", "/data/tls.key")

    def test_a_primary_that_is_full(self):
        primary, replica = self.pair("7.0", "redis-server")
        with primary.redis() as redis:
            here = redis("CLIENT", "LIST").decode().count("\n")
            redis("CONFIG", "SET", "maxclients", here - 1)
            redis("CLIENT", "KILL", "TYPE", "replica")
            self.wait_for_trouble(replica, "max number of clients")
            redis("CONFIG", "SET", "maxclients", 1000)
        replica.wait_for_reason("replica_in_sync")


if __name__ == "__main__":
    pod_test_case.main()
