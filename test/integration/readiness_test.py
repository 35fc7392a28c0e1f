"""The rules of readiness on real servers: roles, full syncs, lag, partitions, staleness."""
import time
from functools import partial

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase, eventually
from pods import RespError

QUICK_REDIS = {"REDIS_TIMEOUT": "500ms"}


def reasons_until_ready(pod, within=15):
    """All reasons that /status gives until the pod is ready, polled without a pause."""
    seen = []
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        status = pod.status()
        if status["ready"]:
            return seen
        if not seen or seen[-1] != status["reason"]:
            seen.append(status["reason"])
    raise AssertionError(f"{pod.name} was never ready, but {seen}\n{pod.pod.logs()}")


class Roles(PodTestCase):
    WATCHING_ALONE = {"GATE": "direct", "ROPE": "off"}  # else the agent would mend it

    def test_a_replica_that_serves_as_a_primary(self):
        _, replica = self.topology(settings=self.WATCHING_ALONE)
        replica.command("REPLICAOF", "NO", "ONE")
        status = replica.wait_for_reason("role_mismatch")
        self.assertIn("primary", status["explanation"])
        self.assertEqual(replica.get("/readyz").status, 503)
        replica.command("REPLICAOF", "redis-master-0.redis-headless", "6379")
        replica.wait_until_ready()

    def test_a_primary_that_follows(self):
        primary, replica = self.topology(settings=self.WATCHING_ALONE)
        primary.command("REPLICAOF", replica.pod.address, "6379")
        primary.wait_for_reason("role_mismatch")
        status = replica.wait_for_reason("replica_stale", "never_in_sync", "full_sync", "too_stale")
        self.assertIn("is itself a replica", status["explanation"])
        primary.command("REPLICAOF", "NO", "ONE")
        primary.wait_until_ready()
        replica.wait_until_ready()

    def test_pages_for_load_balancers(self):
        primary, replica = self.topology()
        self.assertEqual(primary.get("/primary").status, 200)
        self.assertEqual(primary.get("/replica").status, 503)
        self.assertEqual(replica.get("/primary").status, 503)
        self.assertEqual(replica.get("/replica").status, 200)
        self.assertEqual(replica.get("/replica?lag=1MiB").status, 200)
        self.assertEqual(replica.get("/replica?lag=much").status, 400)


class CutOff(PodTestCase):
    def test_a_primary_that_has_lost_the_replicas_it_needs_is_not_ready(self):
        flags = ("--min-replicas-to-write", "1", "--min-replicas-max-lag", "2")
        primary, replica = self.topology(arguments=flags)
        self.assertEqual(primary.command("SET", "a", "write"), "OK")
        replica.server.pause()
        status = primary.wait_for_reason("too_few_replicas", within=6)
        self.assertIn("0 of the 1 replicas", status["explanation"])
        self.assertRaisesRegex(RespError, "NOREPLICAS", primary.command, "SET", "another", "write")
        replica.server.resume()
        primary.wait_for_reason("primary_serving")
        self.assertEqual(primary.command("SET", "another", "write"), "OK")

    def test_one_whose_replicas_are_yet_to_come_is_ready(self):
        primary = self.redis_pod(PRIMARY_NAME)
        primary.init()
        primary.start_server("--min-replicas-to-write", "1")
        primary.start_sidecar()
        primary.wait_for_reason("primary_serving")
        self.assertRaisesRegex(RespError, "NOREPLICAS", primary.command, "SET", "a", "write")


class FullSync(PodTestCase):
    def pair(self, primary_flags=(), replica_flags=(), settings=None):
        primary = self.redis_pod(PRIMARY_NAME, settings=settings)
        primary.init()
        primary.start_server(*primary_flags)
        primary.start_sidecar()
        primary.wait_until_ready()
        replica = self.redis_pod("redis-slave-0", settings=settings)
        replica.init()
        return primary, replica

    def check_phases(self, primary_flags, replica_flags, *expected):
        """A first sync of a replica: not ready in any phase, and ready with the data."""
        primary, replica = self.pair(primary_flags)
        primary.fill(3000)
        replica.start_sidecar()
        eventually(lambda: replica.get("/livez").status == 200, "the agent to answer", 5, [replica])
        replica.start_server(*replica_flags)
        seen = reasons_until_ready(replica)
        # Its agent points it at the primary's address now: for a moment it has no primary, and one
        # that does not serve stale data says so.
        eventually(lambda: replica.command("DBSIZE") == 3000, "the data", 1, [replica])
        for reason in expected:
            self.assertIn(reason, seen)
        allowed = {"starting", "redis_not_answering", "never_in_sync", "full_sync", "redis_loading",
                   "reads_refused"}
        self.assertLessEqual(set(seen), allowed)

    SLOW_SAVE = ("--rdb-key-save-delay", "300")
    SLOW_LOAD = ("--key-load-delay", "300", "--loading-process-events-interval-bytes", "1024")

    def test_waiting_for_the_diskless_delay(self):
        self.check_phases(("--repl-diskless-sync-delay", "2"), (), "never_in_sync")

    def test_receiving_without_a_disk(self):
        self.check_phases(("--repl-diskless-sync-delay", "0", *self.SLOW_SAVE), (), "full_sync")

    def test_receiving_by_disk(self):
        self.check_phases(("--repl-diskless-sync", "no", *self.SLOW_SAVE), (), "full_sync")

    def test_loading_what_came(self):
        self.check_phases(("--repl-diskless-sync-delay", "0"), self.SLOW_LOAD, "full_sync")

    def test_a_replica_that_does_not_serve_stale_data(self):
        self.check_phases(("--repl-diskless-sync-delay", "0", *self.SLOW_SAVE),
                          ("--replica-serve-stale-data", "no"), "full_sync")

    def test_a_second_full_sync_with_old_data(self):
        """It answers PONG and old data all the time: not ready from the moment that it is known."""
        primary, replica = self.topology()
        primary.fill(3000, replicas=1)
        counted = partial(replica.metric, "redis_agent_resyncs_total", kind="full",
                          cause="history_changed")
        resyncs = counted()
        for setting, value in (("rdb-key-save-delay", 300), ("repl-diskless-sync-delay", 1)):
            primary.command("CONFIG", "SET", setting, value)
        primary.command("DEBUG", "CHANGE-REPL-ID")
        primary.command("CLIENT", "KILL", "TYPE", "replica")
        replica.wait_for_reason("full_sync", within=3)
        self.assertEqual(replica.command("PING"), "PONG")
        self.assertIsNotNone(replica.command("GET", "key:1"))
        seen = reasons_until_ready(replica)
        self.assertLessEqual(set(seen), {"full_sync", "never_in_sync"})
        eventually(lambda: counted() == resyncs + 1, "one more full resync to be counted")

    def test_a_sync_that_stands_still_fails_startupz(self):
        primary, replica = self.pair(("--repl-diskless-sync-delay", "0", *self.SLOW_SAVE),
                                     settings={"STARTUP_STALL": "2s"})
        primary.fill(20000)
        replica.start_server()
        replica.start_sidecar()
        replica.wait_for_reason("full_sync")
        self.assertEqual(replica.get("/startupz").status, 200)
        replica.pod.drop(f"ip saddr {primary.pod.address} tcp sport 6379",
                         f"ip6 saddr {primary.pod.address6} tcp sport 6379")
        eventually(lambda: replica.get("/startupz").status == 503, "/startupz to fail", 10,
                   [replica])

    def test_started_without_a_primary(self):
        replica = self.redis_pod("redis-slave-0").bring_up()
        status = replica.wait_for_reason("never_in_sync")
        self.assertIn("redis-master-0.redis-headless", status["explanation"])
        self.assertEqual(replica.command("PING"), "PONG")
        self.assertEqual(replica.get("/readyz").status, 503)


class Lag(PodTestCase):
    def cut_replication(self, primary, replica):
        """Only the replication stream stops; the agent still hears the primary."""
        clients = primary.command("CLIENT", "LIST", "TYPE", "replica").decode()
        address = next(field for field in clients.split() if field.startswith("addr="))
        replica.pod.drop(f"tcp sport 6379 tcp dport {address.rsplit(':', 1)[1]}")

    def test_bytes(self):
        primary, replica = self.topology(settings={"MAX_LAG_BYTES": "256KiB", "MAX_LAG": "60s"})
        self.cut_replication(primary, replica)
        begin = time.monotonic()
        primary.fill(5000)
        status = replica.wait_for_reason("lag_too_large", within=3)
        self.assertLess(time.monotonic() - begin, 1.5)
        self.assertGreater(status["lag_bytes"], 256 * 1024)
        self.assertEqual(replica.get("/replica?lag=1").status, 503)
        self.assertEqual(replica.command("INFO", "replication").count(b"master_link_status:up"), 1)
        replica.pod.heal()
        replica.wait_until_ready(20)
        eventually(lambda: replica.status()["lag_bytes"] == 0, "no lag", 5)
        self.assertEqual(replica.sidecar.log().count("lag_too_large"), 2, "gone and back, once")

    def test_seconds(self):
        primary, replica = self.topology(settings={"MAX_LAG": "1s"})
        self.cut_replication(primary, replica)
        begin = time.monotonic()
        primary.command("SET", "a", "1")
        status = replica.wait_for_reason("lag_too_large", within=5)
        self.assertLess(abs(time.monotonic() - begin - 1), 1)
        self.assertGreater(status["lag_seconds"], 1)
        self.assertLess(status["lag_bytes"], 1000)
        replica.pod.heal()
        replica.wait_until_ready(20)

    def test_no_write_is_made_for_it(self):
        primary, replica = self.topology()
        polls = replica.metric("redis_agent_polls_total", peer="primary")
        eventually(lambda: replica.metric("redis_agent_polls_total", peer="primary") > polls + 4,
                   "some polls")
        with primary.redis() as redis:
            commands = {name.removeprefix("cmdstat_") for name in redis.info("commandstats")}
        self.assertLessEqual(commands, {"info", "role", "client|setname", "psync", "replconf",
                                        "ping", "auth", "config|get", "replicaof"})


class Partition(PodTestCase):
    SETTINGS = {**QUICK_REDIS, "MAX_STALENESS": "4s"}

    def check_staleness(self, replica, told_within=1.5):
        """Told within 1.5 s, ready for as long as the data is young enough, then not."""
        begin = time.monotonic()
        status = replica.wait_for_reason("replica_stale", within=5)
        self.assertLess(time.monotonic() - begin, told_within + 0.3)
        self.assertTrue(status["ready"])
        eventually(lambda: replica.status()["lag_bytes"] is None, "the lag to be unknown", 1)
        self.assertRaises(LookupError, replica.metric, "redis_agent_lag_bytes")
        replica.wait_for_reason("too_stale", within=6)
        self.assertGreater(time.monotonic() - begin, 3)  # the last answer is a while ago
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(replica.get("/readyz").status, 503)

    def test_cut_off_from_the_primary(self):
        primary, replica = self.topology(settings=self.SETTINGS)
        replica.pod.drop_from(primary.pod)
        primary.pod.drop_from(replica.pod)
        self.check_staleness(replica)
        self.assertIn(b"master_link_status:up", replica.command("INFO", "replication"))
        self.assertEqual(primary.get("/readyz").status, 200)
        replica.pod.heal()
        primary.pod.heal()
        replica.wait_for_reason("replica_in_sync", within=20)

    def test_the_primary_is_stopped(self):
        primary, replica = self.topology(settings=self.SETTINGS)
        primary.server.pause()
        self.check_staleness(replica)
        primary.server.resume()
        replica.wait_for_reason("replica_in_sync", within=20)

    def test_the_primary_is_killed(self):
        primary, replica = self.topology(settings=self.SETTINGS)
        primary.fill(10, replicas=1)
        primary.server.kill()
        self.check_staleness(replica)

    def test_the_primarys_node_dies(self):
        primary, replica = self.topology(settings=self.SETTINGS)
        primary.pod.network("link set eth0 down\n")
        self.check_staleness(replica)

    def test_an_agent_that_is_restarted_meanwhile_does_not_call_old_data_fresh(self):
        primary, replica = self.topology(settings={**QUICK_REDIS, "MAX_STALENESS": "2s"})
        primary.fill(10, replicas=1)
        primary.server.kill()
        replica.wait_for_reason("too_stale", within=6)
        replica.sidecar.kill()
        replica.start_sidecar()
        status = replica.wait_for_reason("too_stale", "never_in_sync")
        self.assertFalse(status["ready"])

    def test_a_replica_that_refuses_reads_without_its_primary_is_not_ready(self):
        primary, replica = self.topology(settings=QUICK_REDIS)
        replica.command("CONFIG", "SET", "replica-serve-stale-data", "no")
        primary.server.kill()
        eventually(lambda: not replica.is_ready(), "it not to be ready", 5, [replica])
        self.assertRaisesRegex(RespError, "MASTERDOWN", replica.command, "GET", "key")
        self.assertIn("MASTERDOWN", replica.get("/readyz").text)


if __name__ == "__main__":
    pod_test_case.main()
