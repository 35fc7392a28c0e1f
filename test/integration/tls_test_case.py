"""Pods whose Redis speaks TLS: certificates as a mounted Secret has them, and clients by TLS."""
import json
import pathlib
import ssl
import tempfile

from pod_test_case import AGENT, PRIMARY_NAME, QUICK, PodTestCase, eventually, world
from pods import Authority, MountedSecret, RedisPod, RespClient

PASSWORD = b"pass word"
FOLDER = "/run/secrets/redis-tls"
OWN_FOLDER = "/run/redis-agent/tls"
TLS_PORT = {"only": 6379, "both": 6380}
# From plain TCP to TLS on a running cluster. The port of TLS stays where it is.
WAY = ("off", "allow", "both", "only")


def own_names(pod):
    """What cert-manager is asked for: the short name, and the full one."""
    return f"{pod}.redis-headless", f"{pod}.redis-headless.redis.svc.cluster.local"


class TlsPod(RedisPod):
    def __init__(self, pod, mode, settings=None):
        super().__init__(pod, AGENT, PASSWORD,
                         {**QUICK, "TLS": mode, "TLS_FOLDER": FOLDER, "REDIS_VERSION": "7.0",
                          **(settings or {})})
        self.port = TLS_PORT[mode]
        self.secret = MountedSecret(pod.path(FOLDER))
        self.shown = None  # what clients of this test show
        self.step = None

    def take_step(self, step, client):
        """Of the way to TLS, at its next start; clients come as its replicas do."""
        is_by_tls = step in ("both", "only")
        self.variables.pop("REDIS_AGENT_REDIS_PORT", None)
        self.variables["REDIS_AGENT_TLS"] = step
        if step == "only":
            self.variables["REDIS_AGENT_REDIS_PORT"] = "6380"
        self.step = step
        self.port = 6380 if is_by_tls else 6379
        self.shown = client if is_by_tls else None

    def redis(self, **options):
        options.setdefault("tls", self.shown)
        options.setdefault("port", self.port)
        return super().redis(**options)

    def local(self, *command):
        """By the agent's own way in, which needs no certificate."""
        done = self.pod.run("redis-cli", "-s", "/run/redis-agent/redis.sock", *command,
                            variables={"REDISCLI_AUTH": PASSWORD.decode()})
        return done.stdout.decode().strip()

    def served(self):
        """The certificate that Redis shows now."""
        with self.redis(tls=client_context(None), password=None) as redis:
            return redis.socket.getpeercert(binary_form=True)


def client_context(files, folder=None):
    """Trusts whatever is shown; shows that certificate itself, or none."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if files:
        with tempfile.TemporaryDirectory(dir=folder) as there:
            for name, content in files.items():
                (pathlib.Path(there) / name).write_bytes(content)
            context.load_cert_chain(f"{there}/tls.crt", f"{there}/tls.key")
    return context


class TlsTestCase(PodTestCase):
    MODES = ("only", "both")
    FLAGS = ("--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes")

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(dir="/mnt" if pathlib.Path("/mnt").exists() else None)
        self.authority = Authority(self.folder)
        self.client = client_context(self.authority.issue("client"), self.folder)

    def tls_pod(self, name, mode, files=None, settings=None):
        pod = TlsPod(world().add_pod(name), mode, settings)
        pod.secret.put(files or self.authority.issue(*own_names(name)))
        pod.shown = self.client
        return pod

    # pylint: disable-next=too-many-arguments
    def tls_topology(self, mode, replicas=1, program="redis-server", settings=None,
                     variables=None):
        names = [PRIMARY_NAME] + [f"redis-slave-{ordinal}" for ordinal in range(replicas)]
        pods = [self.tls_pod(name, mode, settings=settings) for name in names]
        flags = self.FLAGS if program == "redis-server" else self.FLAGS[:2]
        for pod in pods:
            pod.init()
            pod.start_server(*flags, program=program)
            pod.start_sidecar(variables=variables)
        pods[0].wait_for_reason("primary_serving")
        for pod in pods[1:]:
            pod.wait_for_reason("replica_in_sync")
        return pods

    def check_anchor(self, primary, replica):
        """A primary that is emptied is served to again with what its replica has."""
        primary.fill(100, replicas=1)
        primary.server.kill()
        for path in primary.pod.path("/data").iterdir():
            if path.is_file():
                path.unlink()
        primary.start_server(*self.FLAGS)
        eventually(lambda: primary.metric("redis_agent_redis_restarts_total") == 1,
                   "the restart to be seen", 10, [primary])
        primary.wait_for_reason("primary_serving", within=20)
        replica.wait_for_reason("replica_in_sync", within=20)
        self.assertEqual(primary.command("DBSIZE"), 100)
        self.assertIn(" 9122", primary.sidecar.log(), "it was held at the anchor")

    def wait_for_words(self, pod, *words, within=15.0):
        """Until /status has them all, in what it explains, warns of or says of the links."""
        def look():
            status = pod.status()
            told = json.dumps([status[name] for name in ("explanation", "warnings", "primary")])
            missing = [word for word in words if word not in told]
            if missing:
                raise LookupError(f"no {missing} in {status['reason']}: {told}")
            return status
        return pod._wait(look, f"to tell {words}", within)  # pylint: disable=protected-access


__all__ = ["FOLDER", "OWN_FOLDER", "PASSWORD", "RespClient", "TlsPod", "TlsTestCase",
           "client_context", "own_names"]
