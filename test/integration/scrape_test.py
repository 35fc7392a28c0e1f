"""What a scrape costs and how it is served: a hanging Redis, many at once, gzip, servers of all
ages."""
import gzip
import threading
import time

import pod_test_case
from pod_test_case import SERVER_NAMES, PodTestCase, eventually
from pods import RespError, http_get
from pods.exposition import Exposition

# What the INFO of each server from 5.0 on has, and dashboards want.
EVERYWHERE = """
    redis_aof_enabled redis_blocked_clients redis_commands_duration_seconds_total
    redis_commands_processed_total redis_commands_total redis_config_maxclients
    redis_config_maxmemory redis_connected_clients redis_connected_slaves
    redis_cpu_sys_seconds_total redis_db_keys redis_db_keys_expiring redis_evicted_keys_total
    redis_expired_keys_total redis_instance_info redis_keyspace_hits_total
    redis_last_slow_execution_duration_seconds redis_latest_fork_seconds
    redis_master_repl_offset redis_mem_fragmentation_ratio redis_memory_max_bytes
    redis_memory_used_bytes redis_net_input_bytes_total redis_rdb_last_save_timestamp_seconds
    redis_rejected_connections_total redis_slowlog_length redis_start_time_seconds
    redis_total_system_memory_bytes redis_uptime_in_seconds
""".split()
SINCE = {"redis-6.2": ["redis_config_io_threads", "redis_total_error_replies",
                       "redis_commands_failed_calls_total", "redis_errors_total"],
         "redis-7.0": ["redis_latency_percentiles_usec", "redis_number_of_functions",
                       "redis_evicted_clients_total"],
         "redis-8.0": ["redis_expired_subkeys_total", "redis_watching_clients",
                       "redis_eventloop_cycles_total", "redis_eventloop_duration_sum_usec_total"]}


class Scrape(PodTestCase):
    def one_pod(self, **options):
        pod = self.redis_pod("redis-master-0", **options).bring_up()
        pod.wait_until_ready()
        return pod

    def test_of_a_redis_that_hangs_is_quick_and_says_so(self):
        pod = self.one_pod()
        eventually(lambda: pod.metric("redis_up") == 1, "redis_up 1")
        pod.server.pause()
        try:
            eventually(lambda: pod.metric("redis_up") == 0, "redis_up 0")
            times = []
            for _ in range(5):
                begin = time.monotonic()
                text = pod.get("/metrics").text
                times.append(time.monotonic() - begin)
                self.assertIn("\nredis_up 0\n", text)
                self.assertNotIn("redis_memory_used_bytes", text, "an old number")
                self.assertIn("redis_agent_role", text, "what is known")
            # The wait is 50 ms; the best of five has little of this machine's other work in it.
            self.assertLess(min(times), 0.1, times)
        finally:
            pod.server.resume()
        eventually(lambda: pod.metric("redis_up") == 1, "redis_up 1 again")

    def test_many_at_once_share_a_round(self):
        pod = self.one_pod()
        asked = 'redis_commands_total', {"cmd": "slowlog|len"}
        eventually(lambda: Exposition(pod.get("/metrics").text).value(asked[0], **asked[1]),
                   "a scrape that counts its own questions")
        before = Exposition(pod.get("/metrics").text).value(asked[0], **asked[1])
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(pod.get("/metrics").status))
                   for _ in range(30)]
        begin = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rounds_max = (time.monotonic() - begin) / 0.2 + 2
        self.assertEqual(answers, [200] * 30)
        info = pod.command("INFO", "commandstats").decode()
        after = int(info.split("cmdstat_slowlog|len:calls=")[1].split(",")[0])
        self.assertLessEqual(after - before, rounds_max)

    def test_is_packed_for_who_takes_it_so(self):
        pod = self.one_pod()
        plain = pod.get("/metrics")
        self.assertEqual(plain.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8")
        self.assertNotIn("content-encoding", plain.headers)
        packed = http_get(pod.pod.address, "/metrics", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(packed.headers["content-encoding"], "gzip")
        self.assertEqual(packed.headers["content-type"], plain.headers["content-type"])
        self.assertLess(len(packed.body) * 3, len(plain.body))
        self.assertIn("redis_agent_ready", Exposition(gzip.decompress(packed.body).decode()).types)
        refused = http_get(pod.pod.address, "/metrics", headers={"Accept-Encoding": "gzip;q=0"})
        self.assertNotIn("content-encoding", refused.headers)

    def test_percentiles_are_a_setting(self):
        pod = self.one_pod(settings={"LATENCY_PERCENTILES": "off"})
        eventually(lambda: pod.metric("redis_up") == 1, "redis_up 1")
        self.assertNotIn("redis_latency_percentiles_usec", pod.get("/metrics").text)

    def test_of_servers_of_every_age(self):
        wanted = list(EVERYWHERE)
        for name in SERVER_NAMES:
            wanted += SINCE.get(name, [])
            with self.subTest(server=name):
                program = self.server_program(name)
                pod = self.redis_pod("redis-master-0")
                pod.init("--redis-version", name.removeprefix("redis-"))
                pod.start_server(program=program)
                pod.start_sidecar()
                pod.wait_until_ready()
                pod.command("SET", "key", "value")
                self.check_families(pod, name, wanted)
            self.world.end_pods()

    def check_families(self, pod, name, wanted):
        if name == "valkey-8.1":
            wanted = [family for family in wanted if family != "redis_expired_subkeys_total"]
        try:
            pod.command("NO-SUCH-COMMAND")
        except RespError:
            pass  # an error, for its statistics

        def look():
            seen = Exposition(pod.get("/metrics").text)
            return seen if seen.value("redis_up") == 1 else None
        eventually(look, "a scrape")
        seen = eventually(look, "one that counts the first")
        self.assertEqual([family for family in wanted if family not in seen.types], [])
        self.assertEqual(seen.value("redis_db_keys", db="db0"), 1)
        self.assertEqual(seen.value("redis_db_keys", db="db15"), 0)
        (_, labels), = seen.of("redis_instance_info")
        labels = dict(labels)
        self.assertEqual(labels["redis_mode"], "standalone")
        self.assertEqual("valkey_version" in labels, name.startswith("valkey"))


if __name__ == "__main__":
    pod_test_case.main()
