"""What a pod has and the new primary lacks: it is kept on its volume, then the pod follows."""
import os
import re
import secrets
import time

import pod_test_case
from lock_test_case import LockTestCase

_NO_DATA = {b"PING", b"SELECT", b"REPLCONF"}


def commands_in(stream):
    """The commands of a replication stream, as lists of words."""
    commands, at = [], 0
    while at < len(stream):
        end = stream.index(b"\r\n", at)
        count, at, words = int(stream[at + 1:end]), end + 2, []
        for _ in range(count):
            end = stream.index(b"\r\n", at)
            length = int(stream[at + 1:end])
            words.append(stream[end + 2:end + 2 + length])
            at = end + 4 + length
        commands.append(words)
    return commands


class DivergenceTestCase(LockTestCase):
    program = "redis-server"
    options = ("--repl-diskless-sync-delay", "0")

    def start_locked(self, **settings):  # pylint: disable=arguments-differ
        """With time enough to write before the old primary is closed, also on a busy machine."""
        patient = {"LOCK_FENCE": "8s", "LOCK_DURATION": "10s", "FAILOVER_MIN_REPLICAS": "0"}
        return super().start_locked(**{**patient, **settings})

    def start_server(self, pod, *more):
        pod.start_server(*self.options, *more, program=self.program)

    # --- who cannot reach whom ---

    def cut(self, pod, *others):
        pod.pod.drop_from(*(other.pod for other in others))
        for other in others:
            other.pod.drop_from(pod.pod)

    def isolate(self, pod):
        """From the other pods and the API server, and not from its clients."""
        self.cut(pod, *(other for other in self.pods if other is not pod), self.api)

    def heal(self):
        for pod in (*self.pods, self.api):
            pod.pod.heal()

    # --- what is lost ---

    def write(self, pod, keys, database=0, value="value of {}".format):
        """Keys that are acknowledged; their commands."""
        commands = [[b"SET", key.encode(), value(key).encode()] for key in keys]
        with pod.redis() as redis:
            if database:
                redis("SELECT", database)
            for command in commands:
                self.assertEqual(redis(*command), "OK")
        return commands

    def begin(self, master):
        """Data, and a cluster that all know."""
        master.fill(100, replicas=2)
        def are_of_one_cluster():
            named = {self.memory(pod)["cluster_id"] for pod in self.pods}
            return len(named) == 1 and "" not in named
        self.until(are_of_one_cluster, "all to be of one cluster")

    def lose(self, keys=50, before=lambda master: None, **what):
        """The primary is cut off together with its clients, and another one takes over."""
        master, *replicas = self.pods
        self.begin(master)
        self.isolate(master)
        before(master)
        written = self.write(master, [f"lost:{i}" for i in range(keys)], **what)
        primary = self.wait_for_primary(replicas)
        self.write(primary, ["new"])
        self.until(lambda: master.command("ROLE")[0] == b"slave", "the old primary to be fenced")
        return primary, written

    def kept_files(self, pod, pattern="lost-*"):
        return sorted(pod.pod.path("/data").glob(pattern))

    def the_file(self, pod, pattern):
        files = self.kept_files(pod)
        self.assertEqual(len(files), 1, f"{files}\n{pod.pod.logs()}")
        self.assertRegex(files[0].name, pattern)
        return files[0]

    def check_stream(self, pod, written):
        """The file has the commands that were lost, all of them, and nothing that is data."""
        file = self.the_file(pod, r"^lost-2-\d+-\d+\.resp$")
        first, last = map(int, re.findall(r"-(\d+)-(\d+)\.", file.name)[0])
        stream = file.read_bytes()
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        kept = [words for words in commands_in(stream) if words[0].upper() not in _NO_DATA]
        self.assertEqual(kept, written)
        self.assertEqual(pod.metric("redis_agent_lost_bytes_total"), last - first + 1)
        self.assertEqual(pod.metric("redis_agent_lost_kept_total", form="stream"), 1)
        self.assertEqual(pod.metric("redis_agent_lost_kept_total", form="nothing"), 0)
        self.assertIn(f"kept as stream in /data/{file.name}", pod.status()["lock"]["lost"])
        return stream, last - first + 1

    def apply(self, stream, primary):
        done = primary.pod.run("redis-cli", "-h", primary.pod.address, "--pipe", stdin=stream)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(b"errors: 0", done.stdout)

    def check_applied(self, written, pods, database=0):
        def values(pod):
            with pod.redis() as redis:
                if database:
                    redis("SELECT", database)
                return [redis("GET", words[1]) for words in written]
        for pod in pods:
            self.until(lambda pod=pod: values(pod) == [words[2] for words in written],
                       f"{pod.name} to have what was lost", 5)

    def line(self, pod, text):
        return next((line for line in pod.sidecar.log().splitlines() if text in line), "")


class CutOff(DivergenceTestCase):
    def test_what_an_old_primary_had_is_kept_to_the_byte(self):
        self.start_locked()
        primary, written = self.lose()
        master = self.pods[0]
        self.heal()
        self.wait_for_roles(primary)
        self.assertIsNone(master.command("GET", "lost:1"))
        stream, size = self.check_stream(master, written)
        self.assertEqual(len(stream), size)
        self.assertIn("diverged", self.line(master, "diverged"))
        self.assertIn(f"{size} bytes", self.line(master, "diverged"))
        table = primary.run_status().stdout.decode()
        self.assertIn(f"lost of {master.name}: {size} bytes", table)
        self.apply(stream, primary)
        self.check_applied(written, self.pods)

    def test_the_commands_are_for_their_database(self):
        self.start_locked()
        with self.pods[0].redis() as redis:
            redis("SELECT", 3)
            redis("SET", "before", "the cut")
        primary, written = self.lose_after(3)
        master = self.pods[0]
        self.heal()
        self.wait_for_roles(primary)
        stream, size = self.check_stream(master, written)
        self.assertEqual(len(stream), size + len(b"*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n"))
        self.apply(stream, primary)
        self.check_applied(written, self.pods, database=3)

    def lose_after(self, database):
        master, *replicas = self.pods
        self.begin(master)
        self.write(master, ["again"], database)
        self.until(lambda: self.offsets() == [self.offsets()[0]] * 3, "all to have all")
        self.isolate(master)
        written = self.write(master, [f"lost:{i}" for i in range(10)], database)
        return self.wait_for_primary(replicas), written

    def offsets(self):
        return [int(re.search(rb"master_repl_offset:(\d+)", pod.command("INFO", "replication"))[1])
                for pod in self.pods]

    def test_pings_are_nothing(self):
        self.start_locked()
        master = self.pods[0]
        self.begin(master)
        master.command("CONFIG", "SET", "repl-ping-replica-period", "1")
        self.isolate(master)
        primary = self.wait_for_primary(self.pods[1:])
        self.heal()
        self.wait_for_roles(primary)
        self.assertEqual(self.kept_files(master), [])
        self.assertEqual(master.metric("redis_agent_lost_bytes_total"), 0)
        self.assertEqual(master.metric("redis_agent_lost_kept_total", form="nothing"), 0)
        self.assertIn("pings", self.line(master, "diverged"))

    def test_a_backlog_that_is_too_short_leaves_all_the_data(self):
        self.options = (*self.options, "--repl-backlog-size", "16384")
        self.start_locked()
        # From 7.0 on the backlog keeps what a replica that is cut off has not taken yet.
        primary, written = self.lose(
            1000, before=lambda master: master.command("CLIENT", "KILL", "TYPE", "replica"))
        master = self.pods[0]
        self.heal()
        self.wait_for_roles(primary)
        self.check_rdb(master, written)

    def test_no_file_is_written_where_none_is_wanted(self):
        self.start_locked(KEEP_LOST_MAX="0")
        primary, written = self.lose()
        master = self.pods[0]
        self.heal()
        self.wait_for_roles(primary)
        self.assertEqual(self.kept_files(master), [])
        self.assertGreater(master.metric("redis_agent_lost_bytes_total"), 50 * len(written[0]))
        self.assertIn("--keep-lost-max is 0", self.line(master, "diverged"))

    def test_a_full_volume_does_not_keep_the_pod_from_following(self):
        self.start_locked()
        primary, _ = self.lose(value=lambda key: secrets.token_hex(4000))
        master = self.pods[0]
        self.fill_volume(master, but=100_000)
        self.heal()
        self.wait_for_roles(primary)
        self.assertEqual(self.kept_files(master), [])
        self.assertIn("needed with the next full sync", self.line(master, "diverged"))
        self.assertEqual(master.metric("redis_agent_lost_kept_total", form="nothing"), 1)

    def fill_volume(self, pod, but):
        done = pod.pod.run("mount", "-o", "remount,size=2m", "/data")
        self.assertEqual(done.returncode, 0, done.stderr)
        folder = os.statvfs(pod.pod.path("/data"))
        filler = b"x" * (folder.f_bavail * folder.f_frsize - but)
        pod.pod.path("/data/filler").write_bytes(filler)

    def check_rdb(self, pod, written):
        """The file, loaded by a server of its own, has all that was lost."""
        file = self.the_file(pod, r"^lost-2\.rdb$")
        server = pod.pod.start(self.program, "--port", "7000", "--save", "",
                               "--protected-mode", "no", "--dir", "/data",
                               "--dbfilename", file.name, name="reader")
        self.addCleanup(server.kill)
        reader = {"port": 7000}
        def look():
            with pod.redis(**reader) as redis:
                return [redis("GET", words[1]) for words in written] == \
                    [words[2] for words in written]
        self.until(look, f"{file.name} to have what was lost", 10)
        self.assertEqual(pod.metric("redis_agent_lost_kept_total", form="rdb"), 1)


class Restarted(CutOff):
    """An old primary that was cut off, ended, and has begun anew with what its files have."""
    test_what_an_old_primary_had_is_kept_to_the_byte = None
    test_the_commands_are_for_their_database = None
    test_pings_are_nothing = None
    test_a_backlog_that_is_too_short_leaves_all_the_data = None
    test_no_file_is_written_where_none_is_wanted = None
    test_a_full_volume_does_not_keep_the_pod_from_following = None

    def restart(self, before_it_ends):
        self.start_locked()
        primary, written = self.lose()
        master = self.pods[0]
        before_it_ends(master)
        self.kill(master)
        self.recreate(master)
        self.heal()
        self.wait_for_roles(primary)
        self.check_rdb(master, written)

    def test_its_rdb_is_kept(self):
        self.restart(lambda master: master.command("SAVE"))

    def test_of_an_aof_an_rdb_is_made(self):
        self.options = (*self.options, "--appendonly", "yes", "--appendfsync", "always")
        self.restart(lambda master: None)


class Ahead(DivergenceTestCase):
    def test_a_replica_that_was_ahead_keeps_what_the_new_primary_lacks(self):
        self.start_locked()
        master, behind, ahead = self.pods
        self.begin(master)
        self.cut(behind, master, ahead)
        written = self.write(master, [f"lost:{i}" for i in range(20)])
        self.until(lambda: ahead.command("GET", "lost:19") is not None, "the one to be ahead")
        self.cut(ahead, self.api)
        self.kill(master)
        self.wait_for_primary([behind])
        self.heal()
        self.wait_for_roles(behind, replicas=[ahead])
        stream, size = self.check_stream(ahead, written)
        self.assertEqual(len(stream), size)


class Hold(DivergenceTestCase):
    def test_a_person_decides_where_he_is_to(self):
        self.start_locked(AFTER_DIVERGENCE="hold")
        primary, written = self.lose()
        master = self.pods[0]
        self.heal()
        self.until(lambda: self.kept_files(master, "*.resp"), "the file")
        self.until(lambda: self.line(master, "diverged"), "the log line")
        end = time.monotonic() + 3
        while time.monotonic() < end:
            self.assertEqual(master.command("GET", "lost:1"), b"value of lost:1")
            time.sleep(0.1)
        self.assertIn("behind: ", master.status()["decision"])
        done = master.pod.run(master.agent, "resolve", "--keep", "theirs", "--yes",
                              variables=master.variables)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.wait_for_roles(primary)
        self.check_stream(master, written)


class Versions(DivergenceTestCase):
    def keep(self, name, version):
        self.program = self.server_program(name)
        self.start_locked(REDIS_VERSION=version)
        primary, written = self.lose()
        self.heal()
        self.wait_for_roles(primary)
        stream, size = self.check_stream(self.pods[0], written)
        self.assertEqual(len(stream), size)

    def test_redis_5_0(self):
        self.keep("redis-5.0", "5.0")

    def test_redis_6_2(self):
        self.keep("redis-6.2", "6.2")

    def test_redis_8_0(self):
        self.keep("redis-8.0", "8.0")

    def test_valkey_8_1(self):
        self.keep("valkey-8.1", "8.1")


if __name__ == "__main__":
    pod_test_case.main()
