"""The agent beside redis_exporter on the same servers: the same families, types, labels and
series, and values within what a moment's difference explains."""
import shutil
import unittest

import pod_test_case
from pod_test_case import SERVER_NAMES, PodTestCase, eventually
from pods import RespError, http_get
from pods.exposition import Exposition

EXPORTER = "prometheus-redis-exporter"
EXPORTER_PORT = 9200  # its own, 9121, is the agent's as well

# Of the exporter's own program and connections, and not of Redis: left out (k8s/README.md says so).
OF_THE_EXPORTER = ("go_", "redis_exporter_", "redis_target_scrape_request_errors_total",
                   "redis_last_key_groups_scrape_duration_milliseconds")
# Fields of Redis 8 that it takes for others: sizes of keys for a database's, HEXPIRE's for KeyDB's.
MISREAD = ("redis_db0_distrib_", "redis_db_keys_cached")
# Of each program itself, and of the command before: they have nothing in common.
INCOMPARABLE = ("process_", "redis_latency_percentiles_usec", "redis_last_slow_")
# Each scrape changes them: who asks, over what connections, and what memory that takes. They are of
# the same magnitude, and so in the same unit.
RESTLESS = ("redis_allocator_", "redis_mem_", "redis_memory_used_", "redis_client_recent_",
            "redis_db_avg_ttl_seconds", "redis_connected_slave_lag_seconds")
A_CONNECTION = 64 << 10  # bytes: its buffers
# What is 0 or 1 is else a flag, and then the same in both.
COUNTED = ("redis_connected_clients", "redis_instantaneous_", "redis_aof_pending_",
           "redis_lazyfree_pending_", "redis_master_last_io_", "redis_loading_eta_",
           "redis_expired_stale_percentage")
# Labels of Valkey that later releases add, and one that the exporter leaves empty.
OF_VALKEY = ("valkey_version", "valkey_release_stage", "redis_mode")
SLACK = 3  # a connection, a second, a command more or less
WATCHED = ("--appendonly", "yes", "--latency-monitor-threshold", "1",
           "--slowlog-log-slower-than", "0")


class ExporterTestCase(PodTestCase):
    other_labels = ()  # the two differ in them

    @classmethod
    def setUpClass(cls):
        if shutil.which(EXPORTER) is None:
            raise unittest.SkipTest(f"{EXPORTER} is not installed")

    @staticmethod
    def start_exporter(pod):
        exporter = pod.pod.start(EXPORTER, "-web.listen-address", f":{EXPORTER_PORT}",
                                 "-include-system-metrics", name="exporter")
        eventually(lambda: "redis_up 1" in http_get(pod.pod.address, "/metrics",
                                                    port=EXPORTER_PORT).text,
                   f"the exporter to see Redis: {exporter.log()}", 10)

    @staticmethod
    def ask_exporter(pod):
        return Exposition(http_get(pod.pod.address, "/metrics", port=EXPORTER_PORT).text)

    @staticmethod
    def ask_agent(pod, at_least=0.0):
        """Once the server has carried out so many commands."""
        def look():
            seen = Exposition(pod.get("/metrics").text)
            is_up = seen.value("redis_up") == 1
            return seen if is_up and seen.value("redis_commands_processed_total") >= at_least \
                else None
        return eventually(look, f"a scrape after {at_least} commands", 10, [pod])

    def compare(self, pod):
        self.ask_exporter(pod)
        self.ask_agent(pod)  # each has sent each of its commands once
        before = self.ask_agent(pod)
        theirs = self.ask_exporter(pod)
        after = self.ask_agent(pod, theirs.value("redis_commands_processed_total"))
        for family in theirs.types:
            if not family.startswith(OF_THE_EXPORTER + MISREAD):
                with self.subTest(pod=pod.name, family=family):
                    self.compare_family(family, before, theirs, after)

    def series_of(self, seen, family):
        def kept(labels):
            return frozenset(each for each in labels if each[0] not in self.other_labels)
        return {(name, kept(labels)): value for (name, labels), value in seen.of(family).items()}

    def compare_family(self, family, before, theirs, after):
        self.assertIn(family, after.types)
        self.assertEqual(after.types[family], theirs.types[family])
        older, series, newer = (self.series_of(seen, family) for seen in (before, theirs, after))
        self.assertLessEqual(set(older), set(series))
        self.assertLessEqual(set(series), set(newer))
        if family.startswith(INCOMPARABLE):
            return
        for key, value in series.items():
            low, high = sorted((older.get(key, 0), newer[key]))
            if family.startswith(RESTLESS):
                low, high = low / 10 - A_CONNECTION, high * 10 + A_CONNECTION
            elif theirs.types[family] == "gauge" and not self.is_flag(family, low, high):
                low, high = low - SLACK, high + SLACK
            self.assertTrue(low <= value <= high, f"{key}: {low} <= {value} <= {high}")

    @staticmethod
    def is_flag(family, low, high):
        return low == high and low in (0, 1) and not family.startswith(COUNTED)


class BesideTheExporter(ExporterTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.primary, cls.replica = cls.topology(arguments=WATCHED)
        with cls.primary.redis() as redis:
            redis("XADD", "stream", "*", "field", "value")
            redis("XGROUP", "CREATE", "stream", "group", "0")
            redis("EVAL", "return redis.call('SET', KEYS[1], 'value', 'EX', '1000')", "1", "key")
            redis("SELECT", "7")
            redis("SET", "elsewhere", "value")
            redis("DEBUG", "SLEEP", "0.005")
            for wrong in (("NO-SUCH-COMMAND",), ("INCR", "elsewhere"), ("LPUSH", "elsewhere", "1")):
                try:
                    redis(*wrong)
                except RespError:
                    pass  # the error statistics are to have something
        for pod in (cls.primary, cls.replica):
            cls.start_exporter(pod)

    def test_of_a_primary(self):
        self.compare(self.primary)

    def test_of_a_replica(self):
        self.compare(self.replica)

    def test_of_a_server_that_loads(self):
        pod = self.replica
        self.primary.fill(20000, replicas=1)
        pod.command("SAVE")
        pod.server.stop()
        pod.start_server("--key-load-delay", "1000", "--loading-process-events-interval-bytes",
                         "1024")
        eventually(lambda: self.ask_agent(pod).value("redis_loading_dump_file") == 1, "loading")
        self.compare(pod)
        self.assertEqual(self.ask_agent(pod).value("redis_loading_dump_file"), 1)


class OfEveryAge(ExporterTestCase):
    def test_of_a_primary(self):
        for name in SERVER_NAMES:
            with self.subTest(server=name):
                program = self.server_program(name)
                self.other_labels = OF_VALKEY if name.startswith("valkey") else ()
                pod = self.redis_pod("redis-master-0")
                pod.init("--redis-version", name.removeprefix("redis-"))
                pod.start_server(*WATCHED, program=program)
                pod.start_sidecar()
                pod.wait_until_ready()
                pod.command("SET", "key", "value", "EX", "1000")
                self.start_exporter(pod)
                self.compare(pod)
            self.world.end_pods()


if __name__ == "__main__":
    pod_test_case.main()
