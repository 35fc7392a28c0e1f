"""What the chart renders where the primary moves: the rights, the token, the route, the lock."""

import re
import unittest

from chart_test import CHART, HELM, ChartTestCase, container, helm, objects, pod_specs, render
from chart_test import PROJECT, variables
import renderings

VARIANTS = [PROJECT / "test/chart/variants" / name
            for name in ("failover.yaml", "failover-single.yaml")]
ON = ("--set", "failover.enabled=true", "--skip-tests")
# What the chart sets itself, beside the values.
OWN = {"lease", "write-service", "failover"}


def find(entries, kind, name=None):
    return next(entry for entry in entries
                if entry["kind"] == kind and name in (None, entry["metadata"]["name"]))


def agents_own_defaults():
    """{flag: default} out of the agent's table of settings."""
    source = (PROJECT / "agent/core/configuration/settings_table.cpp").read_text()
    return dict(re.findall(r'setting\{"([-a-z]+)", "[^"]*", "([^"]*)",', source))


@unittest.skipUnless(HELM, "helm is not here")
class Off(ChartTestCase):
    def test_renders_what_it_always_has(self):
        for arguments in ((), ("--set", "failover.enabled=false")):
            found = renderings.objects(*arguments)
            kept = renderings.KEPT.read_text().splitlines()
            now = renderings.digests(found).splitlines()
            for line in now:
                name = " ".join(line.split(" ")[:-1])
                self.assertIn(line, kept, f"changed; now it is\n{found[name]}")
            self.assertEqual(kept, now, "renew it: python3 test/chart/renderings.py")

    def test_has_no_token_and_no_rights(self):
        kinds = {entry["kind"] for entry in objects(render())}
        self.assertFalse(kinds & {"Lease", "Role", "RoleBinding", "ServiceAccount"})


    def test_leaves_the_lock_to_pods_that_still_go_by_it(self):
        text = render("--skip-tests", "--set", "failover.objects=true")
        kinds = {entry["kind"] for entry in objects(text)}
        self.assertLessEqual({"Lease", "Role", "RoleBinding", "ServiceAccount"}, kinds)
        for _, spec in pod_specs(objects(text)):
            self.assertNotIn("REDIS_AGENT_FAILOVER", variables(spec, "agent"))


@unittest.skipUnless(HELM, "helm is not here")
class On(ChartTestCase):
    def test_every_variant_is_valid(self):
        for variant in VARIANTS:
            with self.subTest(variant.name):
                self.check(render("-f", variant))

    def test_the_lock_and_the_route_are_left_to_the_agents(self):
        for topology in ("split", "single"):
            entries = objects(render(*ON, "--set", f"topology={topology}"))
            lease = find(entries, "Lease", "redis")
            self.assertEqual(set(lease), {"apiVersion", "kind", "metadata"})
            self.assertEqual(set(lease["metadata"]), {"name", "namespace", "labels"})
            self.assertNotIn("selector", find(entries, "Service", "redis-master")["spec"])

    def test_the_rights_are_these_alone(self):
        entries = objects(render(*ON, "--set", "name=sessions"))
        role = find(entries, "Role")
        self.assertEqual(role["rules"], [
            {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
             "resourceNames": ["sessions"], "verbs": ["get", "update", "watch"]},
            {"apiGroups": [""], "resources": ["services"],
             "resourceNames": ["sessions-master"], "verbs": ["get", "patch"]},
        ])
        binding = find(entries, "RoleBinding")
        self.assertEqual(binding["roleRef"]["name"], role["metadata"]["name"])
        account = find(entries, "ServiceAccount")
        self.assertIs(account["automountServiceAccountToken"], False)
        self.assertEqual(binding["subjects"], [
            {"kind": "ServiceAccount", "name": account["metadata"]["name"], "namespace": "redis"}
        ])
        for _, spec in pod_specs(entries):
            self.assertEqual(spec["serviceAccountName"], account["metadata"]["name"])

    def test_a_service_account_of_the_users_gets_the_rights(self):
        entries = objects(render("-f", VARIANTS[1], "--skip-tests"))
        self.assertNotIn("ServiceAccount", [entry["kind"] for entry in entries])
        self.assertEqual(find(entries, "RoleBinding")["subjects"][0]["name"], "mine")
        self.assertEqual(next(pod_specs(entries))[1]["serviceAccountName"], "mine")

    def test_the_agent_alone_has_the_token(self):
        for sidecar in ("true", "false"):
            for name, spec in pod_specs(
                    objects(render(*ON, "--set", f"agent.nativeSidecar={sidecar}"))):
                mounting = [one["name"] for one in spec["initContainers"] + spec["containers"]
                            if "api-access" in [m["name"] for m in one["volumeMounts"]]]
                self.assertEqual(mounting, ["agent"], name)
                volume = next(v for v in spec["volumes"] if v["name"] == "api-access")
                sources = volume["projected"]["sources"]
                self.assertEqual(
                    sources[0], {"serviceAccountToken": {"path": "token",
                                                         "expirationSeconds": 3600}})
                self.assertEqual([next(iter(source)) for source in sources],
                                 ["serviceAccountToken", "configMap", "downwardAPI"])

    def test_the_agent_alone_may_write_beside_the_redis_conf(self):
        """Until when a holder may serve outlives its agent there."""
        _, spec = next(pod_specs(objects(render(*ON))))
        for which, is_read_only in (("agent", False), ("redis", True)):
            mount = next(m for m in container(spec, which)["volumeMounts"]
                         if m["mountPath"] == "/run/redis-agent")
            self.assertEqual(mount.get("readOnly", False), is_read_only, which)

    def test_a_pod_knows_its_uid(self):
        _, spec = next(pod_specs(objects(render(*ON))))
        uid = next(e for e in container(spec, "agent")["env"] if e["name"] == "POD_UID")
        self.assertEqual(uid["valueFrom"]["fieldRef"]["fieldPath"], "metadata.uid")

    def test_the_values_are_settings_of_the_agent_with_its_defaults(self):
        _, spec = next(pod_specs(objects(render(*ON))))
        _, plain = next(pod_specs(objects(render("--skip-tests"))))
        told = variables(spec, "agent")
        added = {name.removeprefix("REDIS_AGENT_").lower().replace("_", "-"): told[name]
                 for name in set(told) - set(variables(plain, "agent")) - {"POD_UID"}}
        known = agents_own_defaults()
        self.assertLessEqual(OWN, set(added))
        for flag, value in added.items():
            self.assertIn(flag, known)
            if flag not in OWN:
                self.assertEqual(value, known[flag], flag)
        self.assertEqual(
            [added[flag] for flag in ("failover", "lease", "write-service")],
            ["lease", "redis", "redis-master"])
        # init writes a parked replica, with min-replicas-to-write.
        for name in ("FAILOVER", "FAILOVER_MIN_REPLICAS"):
            self.assertEqual(variables(spec, "init")[f"REDIS_AGENT_{name}"],
                             told[f"REDIS_AGENT_{name}"])

    def test_values_and_settings_of_the_users_win(self):
        told = variables(next(pod_specs(objects(render("-f", VARIANTS[0]))))[1], "agent")
        self.assertEqual(
            {name: told[f"REDIS_AGENT_{name}"] for name in (
                "LEASE", "FAILOVER_PREFER", "FAILSAFE", "KEEP_LOST_MAX", "FAILOVER_MIN_REPLICAS")},
            {"LEASE": "redis-lock", "FAILOVER_PREFER": "data", "FAILSAFE": "off",
             "KEEP_LOST_MAX": "0", "FAILOVER_MIN_REPLICAS": "1"})
        _, spec = next(pod_specs(objects(render("-f", VARIANTS[1]))))
        given = [e for e in container(spec, "agent")["env"] if "RENEWAL" in e["name"]]
        self.assertEqual(given, [{"name": "REDIS_AGENT_LOCK_RENEWAL", "value": "1s"}])

    def test_a_drain_takes_one_pod_of_all(self):
        budgets = [e for e in objects(render(*ON)) if e["kind"] == "PodDisruptionBudget"]
        self.assertEqual([b["metadata"]["name"] for b in budgets], ["redis"])
        self.assertEqual(budgets[0]["spec"]["selector"]["matchLabels"], {"app": "redis"})
        self.assertEqual(budgets[0]["spec"]["maxUnavailable"], 1)

    def test_reads_go_to_all_pods_unless_a_role_by_name_is_wanted(self):
        for choice, mode, selector in (
            ("auto", "true", {"app": "redis"}),
            ("auto", "false", {"app": "redis", "role": "slave"}),
            ("true", "false", {"app": "redis"}),
            ("false", "true", {"app": "redis", "role": "slave"}),
        ):
            text = render("--set", f"failover.enabled={mode}",
                          "--set", f"services.replicaIncludesPrimary={choice}")
            service = find(objects(text), "Service", "redis-slave")
            self.assertEqual(service["spec"]["selector"], selector, (choice, mode))

    def test_the_backlog_is_large_unless_the_user_says_how_large(self):
        for config, lines in (
            ("", ["repl-backlog-size 64mb"]),
            ("Repl-Backlog-Size 1mb", ["Repl-Backlog-Size 1mb"]),
        ):
            data = find(objects(render(*ON, "--set", f"redis.config={config}")), "ConfigMap")
            for text in data["data"].values():
                found = [line for line in text.split("\n") if "backlog" in line.lower()]
                self.assertEqual(found, lines)

    def test_restricted_egress_leaves_the_way_to_the_api_server(self):
        policy = find(objects(render("-f", VARIANTS[0])), "NetworkPolicy")["spec"]
        self.assertEqual(policy["policyTypes"], ["Ingress", "Egress"])
        pods, dns, api = policy["egress"]
        self.assertEqual({entry["port"] for entry in pods["ports"]}, {6379, 9121, 9122})
        self.assertEqual(dns["ports"], [{"port": 53, "protocol": "UDP"},
                                        {"port": 53, "protocol": "TCP"}])
        self.assertEqual(api, {"to": [{"ipBlock": {"cidr": "192.0.2.1/32"}}],
                               "ports": [{"port": 6443}]})
        both = ("--set", "networkPolicy.enabled=true", "--set", "networkPolicy.egress=true")
        off = find(objects(render(*both)), "NetworkPolicy")["spec"]
        self.assertEqual(off["egress"], [pods, dns])

    def test_a_wrong_value_is_named(self):
        for wrong, word in (
            ("failover.prefer=both", "prefer"),
            ("failover.fence=6", "fence"),
            ("failover.maxLag=much", "maxLag"),
            ("failover.minReplicas=2", "minReplicas"),
            ("failover.leaseName=A", "leaseName"),
            ("agent.settings.failover=lease", "failover"),
            ("agent.settings.write-service=other", "write-service"),
            ("topology=single,services.replicaIncludesPrimary=false", "replicaIncludesPrimary"),
        ):
            ended = helm("template", "redis", CHART, "--kube-version", "1.37.0", "--set", wrong)
            self.assertNotEqual(ended.returncode, 0, wrong)
            self.assertIn(word, ended.stderr)

    def test_failover_yaml_is_what_the_chart_renders(self):
        rendered = render("-f", PROJECT / "k8s/failover-values.yaml", "--skip-tests")
        self.assertEqual((PROJECT / "k8s/failover.yaml").read_text(), rendered,
                         "render it again: k8s/README.md, For developers")


class PlainYaml(ChartTestCase):
    def test_failover_yaml_is_valid(self):
        self.check((PROJECT / "k8s/failover.yaml").read_text())


if __name__ == "__main__":
    unittest.main(verbosity=2)
