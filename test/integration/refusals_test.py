"""What a running server refuses, on real servers of every age: a reason for each, again fine when
mended, and what still works goes on."""
import subprocess
import time

import pod_test_case
from pod_test_case import PRIMARY_NAME, eventually
from pods import RespClient, RespError
from refusals_test_case import RefusalsTestCase


class Disk(RefusalsTestCase):
    """What a disk refuses is a mount option away."""

    @staticmethod
    def remount(pod, option):
        done = pod.pod.run("mount", "-o", f"remount,{option}", "/data")
        if done.returncode != 0:
            raise OSError(done.stderr.decode())

    @staticmethod
    def wait_for_a_failed_save(pod):
        with pod.redis() as redis:
            eventually(lambda: redis.info("persistence")["rdb_last_bgsave_status"] == "err",
                       "the save to fail", 5, [pod])

    def test_a_save_that_fails(self):
        self.on_every_server(self.check_a_save_that_fails)

    def check_a_save_that_fails(self, version, program):
        pod = self.one_primary(version, program, "--save", "3600", "1")
        pod.command("SET", "a", "write")
        self.remount(pod, "ro")
        pod.command("BGSAVE")
        self.assert_not_ready(pod, "writes_refused", "MISCONF")
        self.assertRaisesRegex(RespError, "MISCONF", pod.command, "SET", "a", "write")
        self.assertEqual(pod.command("GET", "a"), b"write", "reads go on")
        self.assertEqual(pod.get("/primary").status, 503)
        self.remount(pod, "rw")
        pod.command("BGSAVE")
        pod.wait_for_reason("primary_serving")
        pod.command("SET", "a", "write")

    def test_one_that_nobody_minds(self):
        """Redis takes writes with stop-writes-on-bgsave-error no: the pod stays ready."""
        pod = self.one_primary("7.0", "redis-server", "--save", "3600", "1",
                               "--stop-writes-on-bgsave-error", "no")
        self.remount(pod, "ro")
        pod.command("BGSAVE")
        self.wait_for_a_failed_save(pod)
        self.wait_for_polls(pod)
        self.assertTrue(pod.status()["ready"])
        self.assertEqual(pod.command("SET", "a", "write"), "OK")

    def test_a_full_volume_beneath_an_aof(self):
        self.on_every_server(self.check_a_full_volume)

    def check_a_full_volume(self, version, program):
        pod = self.one_primary(version, program, "--appendonly", "yes", "--save", "")
        self.remount(pod, "size=1m")
        full = subprocess.run(["dd", "if=/dev/zero", f"of={pod.pod.path('/data/filler')}",
                               "bs=4k"], capture_output=True, check=False)
        self.assertIn(b"No space left", full.stderr)
        self.write_until_refused(pod)
        self.assert_not_ready(pod, "writes_refused", "MISCONF", "No space left on device")
        self.remount(pod, "size=64m")
        pod.wait_for_reason("primary_serving")

    @staticmethod
    def write_until_refused(pod):
        with pod.redis() as redis:
            for number in range(2000):
                try:
                    redis("SET", f"key:{number}", "x" * 10000)
                except RespError as error:
                    if str(error).startswith("MISCONF"):
                        return
                    raise
        raise AssertionError("the volume takes all of it")

    def test_a_replica_serves_reads_whatever_its_disk_refuses(self):
        self.on_every_server(self.check_a_replica)

    def check_a_replica(self, version, program):
        # From 7.0 on the next write would end it otherwise.
        ignores = ("--replica-ignore-disk-write-errors", "yes")
        is_old = version in ("5.0", "6.2")
        primary, replica = self.pair(version, program, "--save", "3600", "1",
                                     *(() if is_old else ignores))
        self.remount(replica, "ro")
        replica.command("BGSAVE")
        self.wait_for_a_failed_save(replica)
        primary.fill(10, replicas=1)
        self.wait_for_polls(replica)
        self.assertEqual(replica.get("/replica").status, 200, replica.get("/replica").text)
        self.assertEqual(replica.command("DBSIZE"), 10)


class ClusterMode(RefusalsTestCase):
    def test_is_not_ready(self):
        self.on_every_server(self.check_cluster_mode)

    def check_cluster_mode(self, version, program):
        pod = self.redis_pod(PRIMARY_NAME, settings={"GATE": "direct"})
        pod.init("--redis-version", version)
        pod.start_server("--cluster-enabled", "yes", program=program)
        pod.start_sidecar()
        self.assert_not_ready(pod, "cluster_mode", "cluster-enabled no")
        self.assertRaisesRegex(RespError, "CLUSTERDOWN", pod.command, "GET", "a")
        pod.server.stop()
        pod.start_server(program=program)
        pod.wait_for_reason("primary_serving")


class StaleData(RefusalsTestCase):
    def test_a_replica_that_serves_none_is_not_ready_without_its_primary(self):
        self.on_every_server(self.check_stale_data)

    def check_stale_data(self, version, program):
        primary, replica = self.pair(version, program, "--replica-serve-stale-data", "no")
        primary.fill(10, replicas=1)
        primary.sidecar.kill()
        primary.server.kill()
        self.assert_not_ready(replica, "reads_refused", "replica-serve-stale-data")
        self.assertRaisesRegex(RespError, "MASTERDOWN", replica.command, "GET", "key:1")
        replica.command("CONFIG", "SET", "replica-serve-stale-data", "yes")
        replica.wait_for_reason("replica_stale")
        self.assertIsNotNone(replica.command("GET", "key:1"))


class Places(RefusalsTestCase):
    """maxclients is used up."""

    MAXCLIENTS = 12

    def take_all_places(self, pod):
        """Connections that hold every place that is left; they close with the test."""
        while True:
            client = RespClient(pod.pod.address, timeout=2)
            self.addCleanup(client.close)
            self.clients.append(client)
            try:
                client("PING")
            except RespError as error:
                if "max number of clients" in str(error):
                    return
            except OSError:
                return

    def setUp(self):
        super().setUp()
        self.clients = []

    def test_an_agent_that_comes_anew(self):
        self.on_every_server(self.check_an_agent_that_comes_anew)

    def check_an_agent_that_comes_anew(self, version, program):
        pod = self.one_primary(version, program, "--maxclients", str(self.MAXCLIENTS),
                               LIVENESS_BUDGET="1s", REDIS_TIMEOUT="300ms")
        pod.sidecar.stop()
        self.take_all_places(pod)
        pod.start_sidecar()
        self.assert_not_ready(pod, "too_many_clients", "maxclients")
        self.assertEqual(pod.status()["redis"]["condition"], "too_many_clients")
        begin = time.monotonic()
        while time.monotonic() - begin < 1.5:  # longer than the liveness budget
            answer = pod.get("/redis/livez")
            self.assertEqual(answer.status, 200, answer.text)
            self.assertEqual(pod.get("/startupz").status, 200)
            time.sleep(0.1)
        while self.clients:
            self.clients.pop().close()
        pod.wait_for_reason("primary_serving")

    def test_one_that_is_there_keeps_its_place(self):
        self.on_every_server(self.check_one_that_is_there)

    def check_one_that_is_there(self, version, program):
        """Its password is wrong when it comes, and right when no place is left."""
        pod = self.one_primary(version, program, "--maxclients", str(self.MAXCLIENTS),
                               password=b"right")
        secret = pod.pod.path("/run/secrets/redis-password")
        pod.sidecar.stop()
        secret.write_bytes(b"wrong")
        pod.start_sidecar()
        pod.wait_for_reason("password_refused")
        self.take_all_places(pod)
        secret.write_bytes(b"right")
        pod.wait_for_reason("primary_serving")
        while self.clients:
            self.clients.pop().close()


if __name__ == "__main__":
    pod_test_case.main()
