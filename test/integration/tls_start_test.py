"""Redis by TLS, alone or beside plain TCP: the first start, what is written, who gets in, and that
no secret shows anywhere."""
import pathlib
import re
import stat

import pod_test_case
from pod_test_case import SERVERS, eventually
from pods import RespClient, RespError
from tls_test_case import OWN_FOLDER, PASSWORD, TlsTestCase, client_context, own_names

# What anybody in the pod can read of what the agent and Redis write: nothing, as a rule.
_OF_ALL = "find /run/redis-agent /data -type f -perm /007 -exec cat {} +"


class FirstStart(TlsTestCase):
    def check(self, mode, program="redis-server", version="7.0"):
        settings = {"REDIS_VERSION": version}
        primary, replica = self.tls_topology(mode, program=program, settings=settings)
        primary.fill(100, replicas=1)
        self.assertEqual(replica.command("DBSIZE"), 100)
        with replica.redis() as redis:
            info = redis.info()
        self.assertEqual(info["master_port"], str(replica.port))
        self.assertIn("/run/redis-agent/redis.sock", replica.local("CLIENT", "LIST"))
        for pod in (primary, replica):
            pod.wait_until_ready()
            eventually(lambda pod=pod: pod.metric("redis_agent_certificate_served") == 1,
                       "the certificate to be looked at", 10, [pod])
            self.assertGreater(pod.metric("redis_agent_certificate_expiry_timestamp_seconds",
                                          file="ca"), 1.7e9)

    def on_each(self, check):
        for name in ("redis-6.0", "redis-7.0", "redis-8.0", "valkey-8.1"):
            for mode in self.MODES:
                if name != "redis-7.0" and not (SERVERS / name).exists():
                    continue
                with self.subTest(server=name, mode=mode):
                    version = "6.0" if name == "redis-6.0" else "7.0"
                    check(mode, self.server_program(name), version)
                    self.world.end_pods()

    def test_primary_and_replica(self):
        self.on_each(self.check)

    def test_a_restart_of_the_replica_goes_on_where_it_was(self):
        primary, replica = self.tls_topology("only")
        primary.fill(100, replicas=1)
        replica.server.stop()
        replica.start_server(*self.FLAGS)
        eventually(lambda: primary.redis().info("stats")["sync_partial_ok"] == "1",
                   "the partial resync", 10, [primary, replica])
        self.assertEqual(primary.redis().info("stats")["sync_full"], "1")
        replica.wait_for_reason("replica_in_sync")


class Strangers(TlsTestCase):
    def refused(self, pod, **options):
        try:
            with RespClient(pod.pod.address, **options) as redis:
                return redis("PING")
        except (OSError, RespError) as error:
            return f"refused: {error}"

    def test_nobody_without_a_certificate_of_this_authority(self):
        primary, = self.tls_topology("only", replicas=0)
        stranger = type(self.authority)(self.folder, "another")
        for what, tls in {"plain": None, "none": client_context(None),
                          "another authority's": client_context(stranger.issue("client"),
                                                                self.folder),
                          "a server's": client_context(
                              self.authority.issue("x", usages="serverAuth"), self.folder)}.items():
            for port in (6379, 9122):
                with self.subTest(shown=what, port=port):
                    answer = self.refused(primary, port=port, tls=tls, timeout=2)
                    self.assertRegex(answer, "^refused")
        with self.assertRaisesRegex(RespError, "NOAUTH"):
            primary.redis(password=None)("GET", "x")

    def test_no_secret_is_shown_and_the_files_are_the_owners(self):
        for pod in self.tls_topology("both"):
            key = (pod.pod.path(OWN_FOLDER) / "tls.key").read_text()
            secrets = [line for line in key.splitlines() if "--" not in line] + [PASSWORD.decode()]
            shown = {path: pod.get(path).text
                     for path in ("/", "/status", "/metrics", "/readyz?verbose")}
            shown |= {"sidecar's log": pod.sidecar.log(), "server's log": pod.server.log()}
            for process in (pod.sidecar, pod.server):
                of_process = pathlib.Path(f"/proc/{process.pid}")
                shown |= {str(path): path.read_text(errors="replace")
                          for path in (of_process / "cmdline", of_process / "environ")}
            self.assertTrue(all(shown.values()))
            shown[_OF_ALL] = pod.pod.run("sh", "-c", _OF_ALL).stdout.decode(errors="replace")
            for where, text in shown.items():
                for secret in secrets:
                    self.assertNotIn(secret, text, where)
            limits = pathlib.Path(f"/proc/{pod.sidecar.pid}/limits").read_text(encoding="ascii")
            self.assertRegex(limits, r"\nMax core file size +0 +0 ")
            for name in ("tls.key", "tls.crt", "ca.crt"):
                mode = stat.S_IMODE((pod.pod.path(OWN_FOLDER) / name).stat().st_mode)
                self.assertEqual(oct(mode), "0o600")
            mode = stat.S_IMODE(pod.pod.path("/run/redis-agent/redis.sock").lstat().st_mode)
            self.assertEqual(oct(mode), "0o700")


class WhatInitSays(TlsTestCase):
    def check(self, files, words, mode="only"):
        pod = self.tls_pod("redis-slave-0", mode, files)
        done = pod.try_init()
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr.decode(), words)
        self.world.end_pods()

    def test_a_set_that_cannot_serve_is_a_clear_error(self):
        names = own_names("redis-slave-0")
        good = self.authority.issue(*names)
        other = type(self.authority)(self.folder, "another").issue(*names)
        cases = {
            "usages server auth and client auth":
                self.authority.issue(*names, usages="serverAuth"),
            "tls.key is not the key of tls.crt": {**good, "tls.key": other["tls.key"]},
            "tls.crt is not of ca.crt": {**good, "ca.crt": other["ca.crt"]},
            "tls.crt has no certificate": {**good, "tls.crt": good["tls.crt"][:200]},
            "ca.crt: No such file": {name: text for name, text in good.items() if name != "ca.crt"},
        }
        for words, files in cases.items():
            with self.subTest(words):
                self.check(files, re.escape(words) if "No such" not in words else "ca.crt")

    def test_a_server_that_is_too_old(self):
        pod = self.tls_pod("redis-slave-0", "only", settings={"REDIS_VERSION": "5.0"})
        self.assertIn("--tls: needs Redis 6 or later", pod.try_init().stderr.decode())

    def test_a_broken_secret_leaves_the_good_older_files(self):
        pod = self.tls_pod("redis-slave-0", "only")
        pod.init()
        before = (pod.pod.path(OWN_FOLDER) / "tls.crt").read_bytes()
        pod.secret.put({"tls.crt": b"", "tls.key": b"", "ca.crt": b""})
        done = pod.try_init()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((pod.pod.path(OWN_FOLDER) / "tls.crt").read_bytes(), before)
        self.assertIn("what was there before is used",
                      pod.pod.path("/run/redis-agent/redis.conf").read_text())


if __name__ == "__main__":
    pod_test_case.main()
