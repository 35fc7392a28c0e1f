"""TLS with an authority of one's own in a Secret: alone, the kubelet's swap of that Secret, and the
way from plain TCP to it under writes, by the commands of k8s/README.md."""

import pathlib
import sys
import time

from cluster import wait_until
from cluster_test_case import PODS, main
from readme import commands, run_commands
from tls_case import MASTER, TlsTestCase

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from pods.certificates import Authority


class Tls(TlsTestCase):
    namespace = "tls"

    @classmethod
    def provide(cls):
        cls.authority = Authority(cls.folder)
        cls.put(30)

    @classmethod
    def put(cls, days):
        names = [f"*.redis-headless.tls{rest}" for rest in ("", ".svc", ".svc.cluster.local")]
        files = cls.authority.issue(*names, seconds=days * 86400)
        cls.pods.secret_files(files, "redis-tls")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pods.install(
            values={"tls": {"enabled": True, "mode": "only", "existingSecret": "redis-tls"}}
        )
        cls.pods.wait_ready(*PODS)

    def test_01_replicas_go_by_tls_and_nobody_else_gets_in(self):
        self.local(MASTER, "set", "test", "frieza")
        for pod in PODS[1:]:
            wait_until(
                lambda pod=pod: self.local(pod, "get", "test") == "frieza", f"the key on {pod}", 10
            )
            self.assertEqual(self.local(pod, "config", "get", "port").split()[-1], "0")
        address = self.pods.pod(MASTER)["status"]["podIP"]
        answer = self.pods.redis(address, "get", "test", check=False)
        self.assertNotIn("frieza", answer)
        self.saw("two replicas by TLS; plain TCP gets no answer")

    def test_02_the_kubelets_swap_of_the_secret_cuts_no_link(self):
        before = self.full_syncs()
        end = time.time() + 60 * 86400
        begin = time.monotonic()
        self.put(60)
        self.look_again(*PODS)
        for pod in PODS:
            self.wait_until_shown(pod, end, tolerance=3600)
        self.assertEqual(self.full_syncs(), before)
        for pod in PODS[1:]:
            self.assertIn("master_link_status:up", self.local(pod, "info", "replication"))
        self.saw(f"all show the new one after {time.monotonic() - begin:.0f} s, {before}")


class TheWay(TlsTestCase):
    """Clients write and read all the time: by plain TCP at first, by TLS after the first step."""

    namespace = "tls-way"

    @classmethod
    def provide(cls):
        script = commands("an authority of one's own").replace("=redis\n", f"={cls.namespace}\n", 1)
        ended = run_commands(cls.cluster, f"cd {cls.folder}\n{script}")
        if ended.returncode != 0:
            raise RuntimeError(ended.stdout + ended.stderr)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pods.install()
        cls.pods.wait_ready(*PODS)

    def take_step(self, script):
        """It ends when all pods have taken it: anew at first, then as they are."""
        begin = time.monotonic()
        ended = run_commands(self.cluster, script)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.saw(f"{script.split('--set')[-1].strip().splitlines()[0]}: "
                 f"{time.monotonic() - begin:.0f} s")

    def test_loses_nothing_and_no_reader_sees_an_empty_replica(self):
        self.assertEqual(self.pods.redis("redis-master", "set", "load:kept", "yes"), "OK")
        self.pods.wait_for_value("redis-slave", "load:kept", "yes")
        self.start_load("load")
        wait_until(
            lambda: int(self.pods.redis("redis-master", "dbsize")) > 300, "the load", 60
        )
        script = commands("the way to TLS").replace("-n redis", f"-n {self.namespace}")
        allow, both, only = (f"helm upgrade {step}" for step in script.split("helm upgrade ")[1:])
        self.take_step(allow)
        self.start_load("load-tls", secret="redis-tls", port="6380")
        self.wait_for_writes(1000)
        self.take_step(both)
        self.wait_for_writes(1000)
        self.check_load("load")
        self.take_step(only)
        self.wait_for_writes(300)
        self.check_load("load-tls")
        for pod in PODS:
            self.assertEqual(self.local(pod, "config", "get", "port").split()[-1], "0")
        answer = self.pods.redis("redis-master", "get", "load:kept", check=False)
        self.assertNotIn("yes", answer)
        notes = self.cluster.helm("get", "notes", "redis", "-n", self.namespace)
        self.assertIn(f"redis-master.{self.namespace}:6380 by TLS\n", notes)


if __name__ == "__main__":
    main()
