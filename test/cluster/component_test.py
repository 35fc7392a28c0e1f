"""k8s/component over StatefulSets that have data, and out again.

The article's two, and one of another style.
"""

import json
import os
import pathlib
import shutil
import tempfile
import time

from cluster import PROJECT, wait_until
from cluster_test_case import PASSWORD, PODS, ClusterTestCase, main
from storage import provide_storage_class

KEYS = 20000
FILL = "for i = 1, tonumber(ARGV[1]) do redis.call('set', 'key:' .. i, tostring(i)) end"
# How many of the keys are there with their values.
COUNT = """
    local n = 0
    for i = 1, tonumber(ARGV[1]) do
        if redis.call('get', 'key:' .. i) == tostring(i) then n = n + 1 end
    end
    return n
"""


class ComponentTestCase(ClusterTestCase):
    port = "6379"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(place.cleanup)
        cls.root = pathlib.Path(place.name)

    @classmethod
    def apply_kustomization(cls, name, kustomization):
        folder = cls.root / name
        (folder / "kustomization.yaml").write_text(json.dumps(kustomization))
        cls.pods.kubectl("apply", "-k", str(folder))

    @classmethod
    def component(cls):
        """The component as a path that a kustomization in a folder of ours may name."""
        kind = "component" if cls.cluster.sidecar_is_native else "component/second-container"
        return os.path.relpath(PROJECT / "k8s" / kind, cls.root / "any")

    def redis_at(self, pod, *command):
        """By address: CoreDNS may remember for half a minute that a name was not there."""
        address = self.pods.pod(pod)["status"]["podIP"]
        return self.pods.redis(address, "-p", self.port, *command)

    def fill(self, pod):
        self.redis_at(pod, "eval", FILL, "0", str(KEYS))

    def count(self, pod):
        return int(self.redis_at(pod, "eval", COUNT, "0", str(KEYS)))

    def wait_for_keys(self, within=60):
        for name in self.names:
            wait_until(lambda name=name: self.count(name) == KEYS,
                       f"{KEYS} keys on {name}", within,
                       on_failure=lambda: self.pods.describe(*self.names))

    def change(self, what, apply):
        """Applies it, and waits until every pod is another one and ready."""
        before = self.pods.uids(*self.names)
        begin = time.monotonic()
        apply()
        self.pods.wait_renewed(before)
        self.wait_for_keys()
        self.saw(f"{what} in {time.monotonic() - begin:.1f} s, {KEYS} of {KEYS} keys on every pod")

    def containers(self, pod):
        """Its init containers, native sidecars among them, and its containers."""
        spec = self.pods.pod(pod)["spec"]
        return [[c["name"] for c in spec.get(k, [])] for k in ("initContainers", "containers")]

    def check_agents(self):
        native = self.cluster.sidecar_is_native
        wanted = ([["agent-init", "agent"], [self.server]] if native
                  else [["agent-init"], [self.server, "agent"]])
        for name in self.names:
            self.assertEqual(self.containers(name), wanted)
            said = self.pods.kubectl("exec", name, "-c", "agent", "--", "redis-agent", "check")
            self.assertIn("this one too", said)
            self.assertNotIn("missing", said)
        first = ("exec", self.names[0], "-c", "agent", "--")
        status = self.pods.kubectl(*first, "redis-agent", "status")
        for name in self.names:
            self.assertRegex(status, rf"{name} +(primary|replica) +yes")

    def check_no_agents(self):
        for name in self.names:
            self.assertEqual(self.containers(name), [[], [self.server]])

    def check_a_write(self, primary, replica):
        """Redis without an agent may ask for the primary that was: CoreDNS remembers its address
        for half a minute, and to connect to it takes up to repl-timeout."""
        self.redis_at(primary, "set", "later", "1")
        wait_until(lambda: self.redis_at(replica, "get", "later") == "1", "a write", 150,
                   on_failure=lambda: self.pods.describe(*self.names))


class Article(ComponentTestCase):
    namespace = "redis"
    names = PODS
    server = "redis"
    images = [{"name": "redis", "newName": "localhost/redis", "newTag": "5.0.6"}]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        provide_storage_class(cls.cluster)
        cls.pods.cluster.kubectl("create", "namespace", "redis")
        cls.pods.secret(PASSWORD.encode())
        cls.pods.start_tools()
        for name in ("article", "component"):
            shutil.copytree(PROJECT / "k8s" / name, cls.root / name)
        for name in ("before", "after"):
            (cls.root / name).mkdir()
        shutil.copy(PROJECT / "k8s/article/redis.yaml", cls.root / "before")
        if not cls.cluster.sidecar_is_native:
            file = cls.root / "article/kustomization.yaml"
            native = file.read_text()
            file.write_text(native.replace("../component\n", "../component/second-container\n"))
        cls.leave_agents_out()
        cls.pods.wait_ready(*PODS)

    @classmethod
    def leave_agents_out(cls):
        cls.apply_kustomization("before", {"resources": ["redis.yaml"], "images": cls.images})

    @classmethod
    def put_agents_in(cls):
        """As k8s/article/kustomization.yaml has it, but for the image and how the agent runs."""
        cls.apply_kustomization("after", {"resources": ["../article"], "images": cls.images})

    def test_01_in(self):
        self.fill("redis-master-0")
        self.wait_for_keys()
        self.change("the agent in the article's StatefulSets", self.put_agents_in)
        self.check_agents()

    def test_02_out_again(self):
        self.change("and out again", self.leave_agents_out)
        self.check_no_agents()
        self.check_a_write("redis-master-0", "redis-slave-1")


START = """
    set -- /conf/cache.conf --requirepass "$PASS" --masterauth "$PASS"
    [ "$POD" = cache-0 ] || set -- "$@" --replicaof cache-0.cache-pods 7000
    exec redis-server "$@"
"""


def other_style():
    """One StatefulSet whose pods share a claim; its own port, start script and included file."""
    field = {"fieldRef": {"fieldPath": "metadata.name"}}
    secret = {"secretKeyRef": {"name": "cache-login", "key": "pass"}}
    container = {
        "name": "server", "image": "docker.io/library/redis:7.0.15",
        "imagePullPolicy": "IfNotPresent", "command": ["sh", "-ec", START],
        "env": [{"name": "POD", "valueFrom": field}, {"name": "PASS", "valueFrom": secret}],
        "ports": [{"name": "cache", "containerPort": 7000}],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [
            {"name": "storage", "mountPath": "/var/lib/redis", "subPathExpr": "$(POD)"},
            {"name": "config", "mountPath": "/conf"},
        ],
    }
    pod = {
        "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "runAsGroup": 1000,
                            "fsGroup": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
        "volumes": [
            {"name": "storage", "persistentVolumeClaim": {"claimName": "cache"}},
            {"name": "config", "configMap": {"name": "cache"}},
        ],
    }
    labels = {"tier": "cache"}
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return [
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "cache"},
         "spec": claim},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cache"}, "data": {
            "cache.conf": "port 7000\ndir /var/lib/redis\ninclude /conf/more.conf\n",
            "more.conf": "hz 20\nsave 60 1\nrepl-diskless-sync-delay 0\n"}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cache-pods"}, "spec": {
            "clusterIP": "None", "publishNotReadyAddresses": True, "selector": labels,
            "ports": [{"name": "cache", "port": 7000}]}},
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "cache"}, "spec": {
            "replicas": 3, "serviceName": "cache-pods", "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod}}},
    ]


SETTINGS = {
    "primary": "cache-0.cache-pods", "redis-port": "7000", "redis-version": "7.0",
    "server": "redis-server", "redis-conf": "/conf/cache.conf", "conf-volume": "config",
    "conf-folder": "/conf", "data-volume": "storage", "data-folder": "/var/lib/redis",
    "data-sub-path": "$(POD_NAME)", "secret": "cache-login", "secret-key": "pass",
    "password-file": "/etc/redis-agent-secret/password",
}


class OtherStyle(ComponentTestCase):
    namespace = "redis-component"
    names = ("cache-0", "cache-1", "cache-2")
    server = "server"
    port = "7000"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pods.create()
        cls.pods.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cache-login"},
                        "stringData": {"pass": PASSWORD}})
        cls.pods.start_tools()
        settings = {"apiVersion": "v1", "kind": "ConfigMap", "data": SETTINGS,
                    "metadata": {"name": "redis-agent", "annotations": {
                        "config.kubernetes.io/local-config": "true"}}}
        (cls.root / "mine").mkdir()
        (cls.root / "mine/objects.json").write_text(
            "\n---\n".join(json.dumps(each) for each in other_style()))
        (cls.root / "mine/settings.json").write_text(json.dumps(settings))
        cls.leave_agents_out()
        cls.pods.wait_ready(*cls.names)

    @classmethod
    def leave_agents_out(cls):
        cls.apply_kustomization("mine", {"resources": ["objects.json"]})

    @classmethod
    def put_agents_in(cls):
        cls.apply_kustomization("mine", {"resources": ["objects.json", "settings.json"],
                                         "components": [cls.component()]})

    def hz(self):
        return {self.redis_at(name, "config", "get", "hz").split()[-1] for name in self.names}

    def test_01_in(self):
        self.fill("cache-0")
        self.wait_for_keys()
        self.change("the agent in one StatefulSet of another style", self.put_agents_in)
        self.check_agents()
        self.assertEqual(self.hz(), {"20"}, "what the own redis.conf includes")

    def test_02_out_again(self):
        self.change("and out again", self.leave_agents_out)
        self.check_no_agents()
        self.assertEqual(self.hz(), {"20"})
        self.check_a_write("cache-0", "cache-2")


if __name__ == "__main__":
    main()
