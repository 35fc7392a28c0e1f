"""A password gives way to the next one on running servers, while their links are cut, their clients
connect, and what is between restarts. The naive way beside it fails the same test."""
import hashlib
import os
import random
import time

import pod_test_case
from password_storm import Storm, link_failures
from later_clock import later_clock, let_pass
from pod_test_case import PRIMARY_NAME, PodTestCase
from pods import wait_until
from pods.redis_pod import CONFIG_PATH, PASSWORD_PATH
from rotation_table import print_row

OLD, NEW = b"old and \"quoted\"", b"new\xff and longer"
ALSO_PATH = "/run/secrets/redis-password-also"
ROTATED = {"PASSWORD_ROTATION": "on", "PASSWORD_ALSO_FILE": ALSO_PATH}
RECORD = "/data/redis-agent.passwords"
SPREAD = 1.5  # seconds in which the kubelets bring a Secret

_OTHERS = ("redis-6.2", "redis-8.0", "valkey-8.1")


def sha256(password):
    return hashlib.sha256(password).hexdigest()


class RotationTestCase(PodTestCase):
    def start(self, version="7.0", program="redis-server", settings=None, variables=None):
        self.version, self.program = version, program
        self.variables = variables or {}
        settings = {**ROTATED, **(settings or {})}
        pods = [self.redis_pod(name, OLD, settings)
                for name in (PRIMARY_NAME, "redis-slave-0", "redis-slave-1")]
        for pod in pods:
            pod.init("--redis-version", version)
            self.start_redis(pod)
            self.start_agent(pod)
        for pod in pods:
            pod.wait_for_reason("primary_serving", "replica_in_sync")
        return pods

    def start_redis(self, pod):
        pod.start_server("--repl-diskless-sync-delay", "0", program=self.program)

    def start_agent(self, pod):
        pod.start_sidecar(variables=self.variables)

    def give(self, pod, use, also=b""):
        """As a kubelet: both files change in one step, as far as a reader can tell."""
        for path, content in ((PASSWORD_PATH, use), (ALSO_PATH, also)):
            file = pod.pod.path(path)
            if not content:
                file.unlink(missing_ok=True)
                continue
            new = file.with_name(file.name + ".new")
            new.write_bytes(content)
            new.rename(file)

    def publish(self, pods, use, also=b""):
        for pod in random.sample(pods, len(pods)):
            self.give(pod, use, also)
            time.sleep(SPREAD / len(pods))

    def until_all(self, pods, what, is_so, within=20):
        def look():
            said = [pod.status().get("passwords") for pod in pods]
            return all(each and is_so(each) for each in said) or self.fail(f"{said}")
        wait_until(look, what, within, on_failure=self.world.logs)

    def tags(self, pods):
        """Of the files: use and also."""
        said = pods[0].status()["passwords"]
        return said["use"], said["also"]

    def print_row(self, way, storm, pods):
        print_row(f"{way}, {self.version}, {storm.cuts} cuts",
                  [storm.refused_with(OLD), storm.refused_with(NEW)],
                  sum(link_failures(pod) for pod in pods), pods)

    def assert_unharmed(self, way, storm, pods, links=True):
        self.print_row(way, storm, pods)
        self.assertFalse(storm.refused)
        for pod in pods:
            if links:
                self.assertEqual(link_failures(pod), 0, pod.name)
            self.assertGreater(storm.connected[pod.name, NEW], 0)

    def rotate_by_two_keys(self, pods, storm, between=lambda: None):
        storm.expect(OLD)
        old, _ = self.tags(pods)
        self.publish(pods, OLD, NEW)
        between()
        self.until_all(pods, "all to accept both", lambda said: len(said["accepted"]) == 2)
        _, new = self.tags(pods)
        storm.expect(OLD, NEW)
        self.publish(pods, NEW, OLD)
        between()
        self.until_all(pods, "all to use the new one",
                       lambda said: said["use"] == said["link"] == new)
        storm.expect(NEW)
        self.publish(pods, NEW)
        self.until_all(pods, "all to have dropped the old one",
                       lambda said: said["accepted"] == [new] and said["phase"] == "settled")
        self.assertNotEqual(old, new)

    def assert_no_secret(self, pods):
        for pod in pods:
            texts = [pod.get(path).body for path in ("/status", "/metrics", "/readyz?verbose")]
            texts += [process.log().encode(errors="replace") for process in pod.pod.processes
                      if process.name.startswith("sidecar")]
            for text in texts:
                for secret in (OLD, NEW):
                    self.assertNotIn(secret, text)
                    self.assertNotIn(sha256(secret)[:8].encode(), text)


class TwoKeys(RotationTestCase):
    def restart_something(self, pods, storm):
        """An agent, a replica's Redis alone, and a pod as a whole."""
        for pod in pods:
            pod.sidecar.kill()
            self.start_agent(pod)
        pods[1].server.stop()
        self.start_redis(pods[1])
        for process in (pods[2].sidecar, pods[2].server):
            process.stop()
        pods[2].init("--redis-version", self.version)
        self.start_redis(pods[2])
        self.start_agent(pods[2])
        storm.run(0.5)

    def test_refuse_nobody_and_break_no_link_whatever_restarts(self):
        pods = self.start()
        with Storm(pods) as storm:
            self.rotate_by_two_keys(pods, storm, lambda: self.restart_something(pods, storm))
        self.assert_unharmed("two keys, restarts", storm, pods)
        self.assert_no_secret(pods)
        for pod in pods:
            conf = pod.pod.path(CONFIG_PATH)
            wait_until(lambda text=conf.read_bytes: sha256(OLD).encode() not in text(),
                       "the old one to be out of the redis.conf", 5)
            self.assertIn(sha256(NEW).encode(), conf.read_bytes())
            self.assertEqual(conf.stat().st_mode & 0o777, 0o600)
            self.assertIn(f"use {sha256(NEW)}", pod.pod.path(RECORD).read_text())
        # A restart of Redis alone finds what is true now.
        pods[1].server.stop()
        self.start_redis(pods[1])
        pods[1].password = NEW
        pods[1].wait_for_reason("replica_in_sync")
        self.assertEqual(link_failures(pods[1]), 0)

    def test_on_other_servers(self):
        for name in _OTHERS:
            with self.subTest(server=name):
                pods = self.start(name.removeprefix("redis-"), self.server_program(name))
                with Storm(pods) as storm:
                    self.rotate_by_two_keys(pods, storm)
                self.assert_unharmed("two keys", storm, pods)
                pods[0].password = NEW
                with pods[0].redis() as redis:
                    self.assertEqual(redis.info("stats")["sync_full"], "2", "the first ones")
            self.world.end_pods()


class OneKey(RotationTestCase):
    def test_has_an_overlap_and_drops_the_old_one_after_it(self):
        pods = self.start(variables=later_clock())
        with Storm(pods) as storm:
            storm.expect(OLD)
            storm.run(0.5)
            old, _ = self.tags(pods)
            self.publish(pods, NEW)
            for pod in pods:
                pod.sidecar.kill()
                self.start_agent(pod)
            self.until_all(pods, "all to use the new one",
                           lambda said: said["use"] == said["link"] != old)
            storm.expect(OLD, NEW)
            pods[1].server.stop()
            self.start_redis(pods[1])
            storm.run(1.5)
            self.until_all(pods, "all to keep the old one", lambda said: old in said["accepted"])
            storm.expect(NEW)
            for pod in pods:
                let_pass(16 * 60, pod)
            self.until_all(pods, "all to have dropped the old one",
                           lambda said: old not in said["accepted"])
        self.assert_unharmed("one key, restarts", storm, pods)
        self.assert_no_secret(pods)

    def test_a_file_that_is_broken_at_the_moment_changes_nothing(self):
        pods = self.start()
        pods[0].pod.path(PASSWORD_PATH).write_bytes(b"two\nlines\n")
        wait_until(lambda: pods[0].metric("redis_agent_password_files_ok") == 0, "it to be told")
        self.assertIn("newline", pods[0].status()["passwords"]["detail"])
        self.assertEqual(pods[0].command("PING"), "PONG")
        self.give(pods[0], OLD)
        wait_until(lambda: pods[0].metric("redis_agent_password_files_ok") == 1, "it to be well")
        self.check_own_names(pods[0])


class AnotherUsersLink(RotationTestCase):
    CONF = "/etc/users.conf"

    def redis_pod(self, name, password=b"", settings=None):
        pod = super().redis_pod(name, password, {**(settings or {}), "USER_CONFIG": self.CONF})
        pod.pod.path(self.CONF).write_text(
            f"masteruser replication\nuser replication on #{sha256(OLD)} +psync +replconf\n",
            encoding="ascii")
        return pod

    def test_is_left_alone(self):
        """masteruser has the same password, and does not change."""
        pods = self.start()
        with Storm(pods) as storm:
            storm.expect(OLD)
            self.publish(pods, OLD, NEW)
            self.until_all(pods, "all to accept both", lambda said: len(said["accepted"]) == 2)
            storm.expect(OLD, NEW)
            self.publish(pods, NEW)
            self.until_all(pods, "all to keep the link", lambda said:
                           said["phase"] == "dropping" and "replication" in said["detail"])
            storm.run(1)
        self.assert_unharmed("the link is another user's", storm, pods)
        for pod in pods:
            pod.password = NEW
            self.assertEqual(pod.command("CONFIG", "GET", "masterauth")[1], OLD)
            self.assertIn("its link presents that of replication", pod.sidecar.log())
        pods[1].wait_for_reason("replica_in_sync")


class BrokenAlso(RotationTestCase):
    def test_does_not_keep_a_pod_from_starting(self):
        pod = self.redis_pod(PRIMARY_NAME, OLD, ROTATED)
        pod.pod.path(ALSO_PATH).write_bytes(b"two\nlines\n")
        done = pod.try_init("--redis-version", "7.0")
        self.assertEqual(done.returncode, 0, done.stderr)
        warnings = [line for line in pod.pod.path(CONFIG_PATH).read_text().splitlines()
                    if "init goes on without it" in line]
        self.assertEqual(len(warnings), 1)
        self.assertNotIn("lines", warnings[0].replace("newline", ""))


class OldServer(RotationTestCase):
    def test_changes_in_one_go_when_all_pods_see_it(self):
        pods = self.start("5.0", self.server_program("redis-5.0"))
        with Storm(pods) as storm:
            storm.expect(OLD)
            storm.run(0.5)
            for pod in pods[:2]:
                self.give(pod, NEW)
            storm.run(2)
            self.assertFalse(storm.refused, "not all pods see it yet")
            storm.expect()
            self.give(pods[2], NEW)
            self.until_all(pods, "all to use the new one", lambda said:
                           said["accepted"] == [said["use"]] and said["link"] == said["use"])
            storm.expect(NEW)
            storm.run(1)
        self.assert_unharmed("in one go", storm, pods, links=False)
        for pod in pods:
            self.assertLessEqual(link_failures(pod), 1, "the moment in between")


class TheNaiveWay(RotationTestCase):
    def test_fails_the_same_test(self):
        pods = self.start(settings={"PASSWORD_ROTATION": "off", "PASSWORD_ALSO_FILE": ""})
        known = [pod.redis() for pod in pods]
        with Storm(pods) as storm:
            storm.expect(OLD, NEW)
            for pod, redis in random.sample(list(zip(pods, known)), len(pods)):
                self.give(pod, NEW)
                redis("CONFIG", "SET", "masterauth", NEW)
                redis("CONFIG", "SET", "requirepass", NEW)
                storm.run(1)
        self.print_row("the naive way", storm, pods)
        self.assertTrue(storm.refused)
        self.assertGreater(sum(link_failures(pod) for pod in pods), 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    pod_test_case.main()
