"""From plain TCP to TLS and back on a running cluster, by pods that restart one after the other: no
acknowledged write is lost, and no replica is ever ready without what it had."""
import os
import shutil
import threading
import time

import pod_test_case
from pod_test_case import PRIMARY_NAME, eventually
from pods import RespError
from tls_test_case import TlsTestCase

# What a step sets in each pod. The port of TLS stays where it is.
STEPS = {"off": {"TLS": "off"}, "both": {"TLS": "both"},
         "only": {"TLS": "only", "REDIS_PORT": "6380"}}
FLOOR = 500  # keys that are there before anything changes


class Writer(threading.Thread):
    """A client that comes by whatever the primary speaks, plain TCP first."""

    def __init__(self, primary):
        super().__init__(daemon=True)
        self._primary = primary
        self._ends = threading.Event()
        self.taken = []

    def _connect(self):
        try:
            return self._primary.redis(port=6379, tls=None, timeout=2)
        except OSError:
            return self._primary.redis(port=6380, timeout=2)

    def run(self):
        number = 0
        while not self._ends.is_set():
            try:
                with self._connect() as redis:
                    while not self._ends.is_set():
                        number += 1
                        redis("SET", f"w:{number}", number)
                        self.taken.append(f"w:{number}")
                        time.sleep(0.002)
            except (OSError, RespError, ValueError):
                time.sleep(0.02)

    def wait_for_more(self):
        wanted = len(self.taken) + 50
        eventually(lambda: len(self.taken) >= wanted, "writes to be taken", 15)

    def stop(self):
        self._ends.set()
        self.join()


class Reader(threading.Thread):
    """Looks all the time whether a pod that says that it is ready has what there was before."""

    def __init__(self, pods):
        super().__init__(daemon=True)
        self._pods = pods
        self._ends = threading.Event()
        self.looks = 0
        self.empty = []

    def run(self):
        while not self._ends.wait(0.03):
            for pod in self._pods:
                self._look_at(pod)

    def _look_at(self, pod):
        try:
            if not pod.is_ready():
                return
            keys = pod.local("DBSIZE") if pod.mode != "off" else pod.redis()("DBSIZE")
            self.looks += 1
            if int(keys) < FLOOR and pod.is_ready():
                self.empty.append((pod.name, keys))
        except (OSError, RespError, ValueError):
            pass  # it restarts

    def stop(self):
        self._ends.set()
        self.join()


class Rolling(TlsTestCase):
    def bring_up(self, pod, step, program):
        settings = STEPS[step]
        for name in ("TLS", "REDIS_PORT"):
            pod.variables.pop(f"REDIS_AGENT_{name}", None)
        pod.variables.update({f"REDIS_AGENT_{name}": value for name, value in settings.items()})
        pod.mode = step
        pod.port = 6379 if step == "off" else 6380
        pod.shown = self.client if step != "off" else None
        pod.init()
        pod.start_server(*self.flags, program=program)
        pod.start_sidecar()

    def recreate(self, pod, step, program):
        """As the kubelet: what is on the volume stays, what is in memory does not."""
        pod.sidecar.send_signal(15)
        pod.server.stop()
        pod.sidecar.stop()
        shutil.rmtree(pod.pod.path("/run/redis-agent"), ignore_errors=True)
        self.bring_up(pod, step, program)

    def roll(self, pods, step, program):
        """Each when the one before is ready."""
        for pod in pods:
            self.recreate(pod, step, program)
            pod.wait_until_ready(within=30)
            self.writer.wait_for_more()

    def check(self, program="redis-server"):
        self.flags = self.FLAGS if program == "redis-server" else self.FLAGS[:2]
        names = [PRIMARY_NAME, "redis-slave-0", "redis-slave-1"]
        # A primary that asks by TLS waits so long for replicas that do not speak it yet.
        pods = [self.tls_pod(name, "both", settings={"PEER_WAIT": "2s"}) for name in names]
        for pod in pods:
            self.bring_up(pod, "off", program)
        primary, *replicas = pods
        for pod in pods:
            pod.wait_until_ready(within=20)
        primary.fill(FLOOR, replicas=2)
        self.writer, reader = Writer(primary), Reader(pods)
        self.writer.start()
        reader.start()
        try:
            # A replica goes by TLS from both on, and needs a primary that speaks it.
            last, first = [*replicas[::-1], primary], [primary, *replicas[::-1]]
            for step, order in (("both", first), ("only", last), ("both", first), ("off", last)):
                begin = time.monotonic()
                self.roll(order, step, program)
                full = [pod.server.log().count("Full resync from ") for pod in replicas]
                print(f"to {step}: {time.monotonic() - begin:.1f} s, full syncs {full}, "
                      f"{len(self.writer.taken)} writes taken")
        finally:
            self.writer.stop()
            reader.stop()
        self.assertFalse(reader.empty)
        self.assertGreater(reader.looks, 100)
        with primary.redis() as redis:
            lost = [key for key in self.writer.taken if redis("EXISTS", key) != 1]
            redis("SET", "last", 1)
            self.assertEqual(redis("WAIT", 2, 5000), 2)
        self.assertFalse(lost)
        for pod in replicas:
            self.assertEqual(pod.command("DBSIZE"), primary.command("DBSIZE"))

    def test_by_one_pod_after_the_other(self):
        self.check()

    def test_on_other_servers(self):
        for name in ("redis-8.0", "valkey-8.1"):
            with self.subTest(server=name):
                self.check(self.server_program(name))
                self.world.end_pods()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    pod_test_case.main()
