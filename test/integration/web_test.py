"""Port 9121 by TLS, with users and client certificates: who is let in, agents among themselves, new
files under requests, and the probes, which are everybody's."""
import base64
import ctypes
import json
import pathlib
import select
import shutil
import socket
import ssl
import tempfile
import threading
import unittest

import metrics_test
import pod_test_case
from pod_test_case import AGENT, PRIMARY_NAME, QUICK, PodTestCase, eventually, world
from pods import Authority, MountedSecret, RedisPod
from tls_test_case import client_context, own_names

FOLDER = "/run/secrets/web"
TLS = "tls_server_config:\n  cert_file: tls.crt\n  key_file: tls.key\n"
CERTIFICATES = TLS + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n"
PROBES = ("/livez", "/readyz", "/startupz", "/redis/livez", "/health")
PAGES = ("/metrics", "/status", "/status?recent", "/topology", "/", "/page/main.js",
         "/lock/promise?holder=a/b&term=1", "/lock/next?term=1", "/nothing")


def bcrypt(password, cost=5):
    """As htpasswd -B makes it."""
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    return crypt(password.encode(), b"$2y$%02d$......................" % cost).decode()


def users(**passwords):
    return "basic_auth_users:\n" + "".join(f"  {name}: {bcrypt(password)}\n"
                                           for name, password in passwords.items())


def login(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class WebPod(RedisPod):
    """Its `get` is that of who may see all."""

    def __init__(self, pod, files, settings=None):
        super().__init__(pod, AGENT, b"", {**QUICK, "WEB_CONFIG_FILE": f"{FOLDER}/web.yml",
                                           "WEB_LOGIN_FILE": f"{FOLDER}/login", **(settings or {})})
        self.secret = MountedSecret(pod.path(FOLDER))
        self.secret.put(files)
        self.tls = client_context(None)
        self.headers = {}

    def get(self, path, **options):
        options.setdefault("tls", self.tls)
        options.setdefault("headers", self.headers)
        return super().get(path, **options)

    def shown(self):
        """The certificate that the agent shows now."""
        with socket.create_connection((self.pod.address, 9121), timeout=5) as plain:
            with self.tls.wrap_socket(plain) as secured:
                return secured.getpeercert(binary_form=True)

    def run_status(self, *flags):
        return self.pod.run(self.agent, "status", *flags, variables=self.variables)


class WebTestCase(PodTestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.authority = Authority(self.folder)

    def files(self, name, config, password="between agents"):
        return {**self.authority.issue(*own_names(name)), "web.yml": config.encode(),
                "login": f"agent:{password}\n".encode()}

    def web_pods(self, config, replicas=0, settings=None):
        names = [PRIMARY_NAME] + [f"redis-slave-{ordinal}" for ordinal in range(replicas)]
        pods = [WebPod(world().add_pod(name), self.files(name, config), settings)
                for name in names]
        for pod in pods:
            if "basic_auth_users" in config:
                pod.headers = login("anna", "a word")
            if "client_auth_type" in config:
                pod.tls = client_context(self.authority.issue("a client"), self.folder)
            if "tls_server_config" not in config:
                pod.tls = None
            pod.init()
            pod.start_server("--repl-diskless-sync-delay", "0")
            pod.start_sidecar()
        pods[0].wait_for_reason("primary_serving")
        for pod in pods[1:]:
            pod.wait_for_reason("replica_in_sync")
        return pods

    USERS = users(anna="a word", agent="between agents")


class Access(WebTestCase):
    def check_statuses(self, pod, paths, status, **options):
        for path in paths:
            for method in ("GET", "HEAD"):
                with self.subTest(path=path, method=method, **options):
                    self.assertEqual(pod.get(path, method=method, **options).status, status)

    def check_strangers(self, pod, **options):
        """They have the probes, and no page."""
        for headers in ({}, login("anna", "another"), login("carl", "a word"),
                        login("anna", "a word\0more"), {"Authorization": "Bearer x"},
                        {"Authorization": "Basic ?"}, login("", "")):
            self.check_statuses(pod, PROBES, 200, headers=headers, **options)
            self.check_statuses(pod, PAGES, 401, headers=headers, **options)
        refused = pod.get("/metrics", headers={}, **options)
        self.assertIn("Basic realm=", refused.headers["www-authenticate"])
        self.assertNotIn("redis_", refused.text)
        self.assertEqual(pod.get("/", method="OPTIONS", headers={}, **options).status, 200)
        self.assertEqual(pod.get("/metrics", method="OPTIONS", headers={}, **options).status, 401)
        self.assertEqual(pod.get("/primary", headers={}, **options).status, 200)

    def check_friend(self, pod):
        for path in ("/metrics", "/status", "/topology", "/", "/page/main.js"):
            self.assertEqual(pod.get(path).status, 200, path)
        self.assertEqual(pod.metric("redis_agent_web_config_ok"), 1)

    def test_by_tls_with_a_login(self):
        pod, = self.web_pods(TLS + self.USERS)
        self.check_strangers(pod)
        self.check_friend(pod)
        self.assertGreater(
            pod.metric("redis_agent_web_certificate_expiry_timestamp_seconds"), 1.7e9)
        with self.assertRaises(OSError):
            pod.get("/readyz", tls=None)
        self.check_own_names(pod)
        told = pod.sidecar.log() + pod.get("/status?recent").text + pod.get("/metrics").text
        for secret in ("a word", "between agents", "$2y$", *login("anna", "a word").values()):
            self.assertNotIn(secret, told)

    def test_with_a_login_alone(self):
        pod, = self.web_pods(self.USERS)
        self.check_strangers(pod)
        self.check_friend(pod)

    def test_with_a_certificate(self):
        pod, = self.web_pods(CERTIFICATES)
        nobody = client_context(None)
        self.check_statuses(pod, PROBES, 200, tls=nobody)
        self.check_statuses(pod, PAGES, 403, tls=nobody)
        self.check_friend(pod)
        stranger = client_context(Authority(self.folder, "another").issue("x"), self.folder)
        with self.assertRaises(OSError):
            pod.get("/metrics", tls=stranger)

    def test_with_a_certificate_and_a_login(self):
        pod, = self.web_pods(CERTIFICATES + self.USERS)
        self.check_strangers(pod)
        self.check_statuses(pod, PAGES, 403, tls=client_context(None))
        self.check_friend(pod)

    def test_old_tls_is_not_spoken(self):
        pod, = self.web_pods(TLS + "  min_version: TLS13\n")
        old = client_context(None)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises(OSError):
            pod.get("/readyz", tls=old)
        self.assertEqual(pod.get("/readyz").status, 200)

    def test_probes_do_not_wait_for_logins(self):
        """A password is compared for seconds, and the probes behind it are answered before."""
        dear = f"basic_auth_users:\n  agent: {bcrypt('between agents')}\n" \
               f"  anna: {bcrypt('a word', 14)}\n"
        pod = WebPod(world().add_pod(PRIMARY_NAME), self.files(PRIMARY_NAME, dear))
        pod.tls = None
        pod.init()
        pod.start_server()
        pod.start_sidecar()
        pod.wait_until_ready()
        clients = []
        for number in range(4):
            client = socket.create_connection((pod.pod.address, 9121), timeout=60)
            self.addCleanup(client.close)
            shown = login("anna", f"guess {number}")["Authorization"]
            client.sendall(f"GET /metrics HTTP/1.1\r\nAuthorization: {shown}\r\n\r\n".encode())
            clients.append(client)
        for _ in range(3):
            self.assertEqual(pod.get("/readyz").status, 200)
        self.assertEqual(select.select(clients[-1:], [], [], 0)[0], [], "the last is answered last")
        self.assertIn(b" 401 ", clients[-1].recv(4096))


class Agents(WebTestCase):
    def check_all_are_seen(self, pods):
        for pod in pods:
            done = pod.run_status("--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([row["ready"] for row in json.loads(done.stdout)["pods"]],
                             [True] * len(pods), done.stdout)

            def others(pod=pod):
                rows = pod.get("/topology").json()["pods"]
                return len(rows) == len(pods) and all(row.get("reason") for row in rows)
            eventually(others, "the page to show all pods", 10, pods)

    def test_see_each_other(self):
        for config in (TLS, self.USERS, TLS + self.USERS, CERTIFICATES + self.USERS):
            with self.subTest(config=config):
                self.check_all_are_seen(self.web_pods(config, replicas=1))
                self.world.end_pods()

    def test_whose_authority_is_given_by_a_setting(self):
        config = TLS
        pods = []
        for name in (PRIMARY_NAME, "redis-slave-0"):
            files = self.files(name, config)
            files["theirs.pem"] = files.pop("ca.crt")
            pods.append(WebPod(world().add_pod(name), files,
                               {"WEB_CA_FILE": f"{FOLDER}/theirs.pem"}).bring_up())
        pods[0].wait_for_reason("primary_serving")
        pods[1].wait_for_reason("replica_in_sync")
        self.check_all_are_seen(pods)

    def test_of_two_sorts_let_servers_replicate(self):
        """As in a rolling update: one pod has the file, the other one does not have it yet."""
        for secured in (PRIMARY_NAME, "redis-slave-0"):
            with self.subTest(secured=secured):
                pods = []
                for name in (PRIMARY_NAME, "redis-slave-0"):
                    pod = WebPod(world().add_pod(name), self.files(name, TLS + self.USERS))
                    pod.headers = login("anna", "a word")
                    if name != secured:
                        pod.tls = None
                        pod.variables.pop("REDIS_AGENT_WEB_CONFIG_FILE")
                        pod.variables.pop("REDIS_AGENT_WEB_LOGIN_FILE")
                    pods.append(pod.bring_up())
                pods[0].wait_for_reason("primary_serving", within=40)
                pods[1].wait_for_reason("replica_in_sync", within=40)
                self.world.end_pods()

    def row_of_the_other(self, pod):
        done = pod.run_status("--json")
        rows = json.loads(done.stdout)["pods"]
        return next(row for row in rows if row["pod"] != pod.name)

    def test_with_another_login_say_so(self):
        primary, replica = self.web_pods(TLS + self.USERS, replicas=1)
        replica.secret.put(self.files(replica.name, TLS + self.USERS, "another"))
        self.assertIn("does not take the login of --web-login-file",
                      json.dumps(self.row_of_the_other(replica)))
        self.assertEqual(self.row_of_the_other(primary)["reason"], "replica_in_sync")

    def test_are_not_believed_under_another_name(self):
        primary, replica = self.web_pods(TLS, replicas=1)
        files = self.files("redis-slave-7", TLS)
        shown = replica.shown()
        replica.secret.put(files)
        eventually(lambda: replica.shown() != shown, "the other certificate", 10, [replica])
        told = json.dumps(self.row_of_the_other(primary))
        self.assertIn("certificate is not trusted", told)
        self.assertIn("redis-slave-0", told)


class Files(WebTestCase):
    def test_are_read_anew_under_requests(self):
        pod, = self.web_pods(TLS + self.USERS)
        before = pod.shown()
        is_over = threading.Event()
        answers = []

        def ask():
            while not is_over.is_set():
                answers.append((pod.get("/readyz", headers={}).status, pod.get("/metrics").status))
        asking = threading.Thread(target=ask)
        asking.start()
        try:
            pod.secret.put(self.files(pod.name, TLS + self.USERS))
            eventually(lambda: pod.shown() != before, "the new certificate", 10, [pod])
            asked = len(answers)
            eventually(lambda: len(answers) > asked + 5, "more answers", 10, [pod])
        finally:
            is_over.set()
            asking.join()
        self.assertEqual(set(answers), {(200, 200)})

    def test_a_new_password_ends_the_old_one(self):
        pod, = self.web_pods(TLS + self.USERS)
        self.assertEqual(pod.get("/metrics").status, 200)
        changed = TLS + users(anna="another", agent="between agents")
        pod.secret.put(self.files(pod.name, changed))
        eventually(lambda: pod.get("/metrics").status == 401, "the old one to be refused", 10,
                   [pod])
        self.assertEqual(pod.get("/metrics", headers=login("anna", "another")).status, 200)

    def test_that_are_broken_leave_the_good_ones(self):
        pod, = self.web_pods(TLS + self.USERS)
        shown = pod.shown()
        good = self.files(pod.name, TLS + self.USERS)
        for what, broken in {"is no YAML": {"web.yml": b"a: ["},
                             "has an unknown key": {"web.yml": b"rate_limit: {}"},
                             "has another's key": {"tls.key": self.authority.issue("x")["tls.key"]},
                             "has no authority": {"ca.crt": b""},
                             "has no login": {"login": b"\n"}}.items():
            with self.subTest(what):
                pod.secret.put({**good, **broken})
                eventually(lambda: pod.metric("redis_agent_web_config_ok") == 0, "the trouble", 15,
                           [pod])
                self.assertIn("the one before stays", pod.sidecar.log())
                self.assertEqual(pod.shown(), shown)
                self.assertEqual(pod.get("/metrics", headers={}).status, 401)
                self.assertEqual(pod.get("/readyz", headers={}).status, 200)
        pod.secret.put(good)
        eventually(lambda: pod.shown() != shown, "the good ones", 10, [pod])
        self.assertEqual(pod.metric("redis_agent_web_config_ok"), 1)

    def test_that_are_broken_at_the_start_serve_nobody(self):
        pod = WebPod(world().add_pod(PRIMARY_NAME), self.files(PRIMARY_NAME, TLS + self.USERS))
        pod.variables["REDIS_AGENT_WAIT"] = "0"
        for config, complaint in (("basic_auth_users: {anna: a word}\n",
                                   "basic_auth_users.anna: expected the bcrypt hash"),
                                  (TLS + "  cipher_suites: []\n",
                                   "tls_server_config.cipher_suites: not supported")):
            pod.secret.put(self.files(PRIMARY_NAME, config))
            for command in ("sidecar", "status", "check"):
                done = pod.pod.run(pod.agent, command, variables=pod.variables)
                self.assertEqual(done.returncode, 2, done.stderr)
                said = (done.stdout + done.stderr).decode()
                self.assertIn(complaint, said)
                self.assertNotIn("a word", said)

    def test_check_looks_at_them(self):
        pod = WebPod(world().add_pod(PRIMARY_NAME), self.files(PRIMARY_NAME, TLS + self.USERS))

        def check():
            done = pod.pod.run(pod.agent, "check", "--wait", "0", variables=pod.variables)
            return done.returncode, done.stdout.decode()
        code, said = check()
        self.assertEqual(code, 0, said)
        self.assertRegex(said, "ok +pages +.*TLS, 2 users")
        pod.secret.put(self.files(PRIMARY_NAME, TLS + self.USERS, "not that of agent"))
        code, said = check()
        self.assertEqual(code, 2, said)
        self.assertIn("is none of basic_auth_users", said)
        self.assertNotIn("not that of agent", said)


@unittest.skipUnless(shutil.which(metrics_test.PROMETHEUS), "Prometheus is not installed")
class Prometheus(WebTestCase):
    start_prometheus = metrics_test.Prometheus.start_prometheus
    query = metrics_test.Prometheus.query

    def test_scrapes_by_tls_with_a_login_and_a_certificate(self):
        pod, = self.web_pods(CERTIFICATES + self.USERS)
        own = self.authority.issue("prometheus")
        for name, content in own.items():
            (pathlib.Path(self.folder) / name).write_bytes(content)
        self.start_prometheus([pod], scheme="https", basic_auth={
            "username": "anna", "password": "a word"}, tls_config={
                "ca_file": f"{self.folder}/ca.crt", "cert_file": f"{self.folder}/tls.crt",
                "key_file": f"{self.folder}/tls.key", "server_name": own_names(pod.name)[0]})
        eventually(lambda: self.query("redis_agent_ready") == {pod.pod.address: 1},
                   "what Prometheus has scraped", 20, [pod])


if __name__ == "__main__":
    pod_test_case.main()
