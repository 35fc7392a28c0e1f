"""From plain TCP to TLS and back on a running cluster, by pods that restart one after the other: no
acknowledged write is lost, and no replica is ever ready without what it had."""
import os
import shutil
import threading
import time

import pod_test_case
from pod_test_case import PRIMARY_NAME, eventually
from pods import RespError
from rotation_table import COPIED
from tls_test_case import WAY, TlsTestCase

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
            keys = pod.local("DBSIZE") if pod.step != "off" else pod.redis()("DBSIZE")
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
        pod.take_step(step, self.client)
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

    def check(self, names, order, program="redis-server"):
        """The primary is the first of the names; they restart in that order at each step."""
        self.flags = self.FLAGS if program == "redis-server" else self.FLAGS[:2]
        primarys = {"PRIMARY": f"{names[0]}.redis-headless"}
        by_name = {name: self.tls_pod(name, "both", settings=primarys) for name in names}
        for pod in by_name.values():
            self.bring_up(pod, "off", program)
        primary, *replicas = by_name.values()
        for pod in by_name.values():
            pod.wait_until_ready(within=20)
        primary.fill(FLOOR, replicas=2)
        self.writer, reader = Writer(primary), Reader(list(by_name.values()))
        self.writer.start()
        reader.start()
        try:
            for step in (*WAY[1:], *WAY[-2::-1]):
                begin = time.monotonic()
                self.roll([by_name[name] for name in order], step, program)
                full = [pod.server.log().count(COPIED) for pod in replicas]
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

    def test_one_stateful_set_whose_primary_restarts_last(self):
        names = ("redis-0", "redis-1", "redis-2")
        self.check(names, names[::-1])

    def test_two_of_which_the_primary_s_is_faster(self):
        names = (PRIMARY_NAME, "redis-slave-0", "redis-slave-1")
        self.check(names, (PRIMARY_NAME, "redis-slave-1", "redis-slave-0"))

    def test_on_other_servers(self):
        names = ("redis-0", "redis-1", "redis-2")
        for name in ("redis-8.0", "valkey-8.1"):
            with self.subTest(server=name):
                self.check(names, names[::-1], self.server_program(name))
                self.world.end_pods()


class Mixed(TlsTestCase):
    def test_an_emptied_primary_by_tls_copies_from_a_replica_by_plain_tcp(self):
        """In the middle of the way, and its volume is lost: the anchor takes both."""
        for modes in (("both", "allow"), ("allow", "both")):
            with self.subTest(primary=modes[0], replica=modes[1]):
                self.check_between(*modes)
                self.world.end_pods()

    def check_between(self, primarys, replicas):
        primary = self.tls_pod(PRIMARY_NAME, "both", settings={"TLS": primarys})
        replica = self.tls_pod("redis-slave-0", "both", settings={"TLS": replicas})
        for pod in (primary, replica):
            pod.init()
            pod.start_server(*self.FLAGS)
            pod.start_sidecar()
        primary.wait_for_reason("primary_serving")
        replica.wait_for_reason("replica_in_sync")
        self.check_anchor(primary, replica)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    pod_test_case.main()
