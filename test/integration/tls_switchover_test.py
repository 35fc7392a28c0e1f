"""The primary is moved where Redis speaks TLS and port 9121 too: no acknowledged write is lost, and
an agent that is not trusted is handed nothing."""
import contextlib
import functools
import json
import socket
import ssl

import pod_test_case
from faulting.acknowledged import AcknowledgedWrites
from lock_test_case import LockTestCase
from pod_test_case import eventually
from pods import Authority, MountedSecret, RespClient, http_get
from tls_test_case import FOLDER, PASSWORD, TlsTestCase, own_names
from web_test import login, users

WEB = "/run/secrets/web"
SERVER = f"tls_server_config:\n  cert_file: {FOLDER}/tls.crt\n  key_file: {FOLDER}/tls.key\n"
CLIENTS = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {}/ca.crt\n"
USERS = users(anna="a word", agent="between agents")


def as_shown(files):
    return ssl.PEM_cert_to_DER_cert(files["tls.crt"].decode())


class TlsSwitchover(LockTestCase, TlsTestCase):
    mode = ""
    config = ""

    def redis_pod(self, name, password=b"", settings=None):  # pylint: disable=arguments-differ
        del password
        settings = {"WEB_CONFIG_FILE": f"{WEB}/web.yml", "WEB_LOGIN_FILE": f"{WEB}/login",
                    "WEB_CA_FILE": f"{FOLDER}/ca.crt", **settings}
        pod = self.tls_pod(name, self.mode, settings=settings)
        pod.web = MountedSecret(pod.pod.path(WEB))
        self.put_web(pod, self.config)
        pod.get = functools.partial(pod.get, tls=self.client, headers=login("anna", "a word"))
        return pod

    @staticmethod
    def put_web(pod, config, more=None):
        pod.web.put({"web.yml": config.encode(), "login": b"agent:between agents\n",
                     **(more or {})})

    def writes(self, prefix):
        """Through the write Service, by TLS."""
        addresses = {pod.name: pod.pod.address for pod in self.pods}
        connect = functools.partial(RespClient, port=self.pods[0].port, tls=self.client,
                                    password=PASSWORD)
        return AcknowledgedWrites(lambda: addresses[self.route()], prefix, connect=connect)

    def switchover(self, source, target):
        """As kubectl exec runs it: exit code, and what it said."""
        done = source.pod.run(source.agent, "switchover", "--to", target.name,
                              variables=source.variables)
        return done.returncode, (done.stdout + done.stderr).decode().strip()

    @contextlib.contextmanager
    def nothing_lost(self, what, primary_after):
        """Writes before, while and after the primary moves, all of them on whoever is it then."""
        with self.writes(what) as writes:
            writes.wait_for(200)
            yield
            writes.wait_for(200)
        primary = primary_after()
        self.wait_for_roles(primary)
        self.assertEqual(writes.lost_on(primary.pod.address), [])
        print(f"--tls={self.mode}, {what}: {len(writes.keys)} writes, gap "
              f"{writes.longest_gap() * 1000:.0f} ms, refused {len(writes.errors)}")

    def holder(self):
        return next(pod for pod in self.pods if pod.name == self.lock()["holder"])

    def check_moves(self):
        master, slave, _ = self.start_locked()
        for source, target in ((master, slave), (slave, master)):
            with self.nothing_lost(f"to {target.name}", lambda target=target: target):
                self.assertEqual(self.switchover(source, target),
                                 (0, f"done: {target.name} holds the lock"))
        with self.nothing_lost("by the preStop hook", self.holder):
            answer = http_get(master.pod.address, "/prestop", port=9123, within=15)
            self.assertEqual(answer.status, 200)
        self.assertIsNot(self.holder(), master)


class ByCertificates(TlsSwitchover):
    mode = "only"
    config = SERVER + CLIENTS.format(FOLDER)

    def test_loses_nothing(self):
        self.check_moves()

    def test_to_an_agent_of_another_authority_is_refused(self):
        """Its server is trusted, and its agent is not."""
        master, slave, other = self.start_locked()
        stranger = Authority(self.folder, "another").issue(*own_names(slave.name))
        self.put_web(slave, self.config.replace(f"{FOLDER}/tls", f"{WEB}/tls"), stranger)
        eventually(lambda: self.shown(slave) == as_shown(stranger), "the stranger's certificate",
                   10, [slave])
        master.sidecar.kill()  # so that it has never heard that agent
        master.start_sidecar()
        self.wait_for_roles(master)
        code, said = self.switchover(master, slave)
        self.assertEqual(code, 1)
        self.assertIn(f"{slave.name} cannot be next: its agent does not answer, or one of the two "
                      "does not trust the other", said)
        row = next(row for row in self.rows(master) if row["pod"] == slave.name)
        self.assertIn("certificate is not trusted", json.dumps(row))
        self.assertIn(slave.name, self.lock()["members"])
        with self.nothing_lost("to one that is trusted", lambda: other):
            self.assertEqual(self.switchover(master, other)[0], 0)

    @staticmethod
    def rows(pod):
        done = pod.pod.run(pod.agent, "status", "--json", variables=pod.variables)
        return json.loads(done.stdout)["pods"]

    def shown(self, pod):
        """The certificate of its agent's pages."""
        with socket.create_connection((pod.pod.address, 9121), timeout=5) as plain:
            with self.client.wrap_socket(plain) as secured:
                return secured.getpeercert(binary_form=True)


class ByLogins(TlsSwitchover):
    mode = "both"
    config = SERVER + USERS

    def test_loses_nothing(self):
        self.check_moves()


if __name__ == "__main__":
    pod_test_case.main()
