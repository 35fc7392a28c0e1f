"""The user's redis.conf on real servers: what init makes of each directive, and what is told."""
import hashlib
import pathlib
import re

import pod_test_case
from pod_test_case import PRIMARY_NAME, SERVER_NAMES, SERVERS, PodTestCase
from pods import CONFIG_PATH, RespClient, RespError

USER_CONFIG = "/etc/redis/user.conf"
UNKNOWN = "is no directive that this agent knows"

# Known to servers, and in no answer of CONFIG GET *.
NOT_IN_CONFIG_GET = ("include /etc/redis/none-*.conf", "loadmodule /none.so", "user x off",
                     "rename-command FLUSHALL x", "sentinel announce-ip 1",
                     "loading-process-events-interval-bytes 2097152", "repl-rdb-channel no",
                     "rdb-key-save-delay 0", "key-load-delay 0", "watchdog-period 0",
                     "list-max-ziplist-entries 1", "list-max-ziplist-value 1",
                     "lua-replicate-commands yes", "lua-enable-deprecated-api no",
                     "cluster-ping-interval 1000", "search-timeout 500", "some.setting 1")

# What packages install: with many a directive that CONFIG GET has under another name.
DEFAULT_FILES = ("/etc/redis/redis.conf", SERVERS / "debian-13/etc/redis/redis.conf",
                 SERVERS / "debian-13/etc/valkey/valkey.conf")


def version_of(name):
    """What --redis-version is for one of SERVER_NAMES."""
    return name.removeprefix("redis-")


class UserConfigTestCase(PodTestCase):
    def pod_with(self, text, name="redis-slave-0", password=b"p", settings=None):
        """A pod whose user has written that; files lie in /etc/redis of the pod."""
        pod = self.redis_pod(name, password, {"USER_CONFIG": USER_CONFIG, "REDIS_VERSION": "7.0",
                                              **(settings or {})})
        self.write(pod, USER_CONFIG, text)
        return pod

    @staticmethod
    def write(pod, path, text):
        file = pod.pod.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def complaints_of(self, text, code=2, **options):
        pod = self.pod_with(text, **options)
        done = pod.try_init()
        errors = done.stderr.decode()
        self.assertEqual(done.returncode, code, errors)
        return errors


class Table(UserConfigTestCase):
    def test_no_directive_of_any_server_is_unclassified(self):
        for name in SERVER_NAMES:
            with self.subTest(server=name):
                self.check(name)
            self.world.end_pods()

    def check(self, name):
        pod = self.redis_pod("redis-slave-0")
        pod.pod.start(self.server_program(name), "--save", "",
                      "--protected-mode", "no", name="redis-server")
        pod.wait_for_server()
        told = [value.decode() for value in pod.command("CONFIG", "GET", "*")]
        names = sorted(set(told[0::2]))
        self.assertGreater(len(names), 100)
        self.assertEqual(self.unknown_to(pod, [f'{each} ""' for each in names]), [])

    def unknown_to(self, pod, lines):
        self.write(pod, USER_CONFIG, "\n".join(lines) + "\n")
        done = pod.try_init("--dry-run", "--user-config", USER_CONFIG)
        return [line for line in done.stderr.decode().splitlines() if UNKNOWN in line]

    def test_nor_is_one_that_no_answer_has(self):
        pod = self.redis_pod("redis-slave-0")
        self.assertEqual(self.unknown_to(pod, NOT_IN_CONFIG_GET), [])
        self.assertEqual(len(self.unknown_to(pod, ["no-such-directive yes"])), 1)

    def test_nor_is_one_of_the_files_that_packages_install(self):
        pod = self.redis_pod("redis-slave-0")
        for path in map(pathlib.Path, DEFAULT_FILES):
            with self.subTest(file=path):
                if not path.exists():
                    self.skipTest(f"{path} is not there: test/servers fetches it")
                said = re.findall(r"^(?:# )?([a-z]+(?:-[a-z]+)* \S+)$", path.read_text(), re.M)
                # Of what is commented out, a sentence may look like a directive.
                names = {line for line in said if "-" in line.split()[0]} | {
                    line for line in path.read_text().splitlines() if re.match("[a-z]", line)}
                prose = {"client-only", "wait-time"}
                lines = [line for line in sorted(names) if line.split()[0] not in prose]
                self.assertGreater(len(lines), 50)
                self.assertEqual(self.unknown_to(pod, lines), [])


class Refusals(UserConfigTestCase):
    def test_it_names_file_line_directive_and_what_to_do(self):
        errors = self.complaints_of("hz 10\ncluster-enabled yes\ndaemonize yes\n")
        self.assertIn(f"{USER_CONFIG}, line 2, cluster-enabled yes: ", errors)
        self.assertIn(f"{USER_CONFIG}, line 3, daemonize yes: ", errors)
        self.assertIn("expected no", errors)

    def test_in_an_included_file_too(self):
        pod = self.pod_with("include /etc/redis/conf.d/*.conf\n")
        self.write(pod, "/etc/redis/conf.d/a.conf", "hz 10\n")
        self.write(pod, "/etc/redis/conf.d/b.conf", "\nport 0\n")
        done = pod.try_init()
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(b"/etc/redis/conf.d/b.conf, line 2, port 0: ", done.stderr)
        self.assertFalse(pod.pod.path(CONFIG_PATH).exists())

    def test_who_is_let_in_without_a_password(self):
        self.assertIn("line 1, user default: whoever connects",
                      self.complaints_of("user default on nopass ~* +@all\n"))
        self.world.end_pods()
        pod = self.pod_with("aclfile /etc/redis/users.acl\n")
        self.write(pod, "/etc/redis/users.acl", "user app on >secret ~* +@all\n")
        done = pod.try_init()
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(b"no line `user default`", done.stderr)
        self.assertNotIn(b"secret", done.stderr)

    def test_a_default_user_whom_the_agent_cannot_be(self):
        for line, what in (("user default on >other +@all", "does not take the agent's password"),
                           ("user default off", "which is off")):
            with self.subTest(line=line):
                self.assertIn(what, self.complaints_of(line + "\n"))
            self.world.end_pods()

    def test_a_password_that_the_agent_has_not(self):
        self.assertIn("requirepass: the agent has no password",
                      self.complaints_of("requirepass x\n", password=b""))


class Includes(UserConfigTestCase):
    """What init has read is what the server has read."""

    def served(self, pod, program):
        """The server's maxclients; started in the data folder as the images do."""
        pod.server = pod.pod.start("sh", "-c", f"cd /data && exec {program} {CONFIG_PATH}",
                                   name="redis-server")
        pod.wait_for_server()
        return pod.command("CONFIG", "GET", "maxclients")[1].decode()

    def test_relative_ones_on_every_server(self):
        for name in SERVER_NAMES:
            with self.subTest(server=name):
                program = self.server_program(name)
                pod = self.pod_with("include one.conf\ndir /etc/redis\ninclude two.conf\n",
                                    settings={"REDIS_VERSION": version_of(name)})
                self.write(pod, "/data/one.conf", "hz 10\nmaxclients 51\n")
                self.write(pod, "/etc/redis/two.conf", "maxclients 52\n")
                self.write(pod, "/data/two.conf", "maxclients 53\n")
                log = pod.try_init().stderr.decode()
                self.assertIn("/etc/redis/two.conf, line 1, maxclients 52: ", log)
                self.assertEqual(self.served(pod, program), "52")
            self.world.end_pods()

    def test_patterns_on_servers_that_know_them(self):
        for name in SERVER_NAMES[2:]:
            with self.subTest(server=name):
                program = self.server_program(name)
                pod = self.pod_with("include /etc/redis/d/*.conf\ninclude /etc/none/*.conf\n",
                                    settings={"REDIS_VERSION": version_of(name)})
                self.write(pod, "/etc/redis/d/b.conf", "maxclients 52\n")
                self.write(pod, "/etc/redis/d/a.conf", "maxclients 51\n")
                log = pod.try_init().stderr.decode()
                self.assertIn("/etc/redis/d/b.conf, line 1, maxclients 52: ", log)
                self.assertNotIn("a.conf", log, "the last line counts")
                self.assertEqual(self.served(pod, program), "52")
            self.world.end_pods()

    def test_older_servers_do_not_start_with_a_pattern_and_init_says_so(self):
        pod = self.pod_with("include /etc/redis/d/*.conf\n", settings={"REDIS_VERSION": "6.2"})
        self.assertIn("from Redis 7.0 on", pod.try_init().stderr.decode())
        server = pod.start_server(program=self.server_program("redis-6.2"))
        server.wait_for_log("can't open config file")

    def test_one_that_is_not_there(self):
        pod = self.pod_with("include /etc/redis/none.conf\n")
        done = pod.try_init()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"line 1, include /etc/redis/none.conf: init cannot read it", done.stderr)
        pod.start_server().wait_for_log("can't open config file")


class Warnings(UserConfigTestCase):
    def test_they_are_told_wherever_somebody_looks(self):
        pod = self.pod_with("repl-ping-slave-period 30\nport 7777\nlogfile \"\"\n",
                            password=b"p \r")
        pod.init()
        pod.start_server()
        pod.start_sidecar()
        pod.sidecar.wait_for_log("sidecar started")
        warnings = pod.status()["warnings"]
        self.assertEqual(len(warnings), 3, warnings)
        told = (f"{USER_CONFIG}, line 1, repl-ping-slave-period 30: a link that is silent",
                f"{USER_CONFIG}, line 2, port 7777: is overridden by the agent's own line",
                "the password ends with a carriage return, ends with a blank")
        table = pod.run_status().stdout.decode()
        for text in told:
            self.assertIn(text, "\n".join(warnings))
            self.assertIn(text, pod.sidecar.log())
            self.assertIn(text, table)
        self.assertIn("repl-ping-slave-period 30", pod.get("/topology").text)
        self.assertEqual(pod.metric("redis_agent_init_warnings"), 3)
        self.assertEqual(pod.command("PING"), "PONG", "the password is as it stands in the file")

    def test_none_where_there_is_nothing_to_say(self):
        pod = self.pod_with("hz 10\n")
        pod.bring_up()
        pod.sidecar.wait_for_log("sidecar started")
        self.assertEqual(pod.status()["warnings"], [])
        self.assertNotIn("warn", pod.try_init().stderr.decode())

    def test_not_more_than_a_reader_bears(self):
        pod = self.pod_with("".join(f"no-such-directive-{i} x\n" for i in range(50)))
        self.assertEqual(pod.try_init().stderr.decode().count(UNKNOWN), 50)
        kept = pod.pod.path(CONFIG_PATH).read_text()
        self.assertEqual(kept.count(UNKNOWN), 20)
        self.assertIn("30 more are in the log of init", kept)

    def test_a_password_file_from_windows(self):
        pod = self.pod_with("", name=PRIMARY_NAME, password=b"\xef\xbb\xbfpass\r")
        self.assertIn(b"begins with a byte order mark, ends with a carriage return",
                      pod.try_init().stderr)
        pod.start_server()
        pod.start_sidecar()
        pod.wait_until_ready()
        self.assertEqual(pod.command("CONFIG", "GET", "requirepass")[1], b"\xef\xbb\xbfpass\r")


class ProtectedMode(UserConfigTestCase):
    def test_a_pod_without_a_password_is_reached_by_others(self):
        for name in SERVER_NAMES:
            with self.subTest(server=name):
                program = self.server_program(name)
                pods = [self.redis_pod(each, settings={"REDIS_VERSION": version_of(name)})
                        for each in (PRIMARY_NAME, "redis-slave-0")]
                for pod in pods:
                    pod.init()
                    pod.start_server("--repl-diskless-sync-delay", "0", program=program)
                    pod.start_sidecar()
                for pod in pods:
                    pod.wait_until_ready()
            self.world.end_pods()

    def test_it_stands_where_init_does_not_know_who_may_log_in(self):
        """The ACL file is mounted for Redis alone, and lets everybody in."""
        pod = self.pod_with("aclfile /etc/redis/users.acl\n")
        done = pod.try_init()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"protected-mode stays as it is", done.stderr)
        self.write(pod, "/etc/redis/users.acl", "user app on >secret ~* +@all\n")
        pod.start_server().wait_for_log("eady to accept connections")
        with self.assertRaisesRegex(RespError, "DENIED"):
            with RespClient(pod.pod.address) as redis:
                redis("PING")


class WhosePassword(UserConfigTestCase):
    def topology_with(self, text, program="redis-server", settings=None):
        pods = [self.pod_with(text, name, b"agent's own", settings)
                for name in (PRIMARY_NAME, "redis-slave-0")]
        for pod in pods:
            self.write(pod, "/run/secrets/default", "applications'\n")
            pod.init()
            pod.start_server("--repl-diskless-sync-delay", "0", program=program)
            pod.start_sidecar()
        for pod in pods:
            pod.wait_until_ready()
        return pods

    def log_in(self, pod, **options):
        with pod.redis(**options) as redis:
            return redis("PING")

    def test_the_default_users_is_another(self):
        text = "user agent on \">agent's own\" ~* +@all\n"
        for name in SERVER_NAMES[1:]:
            with self.subTest(server=name):
                settings = {"USERNAME": "agent", "REDIS_VERSION": version_of(name),
                            "DEFAULT_PASSWORD_FILE": "/run/secrets/default"}
                for pod in self.topology_with(text, self.server_program(name), settings):
                    self.assertEqual(self.log_in(pod, password=b"applications'"), "PONG")
                    self.assertRaises(RespError, self.log_in, pod, password=b"agent's own")
                    self.assertRaises(RespError, self.log_in, pod, password=None)
                    self.assertEqual(pod.status()["warnings"], [])
            self.world.end_pods()

    def test_a_requirepass_of_the_user_is_the_default_users(self):
        text = "user agent on \">agent's own\" ~* +@all\nrequirepass \"applications'\"\n"
        for pod in self.topology_with(text, settings={"USERNAME": "agent"}):
            self.assertEqual(self.log_in(pod, password=b"applications'"), "PONG")
            self.assertRaises(RespError, self.log_in, pod, password=b"agent's own")

    def test_the_default_user_is_off(self):
        text = "user agent on \">agent's own\" ~* +@all\nuser default off\n"
        for pod in self.topology_with(text, settings={"USERNAME": "agent"}):
            self.assertRaises(RespError, self.log_in, pod, password=b"agent's own")

    def test_replication_has_a_user_of_its_own(self):
        text = "user repl on >r +psync +replconf +ping\nmasteruser repl\nmasterauth r\n"
        primary, replica = self.topology_with(text)
        self.assertEqual(replica.command("CONFIG", "GET", "masteruser")[1], b"repl")
        self.assertEqual(replica.status()["warnings"], [])
        primary.fill(10, replicas=1)

    def test_an_acl_file_with_hashes(self):
        """As ACL SAVE writes it."""
        pod = self.pod_with("aclfile /data/users.acl\n", PRIMARY_NAME)
        digest = hashlib.sha256(b"p").hexdigest()
        self.write(pod, "/data/users.acl",
                   f"user default on sanitize-payload #{digest} ~* &* +@all\n")
        pod.bring_up()
        pod.wait_until_ready()
        self.assertEqual(pod.status()["warnings"], [])


class Ports(UserConfigTestCase):
    def test_the_primarys_port_follows_the_pods(self):
        for name in (PRIMARY_NAME, "redis-slave-0"):
            pod = self.redis_pod(name, settings={"REDIS_PORT": "7000"})
            pod.init()
            pod.start_server("--repl-diskless-sync-delay", "0")
            pod.start_sidecar()
        pod.wait_for_reason("replica_in_sync")


if __name__ == "__main__":
    pod_test_case.main()
