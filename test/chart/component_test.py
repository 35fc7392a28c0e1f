"""k8s/component without a cluster: what `kubectl kustomize` puts into StatefulSets, and no more.

Needs kubectl, and the packages that test/servers puts beside the servers.
"""

import copy
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PYTHON = pathlib.Path("/var/cache/redis-agent-test/kubernetes-schemas/bin/python3")
if PYTHON.exists() and pathlib.Path(sys.prefix) != PYTHON.parents[1]:
    os.execv(PYTHON, [str(PYTHON), *sys.argv])
# pylint: disable=wrong-import-position
try:
    import kubernetes_validate
    import yaml
except ImportError:
    print("no schemas of Kubernetes here (test/servers fetches them): the component is not tested")
    sys.exit(77)

PROJECT = pathlib.Path(__file__).resolve().parents[2]
HELM = shutil.which("helm") or shutil.which("helm", path="/var/lib/test-cluster/bin")
KUBECTL = shutil.which("kubectl") or next(
    iter(sorted(map(str, pathlib.Path("/var/lib/test-cluster/bin").glob("*/kubectl")))), None
)
if not KUBECTL:
    print("no kubectl here: the component is not tested")
    sys.exit(77)

OWN = {"initContainers": ["agent-init", "agent"], "containers": ["agent"],
       "volumes": ["redis-agent", "redis-agent-password"]}
OTHER_SETTINGS = {
    "primary": "cache-0.cache-pods", "redis-port": "7000", "redis-version": "7.0",
    "server": "redis-server", "redis-conf": "/conf/cache.conf", "conf-volume": "config",
    "conf-folder": "/conf", "data-volume": "storage", "data-folder": "/var/lib/redis",
    "data-sub-path": "$(POD_NAME)", "secret": "cache-login", "secret-key": "pass",
    "password-file": "/etc/redis-agent-secret/password",
}


def kustomize(folder, succeeds=True):
    ended = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True,
                           check=False)
    if succeeds != (ended.returncode == 0):
        raise AssertionError(ended.stdout + ended.stderr)
    return [e for e in yaml.safe_load_all(ended.stdout) if e] if succeeds else ended.stderr


def identity(entry):
    return entry["kind"], entry["metadata"]["name"]


def by_identity(entries):
    return {identity(entry): entry for entry in entries}


def without_agent(statefulset):
    """What is left when all that the component puts in is taken out."""
    left = copy.deepcopy(statefulset)
    spec = left["spec"]["template"]["spec"]
    for kind, names in OWN.items():
        if kind in spec:
            spec[kind] = [e for e in spec[kind] if e["name"] not in names]
            if not spec[kind]:
                del spec[kind]
    server = spec["containers"][0]
    for name in ("command", "args", "startupProbe", "livenessProbe"):
        server.pop(name, None)
    server["volumeMounts"] = [m for m in server["volumeMounts"] if m["name"] != "redis-agent"]
    server.get("lifecycle", {}).pop("preStop", None)
    if not server.get("lifecycle"):
        server.pop("lifecycle", None)
    return left


def other_style():
    """One StatefulSet: names, a port and containers of its own."""
    mount = {"name": "storage", "mountPath": "/var/lib/redis", "subPathExpr": "$(POD_NAME)"}
    return {
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "cache"},
        "spec": {
            "serviceName": "cache-pods", "replicas": 3,
            "selector": {"matchLabels": {"tier": "cache"}},
            "template": {
                "metadata": {"labels": {"tier": "cache"}},
                "spec": {
                    "securityContext": {"runAsUser": 1000, "fsGroup": 1000},
                    "initContainers": [
                        {"name": "vault-agent-init", "image": "a"},
                        {"name": "copy-conf", "image": "b", "command": ["cp", "a", "b"]},
                    ],
                    "containers": [
                        {"name": "server", "image": "redis:7.0", "args": ["/conf/cache.conf"],
                         "ports": [{"name": "tcp", "containerPort": 7000}],
                         "lifecycle": {"postStart": {"exec": {"command": ["true"]}}},
                         "readinessProbe": {"exec": {"command": ["redis-cli", "ping"]}},
                         "volumeMounts": [mount, {"name": "config", "mountPath": "/conf"}]},
                        {"name": "datadog-agent", "image": "c"},
                    ],
                    "volumes": [
                        {"name": "config", "configMap": {"name": "cache"}},
                        {"name": "my-redis-agent-password", "emptyDir": {}},
                    ],
                },
            },
            "volumeClaimTemplates": [{
                "metadata": {"name": "storage"},
                "spec": {"accessModes": ["ReadWriteOnce"],
                         "resources": {"requests": {"storage": "1Gi"}}},
            }],
        },
    }


class ComponentTestCase(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = pathlib.Path(place.name)
        shutil.copytree(PROJECT / "k8s/component", self.root / "component")

    def kustomize(self, objects, settings=None, components=("../component",), succeeds=True):
        """The objects with the component over them."""
        folder = self.root / "mine"
        folder.mkdir(exist_ok=True)
        settings = {
            "apiVersion": "v1", "kind": "ConfigMap", "data": settings or OTHER_SETTINGS,
            "metadata": {"name": "redis-agent",
                         "annotations": {"config.kubernetes.io/local-config": "true"}},
        }
        (folder / "objects.yaml").write_text(yaml.safe_dump_all(objects))
        (folder / "settings.yaml").write_text(yaml.safe_dump(settings))
        (folder / "kustomization.yaml").write_text(json.dumps({
            "resources": ["objects.yaml", "settings.yaml"], "components": list(components)}))
        return kustomize(folder, succeeds)

    def pod(self, entries, name="cache"):
        return by_identity(entries)["StatefulSet", name]["spec"]["template"]["spec"]

    def check(self, entries):
        for entry in entries:
            kubernetes_validate.validate(entry, "1.37", strict=True)


class Article(ComponentTestCase):
    def setUp(self):
        super().setUp()
        text = (PROJECT / "k8s/article/redis.yaml").read_text()
        self.before = by_identity(e for e in yaml.safe_load_all(text) if e)
        self.after = by_identity(kustomize(PROJECT / "k8s/article"))

    def test_every_object_is_valid_and_none_is_new(self):
        self.check(self.after.values())
        self.assertEqual(set(self.before), set(self.after))

    def test_nothing_else_is_changed(self):
        for key, entry in self.before.items():
            found = copy.deepcopy(self.after[key])
            if key == ("Service", "redis-headless"):
                self.assertIs(found["spec"].pop("publishNotReadyAddresses"), True)
            if key == ("ConfigMap", "redis"):
                saves = "save 3600 1\nsave 300 100\nsave 60 10000"
                entry = {**entry, "data": {k: v + saves for k, v in entry["data"].items()}}
                found["data"] = {k: v.strip() for k, v in found["data"].items()}
            if key[0] == "StatefulSet":
                context = found["spec"]["template"]["spec"].pop("securityContext")
                self.assertEqual((context["runAsUser"], context["fsGroup"]), (999, 999))
                entry, found = without_agent(entry), without_agent(found)
            self.assertEqual(found, entry, key)

    def test_each_pod_has_its_own_redis_conf(self):
        for name in ("master", "slave"):
            spec = self.after["StatefulSet", f"redis-{name}"]["spec"]["template"]["spec"]
            init = spec["initContainers"][0]
            told = {e["name"]: e.get("value") for e in init["env"]}
            self.assertEqual(told["REDIS_AGENT_USER_CONFIG"], f"/etc/redis/{name}.conf")

    def test_a_pod_gets_what_the_charts_pods_have(self):
        text = (PROJECT / "k8s/redis.yaml").read_text()
        chart = self.pod([e for e in yaml.safe_load_all(text) if e], "redis-master")
        spec = self.pod(self.after.values(), "redis-master")
        for ours, theirs in zip(spec["initContainers"], chart["initContainers"]):
            for part in ("image", "args", "ports", "readinessProbe", "livenessProbe", "resources",
                         "securityContext", "restartPolicy"):
                self.assertEqual(ours.get(part), theirs.get(part), (ours["name"], part))
        for part in ("startupProbe", "livenessProbe", "lifecycle"):
            self.assertEqual(spec["containers"][0][part], chart["containers"][0][part], part)
        for part in ("runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup"):
            self.assertEqual(spec["securityContext"][part], chart["securityContext"][part], part)
        server = spec["containers"][0]
        self.assertEqual(server["command"] + server["args"], chart["containers"][0]["command"])


class AnyStatefulSet(ComponentTestCase):
    def test_another_style_is_valid_and_keeps_all_that_it_has(self):
        after = self.kustomize([other_style()])
        self.check(after)
        self.assertEqual([without_agent(e) for e in after], [without_agent(other_style())])

    def test_the_agents_come_after_what_is_there_already(self):
        spec = self.pod(self.kustomize([other_style()]))
        self.assertEqual([c["name"] for c in spec["initContainers"]],
                         ["vault-agent-init", "copy-conf", "agent-init", "agent"])
        self.assertEqual([c["name"] for c in spec["containers"]], ["server", "datadog-agent"])

    def test_names_and_places_are_those_of_the_settings(self):
        spec = self.pod(self.kustomize([other_style()]))
        *_, init, agent = spec["initContainers"]
        for container in (init, agent):
            told = {e["name"]: e.get("value") for e in container["env"]}
            self.assertEqual(told["REDIS_AGENT_PRIMARY"], "cache-0.cache-pods")
            self.assertEqual(told["REDIS_AGENT_REDIS_PORT"], "7000")
            self.assertEqual(told["REDIS_AGENT_REDIS_VERSION"], "7.0")
            self.assertEqual(told["REDIS_AGENT_DATA_DIR"], "/var/lib/redis")
            mounts = {m["name"]: m for m in container["volumeMounts"]}
            self.assertEqual(mounts["storage"]["mountPath"], "/var/lib/redis")
            self.assertEqual(mounts["storage"]["subPathExpr"], "$(POD_NAME)")
        self.assertEqual(told["REDIS_AGENT_PASSWORD_FILE"], "/etc/redis-agent-secret/password")
        self.assertIn({"name": "config", "mountPath": "/conf", "readOnly": True},
                      init["volumeMounts"])
        secret = next(v for v in spec["volumes"] if v["name"] == "redis-agent-password")["secret"]
        self.assertEqual((secret["secretName"], secret["items"][0]["key"]), ("cache-login", "pass"))

    def test_the_second_container_is_the_sidecar_but_for_how_it_runs(self):
        native = self.kustomize([other_style()])
        classic = self.kustomize([other_style()], components=["../component/second-container"])
        self.check(classic)
        spec = self.pod(classic)
        agent = spec["containers"][-1]
        hook = {"preStop": spec["containers"][0]["lifecycle"]["preStop"]}
        self.assertEqual(agent.pop("lifecycle"), hook)
        sidecar = self.pod(native)["initContainers"][-1]
        self.assertEqual(sidecar.pop("restartPolicy"), "Always")
        self.assertEqual(agent, sidecar)
        self.assertEqual([c["name"] for c in spec["initContainers"]][-1], "agent-init")

    def test_a_label_takes_one_out(self):
        out = other_style()
        out["metadata"] = {"name": "sessions", "labels": {"redis-agent": "off"}}
        for components in (["../component"], ["../component/second-container"],
                           ["../component", "../component/run-as-redis"]):
            after = self.kustomize([other_style(), out], components=components)
            self.assertEqual(by_identity(after)["StatefulSet", "sessions"], out)
            self.assertIn("agent", str(self.pod(after)))

    def test_pods_without_volumes_or_init_containers(self):
        bare = other_style()
        spec = bare["spec"]["template"]["spec"]
        del spec["initContainers"], spec["volumes"]
        spec["containers"][0].pop("lifecycle")
        after = self.kustomize([bare])
        self.assertEqual([without_agent(e) for e in after], [without_agent(bare)])

    def test_twice_is_once(self):
        once = self.kustomize([other_style()])
        self.assertEqual(self.kustomize(once), once)

    def test_out_again_is_what_was_there(self):
        self.assertEqual(self.kustomize([other_style()], components=()), [other_style()])

    def test_a_setting_that_lacks_is_named(self):
        for name in OTHER_SETTINGS:
            settings = {key: value for key, value in OTHER_SETTINGS.items() if key != name}
            self.assertIn(f"data.{name}", self.kustomize([other_style()], settings, succeeds=False))

    def test_the_settings_of_the_article_are_all_that_there_are(self):
        text = (PROJECT / "k8s/article/settings.yaml").read_text()
        self.assertEqual(set(yaml.safe_load(text)["data"]), set(OTHER_SETTINGS))


README = (PROJECT / "k8s/component/README.md").read_text(encoding="utf-8")


def block(name):
    """The YAML of the README behind that mark."""
    return README.split(f"<!-- {name} -->\n```yaml\n")[1].split("```")[0]


class Readme(ComponentTestCase):
    def setUp(self):
        super().setUp()
        shutil.copytree(self.root / "component", self.root / "k8s/component")
        self.mine = self.root / "mine"
        self.mine.mkdir()
        for file, name in (("redis", "before"), ("settings", "settings"),
                           ("kustomization", "kustomization")):
            (self.mine / f"{file}.yaml").write_text(block(name))

    def test_before_and_after_are_what_kustomize_makes_of_it(self):
        self.assertEqual(set(yaml.safe_load(block("settings"))["data"]), set(OTHER_SETTINGS))
        self.assertLessEqual(len(block("before").splitlines()), 42)
        after = kustomize(self.mine)
        self.check(after)
        self.assertEqual(after, [yaml.safe_load(block("after"))])

    def test_without_the_two_lines_it_is_as_before(self):
        lines = block("kustomization").splitlines()
        begin = lines.index("components:")
        del lines[begin:begin + 2]
        (self.mine / "kustomization.yaml").write_text("\n".join(lines))
        self.assertEqual(kustomize(self.mine), [yaml.safe_load(block("before"))])


@unittest.skipUnless(HELM, "no helm here: the library chart is not tested")
class Library(ComponentTestCase):
    """A chart of somebody's own, with the named templates, has what the component makes."""

    TEMPLATE = """
{{- $settings := .Values.redisAgent }}
initContainers:
  {{- include "redis-agent.initContainers" $settings | nindent 2 }}
containers:
  - name: server
    {{- include "redis-agent.redis" $settings | nindent 4 }}
    volumeMounts:
      {{- include "redis-agent.volumeMounts" $settings | nindent 6 }}
  {{- include "redis-agent.containers" $settings | nindent 2 }}
volumes:
  {{- include "redis-agent.volumes" $settings | nindent 2 }}
"""

    def render(self, **settings):
        chart = self.root / "chart"
        shutil.copytree(PROJECT / "k8s/library", chart / "charts/redis-agent", dirs_exist_ok=True)
        (chart / "templates").mkdir(exist_ok=True)
        (chart / "Chart.yaml").write_text("apiVersion: v2\nname: mine\nversion: 1.0.0\n")
        (chart / "templates/pod.yaml").write_text(self.TEMPLATE)
        (chart / "values.yaml").write_text(json.dumps({"redisAgent": settings}))
        ended = subprocess.run([HELM, "template", "mine", chart], capture_output=True, text=True,
                               check=False)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return yaml.safe_load(ended.stdout)

    def compare(self, component, **settings):
        pod = self.render(**OTHER_SETTINGS, **settings)
        spec = self.pod(self.kustomize([other_style()], components=[component]))
        by_name = {c["name"]: c for c in spec["initContainers"] + spec["containers"]}
        server = by_name["server"]
        for container in pod["initContainers"] + pod["containers"][1:]:
            self.assertEqual(container, by_name[container["name"]])
        for part in ("command", "args", "startupProbe", "livenessProbe"):
            self.assertEqual(pod["containers"][0][part], server[part])
        ours = pod["containers"][0]
        self.assertEqual(ours["lifecycle"]["preStop"], server["lifecycle"]["preStop"])
        self.assertIn(ours["volumeMounts"][0], server["volumeMounts"])
        own = [volume for volume in spec["volumes"] if volume["name"] in OWN["volumes"]]
        self.assertEqual(pod["volumes"], own)
        return pod

    def test_a_native_sidecar(self):
        pod = self.compare("../component")
        self.assertEqual([c["name"] for c in pod["initContainers"]], ["agent-init", "agent"])

    def test_a_second_container(self):
        pod = self.compare("../component/second-container", **{"native-sidecar": False})
        self.assertEqual([c["name"] for c in pod["containers"]], ["server", "agent"])

    def test_what_is_not_said_has_a_default(self):
        pod = self.render(primary="cache-0.cache", **{"password-file": ""})
        env = pod["initContainers"][0]["env"]
        told = {e["name"]: e.get("value") for e in env}
        self.assertEqual(told["REDIS_AGENT_PRIMARY"], "cache-0.cache")
        self.assertEqual(told["REDIS_AGENT_DATA_DIR"], "/data")
        self.assertEqual(told["REDIS_AGENT_PASSWORD_FILE"], "", "said to be none")


class Plain(unittest.TestCase):
    def test_kustomize_gives_what_redis_yaml_has(self):
        text = (PROJECT / "k8s/redis.yaml").read_text()
        self.assertEqual(by_identity(kustomize(PROJECT / "k8s")),
                         by_identity(e for e in yaml.safe_load_all(text) if e))


if __name__ == "__main__":
    unittest.main(verbosity=2)
