"""The chart without a cluster: what it renders, against the schemas of Kubernetes and the operator.

Needs helm for all but k8s/redis.yaml, and the packages that test/servers puts beside the servers.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

PYTHON = pathlib.Path("/var/cache/redis-agent-test/kubernetes-schemas/bin/python3")
if PYTHON.exists() and pathlib.Path(sys.prefix) != PYTHON.parents[1]:
    os.execv(PYTHON, [str(PYTHON), *sys.argv])
# pylint: disable=wrong-import-position
try:
    import kubernetes_validate
    import yaml
    from cloudcoil.models.prometheus_operator import v1 as operator
except ImportError:
    print(
        "no schemas of Kubernetes here (test/servers fetches them): the chart is not tested"
    )
    sys.exit(77)
import values_table

PROJECT = values_table.PROJECT
CHART = PROJECT / "k8s/chart"
VARIANTS = sorted((PROJECT / "test/chart/variants").glob("*.yaml"))
ARTICLE = PROJECT / "k8s/article-values.yaml"
HELM = shutil.which("helm")


def helm(*arguments):
    return subprocess.run([HELM, *map(str, arguments)], capture_output=True, text=True, check=False)


def render(*arguments, version="1.37.0", namespace="redis"):
    ended = helm("template", "redis", CHART, "-n", namespace, "--kube-version", version, *arguments)
    if ended.returncode != 0:
        raise AssertionError(ended.stderr)
    return ended.stdout


def objects(text):
    return [entry for entry in yaml.safe_load_all(text) if entry]


def pod_specs(entries):
    for entry in entries:
        if entry["kind"] == "StatefulSet":
            yield entry["metadata"]["name"], entry["spec"]["template"]["spec"]
        elif entry["kind"] == "Pod":
            yield entry["metadata"]["name"], entry["spec"]


def container(spec, name):
    return next(c for c in spec.get("initContainers", []) + spec["containers"] if c["name"] == name)


def variables(spec, name):
    return {entry["name"]: entry.get("value") for entry in container(spec, name)["env"]}


class ChartTestCase(unittest.TestCase):
    def check(self, text):
        entries = objects(text)
        for entry in entries:
            if entry["kind"] in ("PodMonitor", "PrometheusRule"):
                # The model ignores what it does not know: what is left of it has to be all of it.
                kept = getattr(operator, entry["kind"]).model_validate(entry).model_dump(
                    by_alias=True, exclude_unset=True, mode="json"
                )
                self.assertEqual(kept["spec"], entry["spec"])
            elif entry["apiVersion"] == "cert-manager.io/v1":
                self.assertLessEqual({"server auth", "client auth"}, set(entry["spec"]["usages"]))
            else:
                kubernetes_validate.validate(entry, "1.37", strict=True)
        for name, spec in pod_specs(entries):
            self.check_is_restricted(name, spec)

    def check_is_restricted(self, name, spec):
        """Pod Security "restricted", and a read-only root for what is ours."""
        self.assertIs(spec["automountServiceAccountToken"], False, name)
        self.assertIs(spec["securityContext"]["runAsNonRoot"], True, name)
        self.assertEqual(spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", name)
        for container in spec.get("initContainers", []) + spec["containers"]:
            context = container["securityContext"]
            self.assertIs(context["allowPrivilegeEscalation"], False, container["name"])
            self.assertEqual(context["capabilities"]["drop"], ["ALL"], container["name"])
            if container["name"] in ("init", "agent", "redis"):
                self.assertIs(context["readOnlyRootFilesystem"], True, container["name"])
                self.assertNotIn("secretKeyRef", str(container.get("env")), container["name"])
                self.assertIn("requests", container["resources"], container["name"])


class PlainYaml(ChartTestCase):
    def test_redis_yaml_is_valid(self):
        text = (PROJECT / "k8s/redis.yaml").read_text()
        self.check(text)
        names = {(entry["kind"], entry["metadata"]["name"]) for entry in objects(text)}
        self.assertLessEqual(
            {
                ("Namespace", "redis"),
                ("Service", "redis-headless"),
                ("Service", "redis-master"),
                ("Service", "redis-slave"),
                ("ConfigMap", "redis"),
                ("StatefulSet", "redis-master"),
                ("StatefulSet", "redis-slave"),
            },
            names,
        )

    def test_only_the_headless_service_shows_pods_that_are_not_ready(self):
        for entry in objects((PROJECT / "k8s/redis.yaml").read_text()):
            if entry["kind"] == "Service":
                self.assertEqual(
                    entry["spec"].get("publishNotReadyAddresses", False),
                    entry["metadata"]["name"] == "redis-headless",
                )


@unittest.skipUnless(HELM, "helm is not here: k8s/redis.yaml alone is tested")
class Chart(ChartTestCase):
    def test_alerts_and_the_dashboard_are_those_of_the_files(self):
        text = render("--set", "prometheusRule.enabled=true", "--set", "dashboard.enabled=true")
        self.check(text)
        found = {entry["kind"]: entry for entry in objects(text)
                 if entry["metadata"]["name"] in ("redis", "redis-dashboard")}
        alerts = yaml.safe_load((CHART / "files/alerts.yaml").read_text(encoding="utf-8"))
        self.assertEqual(found["PrometheusRule"]["spec"], alerts)
        dashboard = found["ConfigMap"]
        self.assertEqual(dashboard["metadata"]["labels"]["grafana_dashboard"], "1")
        self.assertEqual(json.loads(dashboard["data"]["redis-agent.json"]),
                         json.loads((CHART / "files/dashboard.json").read_text(encoding="utf-8")))

    def test_lint(self):
        ended = helm("lint", "--strict", CHART)
        self.assertEqual(ended.returncode, 0, ended.stdout)

    def test_every_variant_is_valid(self):
        for variant in [CHART / "values.yaml", *VARIANTS]:
            with self.subTest(variant.name):
                self.check(render("-f", variant))

    def test_redis_yaml_is_what_the_chart_renders(self):
        rendered = render("-f", ARTICLE, "--skip-tests")
        self.assertEqual(
            (PROJECT / "k8s/redis.yaml").read_text(),
            rendered,
            "render it again: k8s/README.md, For developers",
        )

    def test_the_cluster_decides_whether_the_sidecar_is_native(self):
        for version, choice, is_native in (
            ("1.28.9", "auto", False),
            ("1.29.0", "auto", True),
            ("1.37.0", "false", False),
            ("1.21.0", "true", True),
        ):
            text = render("--set", f"agent.nativeSidecar={choice}", version=version)
            _, spec = next(pod_specs(objects(text)))
            native = [
                c["name"] for c in spec["initContainers"] if c.get("restartPolicy") == "Always"
            ]
            self.assertEqual(native, ["agent"] if is_native else [], (version, choice))
            self.assertEqual("agent" in [c["name"] for c in spec["containers"]], not is_native)

    def test_the_agent_is_told_the_version_that_the_tag_begins_with(self):
        for repository, tag, version in (
            ("redis", "8.0", "8.0"),
            ("redis", "7.2.4-alpine", "7.2.4"),
            ("redis", "7.0.15", "7.0.15"),
            ("redis", "6", "6"),
            ("redis", "8.0@sha256:0123", "8.0"),
            ("valkey/valkey", "8.1-alpine", "valkey-8.1"),
            ("registry.example:5000/a/valkey-bundle", "9.0", "valkey-9.0"),
            ("valkey/redis", "7.4", "7.4"),
            ("redis", "latest", None),
            ("redis", "alpine", None),
            ("redis", "20240131", None),
            ("redis", "7f3a9c0", None),
            ("redis", "1.4.2", None),
        ):
            image = ("--set", f"image.repository={repository}", "--set-string", f"image.tag={tag}")
            for name, spec in pod_specs(objects(render("--skip-tests", *image))):
                for which in ("init", "agent"):
                    told = variables(spec, which).get("REDIS_AGENT_REDIS_VERSION")
                    self.assertEqual(told, version, (repository, tag, name, which))

    def test_a_version_of_the_users_is_the_only_one(self):
        text = render("--set-string", "agent.settings.redis-version=7.2")
        _, spec = next(pod_specs(objects(text)))
        told = [e for e in container(spec, "init")["env"] if "VERSION" in e["name"]]
        self.assertEqual(told, [{"name": "REDIS_AGENT_REDIS_VERSION", "value": "7.2"}])

    def test_what_is_on_or_off_needs_no_quotes(self):
        for value, told in (('"off"', "off"), ("false", "off"), ("true", "on"), ('"on"', "on")):
            text = render("--set-json", f"agent.settings.rope={value}",
                          "--set-json", f"agent.settings.latency-percentiles={value}")
            _, spec = next(pod_specs(objects(text)))
            seen = variables(spec, "agent")
            self.assertEqual(seen["REDIS_AGENT_ROPE"], told)
            self.assertEqual(seen["REDIS_AGENT_LATENCY_PERCENTILES"], told)

    def test_redis_and_the_sidecar_write_to_the_same_volume_as_the_same_user(self):
        for variant in [CHART / "values.yaml", *VARIANTS]:
            for name, spec in pod_specs(objects(render("-f", variant, "--skip-tests"))):
                context = spec["securityContext"]
                self.assertEqual(context["fsGroup"], context["runAsUser"], name)
                mounts = {}
                for which in ("init", "agent", "redis"):
                    one = container(spec, which)
                    self.assertNotIn("runAsUser", one["securityContext"], (name, which))
                    mounts[which] = [m for m in one["volumeMounts"] if m["name"] == "redis-data"]
                self.assertEqual([m["readOnly"] for m in mounts["init"]], [True], name)
                self.assertEqual(mounts["agent"], [{"name": "redis-data", "mountPath": "/data"}])
                self.assertEqual(mounts["agent"], mounts["redis"], name)

    def test_init_sees_what_redis_includes_and_the_sidecar_what_init_warns_of(self):
        text = render("-f", PROJECT / "test/chart/variants/placed.yaml", "--skip-tests")
        for name, spec in pod_specs(objects(text)):
            init, agent, redis = (
                {m["name"]: m for m in container(spec, which)["volumeMounts"]}
                for which in ("init", "agent", "redis")
            )
            self.assertEqual(init["tls"], redis["tls"], name)
            self.assertEqual(set(redis) - set(init), set(), name)
            self.assertEqual(agent["redis-conf"], redis["redis-conf"], name)

    def test_on_the_way_to_tls_alone_no_pod_restarts(self):
        def rendered(mode, port=6379):
            entries = objects(render("--set", f"tls.enabled=true,tls.mode={mode},tls.port={port}",
                                     "--skip-tests"))
            said = next(e for e in entries if e["kind"] == "ConfigMap")["data"].get("tls-mode")
            return said, [entry for entry in entries if entry["kind"] == "StatefulSet"]

        said, sets = rendered("allow")
        self.assertEqual(said, "allow")
        self.assertEqual(rendered("both"), ("both", sets))
        self.assertEqual(rendered("only", 6380), ("only", sets))
        for name, spec in pod_specs(sets):
            for which in ("init", "agent"):
                told = variables(spec, which)
                self.assertEqual(told["REDIS_AGENT_TLS_FILE"], "/etc/redis/tls-mode", name)
                self.assertNotIn("REDIS_AGENT_TLS", told)
        said, sets = rendered("only")
        self.assertEqual(said, "both", "a pod that is made anew as it was still names it")
        for _, spec in pod_specs(sets):
            self.assertEqual(variables(spec, "agent")["REDIS_AGENT_TLS"], "only")

    def test_kubelet_and_prometheus_ask_by_https_where_the_pages_are_by_tls(self):
        def schemes(*arguments):
            entries = objects(
                render("--set", "podMonitor.enabled=true", "--skip-tests", *arguments))
            for name, spec in pod_specs(entries):
                for which in ("redis", "agent"):
                    one = container(spec, which)
                    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                        if probe in one:
                            yield one[probe]["httpGet"].get("scheme")
                    if "lifecycle" in one:
                        self.assertNotIn("scheme", one["lifecycle"]["preStop"]["httpGet"], name)
            monitor = next(entry for entry in entries if entry["kind"] == "PodMonitor")
            yield monitor["spec"]["podMetricsEndpoints"][0].get("scheme")

        self.assertEqual(set(schemes()), {None})
        self.assertEqual(set(schemes("--set", "web.existingSecret=mine")), {None})
        self.assertEqual(set(schemes("--set", "web.existingSecret=mine,web.tls=true")),
                         {"HTTPS", "https"})

    def test_the_agent_alone_has_the_files_of_its_pages(self):
        for name, spec in pod_specs(objects(render("--set", "web.existingSecret=mine"))):
            if "agent" not in [c["name"] for c in spec["containers"] + spec["initContainers"]]:
                continue  # helm test's
            agent = container(spec, "agent")
            self.assertIn("/etc/redis-web", [m["mountPath"] for m in agent["volumeMounts"]], name)
            self.assertNotIn("web", [m["name"] for m in container(spec, "redis")["volumeMounts"]])
            told = variables(spec, "agent")
            self.assertEqual(told["REDIS_AGENT_WEB_CONFIG_FILE"], "/etc/redis-web/web.yml")
            self.assertEqual(told["REDIS_AGENT_WEB_LOGIN_FILE"], "/etc/redis-web/login")

    def test_the_readme_s_three_users_have_their_passwords_in_files_of_the_agent(self):
        readme = values_table.README.read_text()
        block = readme.split("<!-- three users -->\n")[1].split("<!-- end of three users -->")[0]
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as values:
            values.write(textwrap.dedent(block))
            values.flush()
            for rotation in ("false", "true"):
                text = render("-f", values.name, "--set", f"auth.rotation.enabled={rotation}")
                self.check(text)
                for name, spec in pod_specs(objects(text)):
                    mounted = next(v for v in spec["volumes"] if v["name"] == "password")
                    source = mounted.get("secret") or mounted["projected"]["sources"][0]["secret"]
                    self.assertIn({"key": "password-peer", "path": "password-peer"},
                                  source["items"], name)
                    which = "check" if name.endswith("test") else "agent"
                    told = variables(spec, which)
                    self.assertEqual(told["REDIS_AGENT_USERNAME"], "agent")
                    self.assertEqual(told["REDIS_AGENT_PEER_USERNAME"], "peer")
                    self.assertEqual(told["REDIS_AGENT_PEER_PASSWORD_FILE"],
                                     "/etc/redis-secret/password-peer")

    def test_helm_test_checks_what_the_pods_need_with_the_settings_of_the_values(self):
        def pod(*arguments):
            entries = objects(render(*arguments))
            self.check(render(*arguments))
            spec = next(e["spec"] for e in entries if e["kind"] == "Pod")
            return spec, container(spec, "check"), variables(spec, "check")

        _, check, told = pod("--set", "redis.maxmemoryPercent=50", "--set-string",
                             "agent.settings.max-lag=3s")
        self.assertEqual(check["args"][0], "check")
        self.assertEqual(told["POD_NAME"], "redis-master-0")
        self.assertEqual(told["REDIS_AGENT_PRIMARY"], "redis-master-0.redis-headless")
        self.assertEqual(told["REDIS_AGENT_USER_CONFIG"], "/etc/redis/master.conf")
        self.assertEqual(told["REDIS_AGENT_REDIS_VERSION"], "8.0")
        self.assertEqual(told["REDIS_AGENT_MAX_LAG"], "3s")
        spec, check, told = pod("--set", "failover.enabled=true", "--set", "topology=single",
                                "--set", "auth.enabled=false")
        self.assertEqual(told["REDIS_AGENT_USER_CONFIG"], "/etc/redis/redis.conf")
        self.assertEqual(told["REDIS_AGENT_FAILOVER"], "lease")
        self.assertNotIn("REDIS_AGENT_PASSWORD_FILE", told)
        self.assertEqual(spec["serviceAccountName"], "redis")
        self.assertIn("api-access", [m["name"] for m in check["volumeMounts"]])

    def test_a_network_policy_lets_the_pods_reach_each_others_three_ports(self):
        text = render("--set", "networkPolicy.enabled=true")
        entries = objects(text)
        policy = next(entry for entry in entries if entry["kind"] == "NetworkPolicy")["spec"]
        ports = [{entry["port"] for entry in rule["ports"]} for rule in policy["ingress"]]
        self.assertEqual(ports, [{6379, 9121, 9122}, {6379}, {9121}])
        _, spec = next(pod_specs(entries))
        listening = {entry["name"]: entry["containerPort"] for entry in
                     container(spec, "agent")["ports"] + container(spec, "redis")["ports"]}
        self.assertEqual(
            listening, {"metrics": 9121, "anchor": 9122, "prestop": 9123, "redis": 6379}
        )

    def test_a_wrong_value_is_named(self):
        for wrong, word in (
            ("replicas=-1", "replicas"),
            ("topology=cluster", "topology"),
            ("image.tga=7", "tga"),
            ("agent.settings.password=secret", "password"),
            ("podManagementPolicy=Random", "podManagementPolicy"),
            ("web.tls=true", "existingSecret"),
            ("auth.peer.username=peer", "existingSecret"),
            ("agent.settings.peer-username=peer", "peer-username"),
            ("agent.settings.web-config-file=/web.yml", "web-config-file"),
        ):
            ended = helm("template", "redis", CHART, "--kube-version", "1.37.0", "--set", wrong)
            self.assertNotEqual(ended.returncode, 0, wrong)
            self.assertIn(word, ended.stderr)

    def test_a_save_line_of_the_users_replaces_the_defaults(self):
        for config, lines in (("", 3), ("appendonly yes", 3), ('save ""', 1), ("SAVE 60 1", 1)):
            text = render("--set-json", f"redis.config={json.dumps(config)}")
            data = next(entry for entry in objects(text) if entry["kind"] == "ConfigMap")["data"]
            saves = [
                line for line in data["master.conf"].split("\n") if line.lower().startswith("save")
            ]
            self.assertEqual(len(saves), lines, (config, data))

    def test_lines_for_all_and_for_one_role_do_not_run_together(self):
        text = render("--set", "redis.config=appendonly yes", "--set", "redis.primaryConfig=hz 20")
        data = next(entry for entry in objects(text) if entry["kind"] == "ConfigMap")["data"]
        self.assertEqual(data["master.conf"].split("\n")[-3:], ["appendonly yes", "hz 20", ""])
        self.assertNotIn("hz", data["slave.conf"])

    def test_no_password_is_rendered_for_a_secret_of_the_users(self):
        self.assertNotIn("kind: Secret", render("--set", "auth.existingSecret=mine"))
        self.assertIn("kind: Secret", render())


class Values(unittest.TestCase):
    def test_the_readme_has_every_value(self):
        readme = values_table.README.read_text()
        self.assertEqual(
            readme, values_table.with_table(readme), "renew it: python3 test/chart/values_table.py"
        )

    def test_comments_and_schema_know_the_same_values(self):
        text = (CHART / "values.yaml").read_text()
        commented = {name for name, _, _ in values_table.rows(text)}
        self.assertEqual(commented, values_table.schema_names())


if __name__ == "__main__":
    unittest.main(verbosity=2)
