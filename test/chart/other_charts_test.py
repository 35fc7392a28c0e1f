"""k8s/other-charts: what Helm would hand to the post-renderer comes out with the agent in it.

The charts are not here: the StatefulSets are of their shape, by the names in their templates.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from component_test import (KUBECTL, PROJECT, ComponentTestCase, by_identity,
                            kubernetes_validate, other_style, yaml)

OTHER = PROJECT / "k8s/other-charts"


def rendered(name, init, server, volumes, claim, secret):
    """A headless Service, a Secret, and a StatefulSet whose first pod is the primary."""
    labels = {"app.kubernetes.io/name": name}
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"{name}-headless"},
         "spec": {"clusterIP": "None", "selector": labels,
                  "ports": [{"name": "redis", "port": 6379, "targetPort": 6379}]}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret},
         "stringData": {"password": "a secret of the chart"}},
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name},
         "spec": {
             "serviceName": f"{name}-headless", "replicas": 3, "selector": {"matchLabels": labels},
             "template": {"metadata": {"labels": labels}, "spec": {
                 "securityContext": {"fsGroup": 999},
                 "initContainers": [init], "containers": [server], "volumes": volumes}},
             "volumeClaimTemplates": [{
                 "metadata": {"name": claim},
                 "spec": {"accessModes": ["ReadWriteOnce"],
                          "resources": {"requests": {"storage": "8Gi"}}}}]}},
    ]


def cloudpirates():
    conf = {"name": "redis-config", "mountPath": "/tmp"}
    shell = ["/bin/sh", "-c", "true"]
    return rendered(
        "redis",
        {"name": "redis-init", "image": "redis:8.8", "command": shell, "volumeMounts": [conf]},
        {"name": "redis", "image": "redis:8.8", "command": shell,
         "volumeMounts": [{"name": "data", "mountPath": "/data"}, conf]},
        [{"name": "redis-config", "emptyDir": {}}], "data", "redis")


def valkey():
    data = {"name": "valkey-data", "mountPath": "/data"}
    return rendered(
        "redis-valkey",
        {"name": "redis-valkey-init", "image": "valkey:9.0", "command": ["/scripts/init.sh"],
         "volumeMounts": [data]},
        {"name": "redis-valkey", "image": "valkey:9.0", "command": ["valkey-server"],
         "args": ["/data/conf/valkey.conf"], "volumeMounts": [data]},
        [], "valkey-data", "redis-valkey-auth")


class OtherCharts(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = pathlib.Path(place.name)
        for name in ("component", "other-charts"):
            shutil.copytree(PROJECT / "k8s" / name, self.root / name)
        (self.root / "kubectl").symlink_to(KUBECTL)

    def post_render(self, folder, objects):
        path = f"{self.root}:{os.environ['PATH']}"
        return subprocess.run([self.root / "other-charts/post-render", folder],
                              input=yaml.safe_dump_all(objects), env={**os.environ, "PATH": path},
                              capture_output=True, text=True, check=False)

    def render(self, folder, objects):
        ended = self.post_render(folder, objects)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        after = [e for e in yaml.safe_load_all(ended.stdout) if e]
        for entry in after:
            kubernetes_validate.validate(entry, "1.37", strict=True)
        self.assertEqual(set(by_identity(after)), set(by_identity(objects)))
        left = {path.name for path in (self.root / "other-charts").iterdir()}
        self.assertEqual(left, {path.name for path in OTHER.iterdir()})
        return by_identity(after)

    def check(self, after, name, server, claim):
        pod = after["StatefulSet", name]["spec"]["template"]["spec"]
        self.assertEqual([c["name"] for c in pod["initContainers"]],
                         [pod["initContainers"][0]["name"], "agent-init", "agent"])
        redis = pod["containers"][0]
        self.assertEqual(redis["command"] + redis["args"], [server, "/run/redis-agent/redis.conf"])
        volumes = {volume["name"] for volume in pod["volumes"]} | {claim}
        for container in pod["initContainers"] + pod["containers"]:
            for mount in container["volumeMounts"]:
                self.assertIn(mount["name"], volumes)
        env = {e["name"]: e.get("value") for e in pod["initContainers"][1]["env"]}
        self.assertEqual(env["REDIS_AGENT_PRIMARY"], f"{name}-0.{name}-headless")
        written = {m["mountPath"] for m in pod["initContainers"][0]["volumeMounts"]}
        read = {m["mountPath"] for m in pod["initContainers"][1]["volumeMounts"]}
        folders = {str(folder) for folder in pathlib.Path(env["REDIS_AGENT_USER_CONFIG"]).parents}
        self.assertTrue(folders & written & read, "agent-init sees what the chart's has written")
        return pod

    def test_cloudpirates_redis(self):
        after = self.render("cloudpirates-redis", cloudpirates())
        pod = self.check(after, "redis", "redis-server", "data")
        self.assertEqual(pod["securityContext"]["runAsUser"], 999)
        self.assertIs(after["Service", "redis-headless"]["spec"]["publishNotReadyAddresses"], True)

    def test_valkey(self):
        self.check(self.render("valkey", valkey()), "redis-valkey", "valkey-server", "valkey-data")

    def test_a_folder_that_is_not_there_is_an_error_that_names_those_that_are(self):
        ended = self.post_render("bitnami", [])
        self.assertEqual(ended.returncode, 2)
        self.assertIn("no chart 'bitnami'", ended.stderr)
        self.assertIn("cloudpirates-redis valkey", ended.stderr)


class Values(ComponentTestCase):
    """What is pasted into another chart's values is what the component makes."""

    def test_bitnami_redis(self):
        text = (PROJECT / "k8s/component/values/bitnami-redis.yaml").read_text()
        values = yaml.safe_load(text)
        self.assertEqual(values["master"], values["replica"])
        pod = values["master"]
        statefulset = other_style()
        spec = self.pod(self.kustomize([statefulset], {
            "primary": "redis-master-0.redis-headless", "redis-port": "6379",
            "redis-version": "7.0", "server": "redis-server", "conf-volume": "config",
            "redis-conf": "/opt/bitnami/redis/mounted-etc/redis.conf",
            "conf-folder": "/opt/bitnami/redis/mounted-etc", "data-volume": "redis-data",
            "data-folder": "/data", "data-sub-path": "", "secret": "redis",
            "secret-key": "redis-password",
            "password-file": "/etc/redis-agent-secret/password"}))
        made = spec["initContainers"][-2:]
        for container in made:
            for mount in container["volumeMounts"]:
                mount.pop("subPathExpr", None)
        # The one place where two StatefulSets of a file differ: each has a redis.conf of its own.
        env = pod["initContainers"][0]["env"]
        role = next(e for e in env if e["name"] == "COMPONENT")
        env.remove(role)
        own = next(e for e in env if e["name"] == "REDIS_AGENT_USER_CONFIG")
        self.assertEqual(own["value"], "/opt/bitnami/redis/mounted-etc/$(COMPONENT).conf")
        own["value"] = "/opt/bitnami/redis/mounted-etc/redis.conf"
        self.assertIn(own["value"], pod["configuration"])
        self.assertEqual(pod["initContainers"], made)
        server = spec["containers"][0]
        for ours, theirs in (("command", "command"), ("args", "args"),
                             ("customStartupProbe", "startupProbe"),
                             ("customLivenessProbe", "livenessProbe")):
            self.assertEqual(pod[ours], server[theirs])
        self.assertEqual(pod["lifecycleHooks"], {"preStop": server["lifecycle"]["preStop"]})
        self.assertEqual(pod["extraVolumeMounts"], [server["volumeMounts"][-1]])
        self.assertEqual(pod["extraVolumes"], spec["volumes"][-2:])
        self.assertEqual(pod["readinessProbe"], {"enabled": False})
        for rules in values["networkPolicy"].values():
            ports = {port["port"] for rule in rules for port in rule["ports"]}
            self.assertEqual(ports, {9121, 9122})


if __name__ == "__main__":
    unittest.main(verbosity=2)
