"""The metrics as Prometheus takes them: promtool on our own names, a real server that scrapes."""
import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse
from pathlib import Path

import pod_test_case
from pod_test_case import PodTestCase, eventually
from pods import http_get


class Text(PodTestCase):
    @classmethod
    def setUpClass(cls):
        cls.primary, cls.replica = cls.topology()

    def test_promtool_finds_nothing_wrong_with_our_own_names(self):
        for pod in (self.primary, self.replica):
            self.check_own_names(pod)

    def test_no_family_twice_and_no_timestamps(self):
        lines = self.replica.get("/metrics").text.splitlines()
        types = [line for line in lines if line.startswith("# TYPE")]
        self.assertEqual(len(types), len(set(types)))
        for line in lines:
            if not line.startswith("#"):
                self.assertRegex(line, r"^[a-z_]+(\{.*\})? [-+0-9.eInfNa]+$")

    def test_values(self):
        replica = self.replica
        eventually(lambda: replica.metric("redis_up") == 1, "redis_up 1")
        self.assertEqual(replica.metric("redis_agent_ready"), 1)
        for reason, is_it in (("replica_in_sync", 1), ("never_in_sync", 0)):
            self.assertEqual(replica.metric("redis_agent_readiness_reason", reason=reason), is_it)
        eventually(lambda: replica.metric("redis_agent_readiness_seconds_total",
                                          reason="replica_in_sync") > 0.5, "time in sync")
        self.assertEqual(replica.metric("redis_agent_link_down_seconds"), 0)
        self.assertEqual(replica.metric("redis_agent_lag_budget_bytes"), 16 << 20)
        self.assertEqual(replica.metric("redis_agent_staleness_budget_seconds"), 300)
        self.assertEqual(replica.metric("redis_agent_role", role="replica"), 1)
        eventually(lambda: replica.metric("redis_agent_lag_bytes") == 0, "no lag")
        self.assertLess(replica.metric("redis_agent_lag_seconds"), 1)
        self.assertLess(replica.metric("redis_agent_observation_age_seconds"), 1)
        primary = self.primary
        self.assertEqual(primary.metric("redis_agent_readiness_reason", reason="primary_serving"),
                         1)
        self.assertEqual(primary.metric("redis_agent_serving_as_primary"), 1)
        self.assertEqual(replica.metric("redis_agent_serving_as_primary"), 0)
        self.assertGreaterEqual(primary.metric("redis_agent_orders_total"), 1)
        self.assertGreaterEqual(sum(primary.metric("redis_agent_decisions_total", by="gate",
                                                   rule=str(rule)) for rule in range(8)), 1)
        eventually(lambda: primary.metric("redis_connected_slaves") == 1, "a replica")


PROMETHEUS = os.environ.get("PROMETHEUS", "prometheus")  # Debian's, or test/prometheus3's


@unittest.skipUnless(shutil.which(PROMETHEUS), f"{PROMETHEUS} is not installed")
class Prometheus(PodTestCase):
    """Stands beside the pods, as it does in a cluster."""

    def start_prometheus(self, pods, add_cleanup=None, **scraping):
        add_cleanup = add_cleanup or self.addCleanup
        folder = tempfile.TemporaryDirectory()
        add_cleanup(folder.cleanup)
        config = {"global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"},
                  "scrape_configs": [{"job_name": "redis", **scraping, "static_configs": [
                      {"targets": [f"{pod.pod.address}:9121" for pod in pods]}]}]}
        path = Path(folder.name) / "prometheus.yml"
        path.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML too
        self.log = Path(folder.name) / "log"
        log = self.log.open("wb")
        add_cleanup(log.close)
        server = subprocess.Popen(
            [PROMETHEUS, f"--config.file={path}", f"--storage.tsdb.path={folder.name}/tsdb",
             "--web.listen-address=127.0.0.1:9090"],
            stdout=log, stderr=log)
        add_cleanup(server.wait)
        add_cleanup(server.kill)

    def query(self, expression):
        """{instance: value} of an instant query."""
        answer = http_get("127.0.0.1", f"/api/v1/query?query={urllib.parse.quote(expression)}",
                          port=9090).json()
        return {sample["metric"]["instance"].split(":")[0]: float(sample["value"][1])
                for sample in answer["data"]["result"]}

    def test_scrapes_and_sees_a_server_go_at_once(self):
        primary, replica = pods = self.topology()
        addresses = [pod.pod.address for pod in pods]
        self.start_prometheus(pods)
        eventually(lambda: self.query("redis_up") == dict.fromkeys(addresses, 1),
                   "redis_up 1 in Prometheus", 20)
        self.assertEqual(self.query("up"), dict.fromkeys(addresses, 1))
        self.assertEqual(self.query("redis_agent_ready"), dict.fromkeys(addresses, 1))
        replica.server.pause()
        eventually(lambda: self.query("redis_up")[replica.pod.address] == 0,
                   "redis_up 0 of a server that hangs", 4)
        self.assertEqual(self.query("up"), dict.fromkeys(addresses, 1), "the scrape itself is well")
        ready = eventually(lambda: self.query('redis_agent_ready == 0'), "the pod not to be ready")
        self.assertEqual(list(ready), [replica.pod.address])

    def version(self):
        """(3, 8) of what stands there."""
        told = subprocess.run([PROMETHEUS, "--version"], capture_output=True, text=True,
                              check=True).stdout
        number = re.search(r"version (\d+)\.(\d+)", told)
        return (int(number[1]), int(number[2])) if number else (3, 0)

    def check_scrapes(self, address):
        eventually(lambda: self.query("scrape_samples_scraped > 100"), "samples", 20)
        self.assertEqual(self.query("up"), {address: 1})
        told = http_get("127.0.0.1", "/api/v1/targets", port=9090).json()["data"]
        self.assertEqual([target["lastError"] for target in told["activeTargets"]], [""])
        for name, kind in (("redis_agent_orders_total", "counter"), ("redis_up", "gauge"),
                           ("redis_latency_percentiles_usec", "summary")):
            path = f"/api/v1/metadata?metric={name}"
            types = http_get("127.0.0.1", path, port=9090).json()["data"]
            self.assertEqual(types[name][0]["type"], kind)
        self.assertNotRegex(self.log.read_text(), "(?i)level=(warn|error).*(scrape|target)")

    def test_takes_what_it_is_given_whatever_it_asks_for(self):
        """OpenMetrics is what it likes best, UTF-8 in names what 3 asks for; it gets 0.0.4."""
        pod, = self.topology(replicas=0)
        asked_for = [{}]
        if self.version() >= (3, 0):
            asked_for += [{"scrape_protocols": [protocol]} for protocol in
                          ("OpenMetricsText1.0.0", "PrometheusText1.0.0", "PrometheusText0.0.4")]
        for scraping in asked_for:
            with self.subTest(**scraping), contextlib.ExitStack() as stack:
                self.start_prometheus([pod], stack.callback, **scraping)
                self.check_scrapes(pod.pod.address)


if __name__ == "__main__":
    pod_test_case.main()
