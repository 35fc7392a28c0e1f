"""A pod of the Redis StatefulSets: init, redis-server and sidecar in it, and how to ask each.

It stands for the pod's YAML: the same order, the same variables, the password from a mounted
Secret. What it does not do is to restart anything by itself.
"""
import pathlib
import sys

from .http_get import http_get
from .resp import RespClient
from .waiting import wait_until

PASSWORD_PATH = "/run/secrets/redis-password"
CONFIG_PATH = "/run/redis-agent/redis.conf"
PARKING_PLACE = ("127.0.0.1", 1)  # where a parked server is told to find its primary


class RedisPod:
    def __init__(self, pod, agent, password=b"", settings=None):
        """`agent` is the path of the binary; `settings` are REDIS_AGENT_<NAME> by their name."""
        self.pod = pod
        self.agent = agent
        self.password = password
        self.variables = {f"REDIS_AGENT_{name}": str(value)
                          for name, value in (settings or {}).items()}
        self.server = None
        self.sidecar = None
        if password:
            self.variables["REDIS_AGENT_PASSWORD_FILE"] = PASSWORD_PATH
            path = pod.path(PASSWORD_PATH)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(password + b"\n")

    @property
    def name(self):
        return self.pod.name

    def bring_up(self):
        self.init()
        self.start_server()
        self.start_sidecar()
        return self

    def init(self, *flags, variables=None):
        """What init printed; raises ValueError with its complaints where it failed."""
        done = self.try_init(*flags, variables=variables)
        if done.returncode != 0:
            raise ValueError(f"init exited {done.returncode}: {done.stderr.decode()}")
        return done.stdout.decode().strip()

    def try_init(self, *flags, variables=None):
        return self.pod.run(self.agent, "init", *flags,
                            variables={**self.variables, **(variables or {})})

    def start_server(self, *arguments, program="redis-server", variables=None):
        self.server = self.pod.start(program, CONFIG_PATH, *arguments, name="redis-server",
                                     variables=variables)
        return self.server

    def start_sidecar(self, *flags, variables=None):
        self.sidecar = self.pod.start(self.agent, "sidecar", *flags, name="sidecar",
                                      variables={**self.variables, **(variables or {})})
        return self.sidecar

    def run_status(self, *flags):
        return self.pod.run(self.agent, "status", *flags)

    def redis(self, **options):
        """A new connection to the server, authenticated unless `password` says otherwise."""
        options.setdefault("password", self.password or None)
        return RespClient(self.pod.address, **options)

    def command(self, *arguments):
        with self.redis() as redis:
            return redis(*arguments)

    def fill(self, keys, size=100, replicas=0):
        """Keys key:1 to key:<keys>, replicated (those of DEBUG POPULATE are not); waits for them.

        WAIT has to be on the connection of the write: on a fresh one it says yes to everything.
        """
        script = "for i = 1, ARGV[1] do redis.call('SET', 'key:' .. i, ARGV[2]) end"
        with self.redis(timeout=30) as redis:
            redis("EVAL", script, "0", keys, "x" * size)
            arrived = redis("WAIT", replicas, 5000)
        if arrived < replicas:
            raise RuntimeError(f"{arrived} of {replicas} replicas have what was written")

    def get(self, path, **options):
        return http_get(self.pod.address, path, **options)

    def status(self):
        return self.get("/status").json()

    def is_ready(self):
        return self.get("/readyz").status == 200

    def wait_for_server(self, within=10.0):
        wait_until(lambda: self.command("PING") == "PONG", f"the server of {self.name}", within,
                   on_failure=self.pod.logs)

    def wait_until_ready(self, within=15.0):
        self._wait(lambda: self.get("/readyz").status == 200, "to be ready", within)

    def wait_for_reason(self, *reasons, within=10.0):
        """Until /status gives one of the reasons; returns the status."""
        def look():
            status = self.status()
            if status["reason"] not in reasons:
                raise LookupError(f"{status['reason']}: {status.get('explanation')}")
            return status
        return self._wait(look, f"to be {' or '.join(reasons)}", within)

    def _wait(self, look, what, within):
        return wait_until(look, f"{self.name} {what}", within, on_failure=self.pod.logs)

    def start_fake(self, kind):
        """A server in place of Redis that misbehaves; see fakes.py."""
        fakes = pathlib.Path(__file__).with_name("fakes.py")
        self.server = self.pod.start(sys.executable, "-B", fakes, kind, name=f"fake-{kind}")
        self.server.wait_for_log("ready")
        return self.server

    def metric(self, name, /, **labels):
        """The value of one sample of /metrics; LookupError if there is none."""
        wanted = name
        if labels:
            wanted += "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}"
        for line in self.get("/metrics").text.splitlines():
            sample, _, value = line.rpartition(" ")
            if sample == wanted:
                return float(value)
        raise LookupError(f"{self.name} has no metric {wanted}")
