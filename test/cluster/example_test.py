"""The article to its end: k8s/example, as its README has it, in a browser.

Where test/cluster/traefik has built a controller of Ingresses, the browser comes through that; else
through a HAProxy in its place: see edge.py.
"""

import base64
import hashlib
import json
import pathlib
import re
import shutil
import sys
import tempfile
import time
import unittest

from cluster import PROJECT, run, wait_until
import edge
import images
from namespace import Namespace
from cluster_test_case import PASSWORD, PODS, ClusterTestCase, main, the_cluster
from readme import commands, run_commands
from storage import provide_storage_class

sys.path.insert(0, str(PROJECT / "test"))
# pylint: disable=wrong-import-position
from pods.browser import Browser

EXAMPLE = PROJECT / "k8s/example"
HOST = "github.frieza.local"
# A search without Redis waits a second for the cache; the rest is a slow machine's.
PATIENCE = 15.0


def follow_readme(cluster, part, **replaced):
    script = commands(part, EXAMPLE / "README.md")
    for old, new in replaced.items():
        script = script.replace(old.replace("_", "."), new)
    ended = run_commands(cluster, script)
    if ended.returncode != 0:
        raise AssertionError(ended.stdout + ended.stderr)


class Application:
    """In the namespace default, as in the article."""

    def __init__(self, cluster):
        self.objects = Namespace(cluster, "default")
        self._cluster = cluster
        self._place = tempfile.TemporaryDirectory()
        self._folder = pathlib.Path(self._place.name)
        self._open = []
        self.edge = None

    def start(self):
        self.edge = edge.open_edge(self._cluster, self._folder)
        self._open.append(self.edge)
        follow_readme(
            self._cluster, "application", tls_key=f"{self._folder}/tls.key",
            tls_crt=f"{self._folder}/tls.crt"
        )
        self.edge.lead(self.objects)
        edge.wait_for_page(self.edge, self._cluster, HOST, self._folder / "tls.crt")

    def end(self):
        for each in reversed(self._open):
            each.close()
        self._cluster.kubectl("delete", "-k", str(EXAMPLE), "--ignore-not-found")
        self.objects.kubectl(
            "delete", "secret", "--ignore-not-found", "redis-secret", "github-secret", "tls-secret"
        )
        self._place.cleanup()

    def open_page(self):
        """In a browser that trusts the certificate of the README and no other."""
        browser = Browser(
            f"--host-resolver-rules=MAP {HOST}:443 {self.edge.address}:{edge.PORT}",
            f"--ignore-certificate-errors-spki-list={self._key_of_certificate()}",
            enter=[*self._cluster.own, "exec"],
        )
        self._open.append(browser)
        return browser.open(f"https://{HOST}/")

    def _key_of_certificate(self):
        """The hash of its public key, as browsers want it."""
        key = run(["openssl", "x509", "-noout", "-pubkey", "-in", self._folder / "tls.crt"]).stdout
        body = base64.b64decode("".join(key.splitlines()[1:-1]))
        return base64.b64encode(hashlib.sha256(body).digest()).decode()

    def log(self, name="api-gateway"):
        return self.objects.kubectl("logs", "--selector", f"app={name}", "--tail=-1")

    def wait_for_log(self, line, within=60):
        wait_until(lambda: line in self.log(), f"the line {line}", within, on_failure=self.log)

    def is_connected(self):
        """Every pod of it, to both."""
        pods = self.objects.get("pods", "--selector", "app=api-gateway")["items"]
        for pod in pods:
            log = self.objects.kubectl("logs", pod["metadata"]["name"], "--tail=-1")
            for name in ("master", "slave"):
                told = re.findall(rf"(?m)^(connected to|disconnected from) {name}$", log)
                if told[-1:] != ["connected to"]:
                    return False
        return True


class ExampleTestCase(ClusterTestCase):
    namespace = "redis"
    application = page = None

    @classmethod
    def setUpClass(cls):
        for tool in ("chromium", "haproxy", "openssl"):
            if not shutil.which(tool):
                raise unittest.SkipTest(f"there is no {tool}")
        look = [images.find_tool(), "image", "inspect", images.EXAMPLE]
        if run(look, check=False).returncode != 0:
            raise unittest.SkipTest("k8s/example/build could not make its images: it needs npm")
        super().setUpClass()
        if not cls.cluster.own:
            raise unittest.SkipTest("needs a TEST_CLUSTER, whose network programs can enter")
        if not cls.cluster.sidecar_is_native:
            raise unittest.SkipTest("the manifests of k8s have native sidecars")
        provide_storage_class(cls.cluster)
        follow_readme(cls.cluster, cls.redis)
        cls.pods.start_tools()
        if not ExampleTestCase.application:
            ExampleTestCase.application = Application(cls.cluster)
            unittest.addModuleCleanup(cls.application.end)
            cls.application.start()
            ExampleTestCase.page = cls.application.open_page()
        wait_until(cls.application.is_connected, "the application to be connected", 120,
                   on_failure=cls.application.log)

    def search(self, query):
        """As a person does: what the page says then, in how many seconds."""
        begin, interruptions = time.monotonic(), self.page.interruptions()
        self.page.run(f"document.getElementById('query').value = {json.dumps(query)}")
        self.page.run("document.querySelector('#search button').click()")
        said = wait_until(self.outcome, f"an answer about {query}", 30,
                          on_failure=self.application.log)
        if "Failed to fetch" in said and self.page.interruptions() > interruptions:
            return self.search(query)  # a pod came or went on the browser's node
        self.assertIn(f'found for "{query}"', said)
        return time.monotonic() - begin

    def outcome(self):
        said = self.page.run("document.getElementById('outcome').textContent")
        return "" if said.startswith("Searching") else said

    def found(self):
        return self.page.run("[...document.querySelectorAll('#repos a')].map(a => a.innerText)")

    def cached_on(self, pod, query):
        """What the article looks at, by the pod's address."""
        address = self.pods.pod(pod)["status"]["podIP"]
        return self.pods.redis(address, "hgetall", f"cache:{query}")

    def search_and_wait_until_cached(self, query):
        self.search(query)
        self.application.wait_for_log(f"\ncached. query: {query}\n")
        for name in self.names:
            wait_until(lambda name=name: self.cached_on(name, query), f"{query} on {name}", 10)

    def search_in_cache(self, query):
        """The page's answer is not told from another one; the log tells that it was cached."""
        line = f"retrieved from Cache. query: {query}"
        before = self.application.log().count(line)
        seconds = self.search(query)
        self.assertEqual(self.application.log().count(line), before + 1)
        return seconds

    def kill(self, pod):
        self.pods.kubectl("delete", "pod", pod, "--force", "--grace-period=0")
        return time.monotonic()


class FixedPrimary(ExampleTestCase):
    names = PODS
    redis = "redis"

    def test_01_the_page_comes_by_tls_as_the_ingress_says(self):
        wait_until(lambda: self.page.run("document.readyState") == "complete", "the page", 30)
        self.assertEqual(self.page.run("document.querySelector('h1').innerText"),
                         "Search repositories")
        for url in self.page.requests():
            self.assertTrue(url.startswith((f"https://{HOST}/", "data:")), url)
        self.assertEqual(self.page.complaints(), [])
        self.saw(f"the page comes by {self.application.edge.name}")

    def test_02_what_was_found_is_cached_and_read_at_a_replica(self):
        self.search_and_wait_until_cached("frieza")
        found = self.found()
        self.assertIn("colorlessenergy/frieza", found)
        seconds = self.search_in_cache("frieza")
        self.assertEqual(self.found(), found)
        asked = self.application.log("github-service").count("retrieving repositories for frieza")
        self.assertEqual(asked, 1)
        cached = self.cached_on("redis-slave-0", "frieza").split("\n")
        self.assertIn("https://github.com/colorlessenergy/frieza", cached)
        self.saw(f"from the cache in {seconds:.2f} s; hgetall cache:frieza on redis-slave-0: "
                 + " ".join(cached[:8]))

    def test_03_the_primary_is_killed_and_comes_back(self):
        begin = self.kill("redis-master-0")
        cached, new = self.search_in_cache("frieza"), self.search("redis")
        self.assertLess(max(cached, new), PATIENCE)
        self.application.wait_for_log("\ncached. query: redis\n")
        self.saw(f"a cached search in {cached:.2f} s, a new one in {new:.2f} s, and that is cached "
                 f"{time.monotonic() - begin:.1f} s after the kill")
        self.pods.wait_ready(*PODS)

    def test_04_the_primary_stays_away(self):
        self.pods.kubectl("scale", "sts/redis-master", "--replicas=0")
        wait_until(lambda: not self.pods.pod("redis-master-0"), "the primary to be gone", 60)
        cached, new = self.search_in_cache("frieza"), self.search("namek")
        self.assertLess(max(cached, new), PATIENCE)
        self.assertNotIn("cached. query: namek\n", self.application.log())
        again = self.search("namek")
        self.pods.kubectl("scale", "sts/redis-master", "--replicas=1")
        self.pods.wait_ready(*PODS)
        self.search_and_wait_until_cached("namek")
        self.search_in_cache("namek")
        self.saw(f"without a primary a cached search in {cached:.2f} s, a new one in {new:.2f} s, "
                 f"again in {again:.2f} s")
        self.assertEqual(self.page.complaints(), [])


class MovingPrimary(ExampleTestCase):
    names = ("redis-0", "redis-1", "redis-2")
    redis = "redis with failover"

    def holder(self):
        lease = self.pods.get("lease", "redis")
        return lease["spec"].get("holderIdentity", "").partition("/")[0]

    def test_01_the_primary_is_killed_and_another_takes_over(self):
        self.search_and_wait_until_cached("saga")
        old = self.holder()
        begin = self.kill(old)
        cached, new = self.search_in_cache("saga"), self.search("scouter")
        self.assertLess(max(cached, new), PATIENCE)
        self.application.wait_for_log("\ncached. query: scouter\n")
        seconds = time.monotonic() - begin
        self.pods.wait_ready(*self.names)
        self.search_in_cache("saga")
        self.search_in_cache("scouter")
        self.saw(f"{old} killed, {self.holder()} took over: a cached search in {cached:.2f} s, "
                 f"a new one in {new:.2f} s, and that is cached {seconds:.1f} s after the kill")
        self.assertEqual(self.page.complaints(), [])


if __name__ == "__main__":
    main()
