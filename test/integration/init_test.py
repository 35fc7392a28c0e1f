"""init on real file systems: what it prints, what goes wrong, and nothing ever half written."""
import os
import signal
import time

import pod_test_case
from pod_test_case import AGENT, PodTestCase
from pods import CONFIG_PATH

FOLDER = os.path.dirname(CONFIG_PATH)


class Init(PodTestCase):
    def setUp(self):
        super().setUp()
        self.pod = self.redis_pod("redis-slave-0", password=b"a secret", settings=None)
        self.pod.variables.pop("REDIS_AGENT_DETAIL_INTERVAL")

    def files(self):
        return sorted(path.name for path in self.pod.pod.path(FOLDER).iterdir())

    def config(self):
        return self.pod.pod.path(CONFIG_PATH).read_text()

    def assert_fails(self, done, code, *texts):
        errors = done.stderr.decode()
        self.assertEqual(done.returncode, code, errors)
        self.assertEqual(done.stdout, b"")
        for text in texts:
            self.assertIn(text, errors)

    def test_one_line_says_the_role_from_what_and_where(self):
        printed = self.pod.init()
        self.assertEqual(len(printed.splitlines()), 1)
        for text in ("redis-slave-0", "replica", "redis-master-0.redis-headless", CONFIG_PATH):
            self.assertIn(text, printed)
        self.assertEqual(self.files(), ["redis.conf"])
        self.assertEqual(self.pod.pod.path(CONFIG_PATH).stat().st_mode & 0o7777, 0o600)
        self.assertIn("replicaof redis-master-0.redis-headless 6379", self.config())

    def test_the_mode_is_a_setting(self):
        self.pod.init("--output-mode", "0640")
        self.assertEqual(self.pod.pod.path(CONFIG_PATH).stat().st_mode & 0o7777, 0o640)

    def test_a_long_hostname_counts_up_to_its_first_dot(self):
        self.pod.pod.run("hostname", "redis-slave-7.redis-headless.redis.svc.cluster.local")
        self.assertIn("redis-slave-7", self.pod.init())

    def test_the_variable_pod_name_wins_over_the_hostname(self):
        printed = self.pod.init(variables={"POD_NAME": "redis-master-0"})
        self.assertIn("primary", printed)
        self.assertIn("\nreplicaof 127.0.0.1 1\n", self.config(), "the gate of Redis 5")

    def test_every_complaint_about_settings_at_once(self):
        done = self.pod.try_init("--redis-port", "0", "--output", "relative",
                                 variables={"POD_NAME": "Redis", "REDIS_AGENT_DATA_DIR": "data"})
        self.assert_fails(done, 2, "--redis-port", "--output", "REDIS_AGENT_DATA_DIR", "Redis")
        self.assertEqual(self.files(), [])

    def test_passwords_that_cannot_be_are_refused(self):
        secret = self.pod.pod.path("/run/secrets/redis-password")
        for password in (b"", b"\n", b"nul\0in it", b"two\nlines", b"x" * 513):
            with self.subTest(password=password[:20]):
                secret.write_bytes(password)
                done = self.pod.try_init()
                self.assertIn(done.returncode, (1, 2), done.stderr)
                self.assertEqual(self.files(), [])
                if len(password) > 2:
                    self.assertNotIn(password[:8], done.stderr)

    def test_no_password_file(self):
        done = self.pod.try_init("--password-file", "/run/nowhere")
        self.assert_fails(done, 1, "/run/nowhere", "No such file")

    def test_dry_run_shows_no_secret_and_writes_nothing(self):
        done = self.pod.try_init("--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"replicaof", done.stdout)
        self.assertIn(b"requirepass", done.stdout)
        self.assertNotIn(b"secret\"", done.stdout)
        self.assertNotIn(b"x20secret", done.stdout)
        self.assertEqual(self.files(), [])

    def test_a_full_disk(self):
        self.pod.pod.run("mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", FOLDER)
        self.pod.pod.run("sh", "-c", f"head -c 4096 /dev/zero >{FOLDER}/filler")
        self.assert_fails(self.pod.try_init(), 1, FOLDER, "No space left on device")
        self.assertEqual(self.files(), ["filler"])

    def test_a_full_disk_keeps_the_file_of_before(self):
        self.pod.pod.run("mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", FOLDER)
        self.pod.init()
        before = self.config()
        self.pod.pod.run("sh", "-c", f"cat /dev/zero >{FOLDER}/filler")
        self.assert_fails(self.pod.try_init("--redis-port", "7000"), 1, "No space left on device")
        self.assertEqual(self.config(), before)
        self.assertEqual(self.files(), ["filler", "redis.conf"])

    def test_a_read_only_folder(self):
        self.pod.pod.run("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", FOLDER)
        self.assert_fails(self.pod.try_init(), 1, FOLDER, "Read-only file system")

    def test_no_permission(self):
        self.pod.pod.run("chmod", "0644", "/run/secrets/redis-password")
        done = self.pod.pod.run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                                AGENT, "init", variables=self.pod.variables)
        self.assert_fails(done, 1, FOLDER, "Permission denied")

    def test_a_variable_that_names_no_setting(self):
        done = self.pod.try_init(variables={"REDIS_AGENT_MAX_LAGG": "1s"})
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"REDIS_AGENT_MAX_LAGG", done.stderr)

    def test_a_folder_that_is_not_there_yet(self):
        self.pod.init("--output", "/run/new/redis.conf")
        self.assertTrue(self.pod.pod.path("/run/new/redis.conf").exists())
        self.assert_fails(self.pod.try_init("--output", "/proc/new/redis.conf"), 1, "/proc/new")

    def test_killed_at_any_moment_it_leaves_a_whole_file(self):
        self.pod.init()
        whole = {self.config()}
        self.pod.init("--redis-port", "7000")
        whole.add(self.config())
        for turn in range(60):
            process = self.pod.pod.start(AGENT, "init", "--redis-port", str((6379, 7000)[turn % 2]),
                                         name="init", variables=self.pod.variables)
            time.sleep(turn * 0.0001)
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.assertIn(self.config(), whole)

    def test_a_directive_of_the_user_that_is_overridden_is_named(self):
        self.pod.pod.path("/run/user.conf").write_text("maxclients 77\nport 7777\nslaveof a 1\n")
        done = self.pod.try_init("--user-config", "/run/user.conf")
        log = done.stderr.decode()
        self.assertEqual(done.returncode, 0, log)
        self.assertIn("port", log)
        self.assertIn("slaveof", log)
        self.assertNotIn("maxclients", log)
        self.pod.start_server()
        self.pod.wait_for_server()
        self.assertEqual(self.pod.command("CONFIG", "GET", "maxclients"), [b"maxclients", b"77"])
        self.assertEqual(self.pod.command("CONFIG", "GET", "port"), [b"port", b"6379"])
        self.assertIn(b"redis-master-0.redis-headless", self.pod.command("ROLE"))

    def test_maxmemory_is_a_part_of_the_containers_limit(self):
        cgroup = self.memory_cgroup(200 * 1024 * 1024)
        done = self.pod.pod.run("sh", "-c", f"echo $$ >{cgroup}/cgroup.procs; exec {AGENT} init "
                                "--maxmemory-percent 60", variables=self.pod.variables)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"maxmemory {200 * 1024 * 1024 * 60 // 100}\n", self.config())

    def memory_cgroup(self, limit):
        """A cgroup of this test's own, version 1 or 2, with that limit."""
        name = f"redis-agent-test-{os.urandom(4).hex()}"
        for parent, file in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
                             ("/sys/fs/cgroup", "memory.max")):
            path = os.path.join(parent, name)
            try:
                os.mkdir(path)
                self.addCleanup(os.rmdir, path)
                with open(os.path.join(path, file), "w", encoding="ascii") as limit_file:
                    limit_file.write(str(limit))
                return path
            except OSError:
                continue
        self.skipTest("no memory cgroup can be made here")


if __name__ == "__main__":
    pod_test_case.main()
