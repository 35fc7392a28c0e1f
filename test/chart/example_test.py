"""k8s/example without a cluster: objects that Kubernetes takes, and what they name is there.

Needs kubectl, and the packages that test/servers puts beside the servers.
"""

import json
import unittest

from component_test import PROJECT, kubernetes_validate, kustomize

EXAMPLE = PROJECT / "k8s/example"
# What the README makes by hand.
SECRETS = {"redis-secret": {"password"}, "github-secret": {"user", "password"}}
ENVIRONMENT = {
    "api-gateway": {"SERVICE_URL", "REDIS_HOST_MASTER", "REDIS_HOST_SLAVE", "REDIS_PORT",
                    "REDIS_PASSWORD"},
    "github-service": {"GITHUB_USER", "GITHUB_PASSWORD"},
    "repo-search-ui": set(),
}


class Example(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.entries = kustomize(EXAMPLE)

    def all_of(self, kind):
        return {e["metadata"]["name"]: e for e in self.entries if e["kind"] == kind}

    def test_every_object_is_one_that_kubernetes_takes(self):
        for entry in self.entries:
            kubernetes_validate.validate(entry, "1.37", strict=True)

    def test_what_a_container_gets_is_there_and_what_its_program_reads(self):
        sources = {name: set(entry["data"]) for name, entry in self.all_of("ConfigMap").items()}
        sources |= SECRETS
        for name, entry in self.all_of("Deployment").items():
            container, = entry["spec"]["template"]["spec"]["containers"]
            for variable in container.get("env", []):
                source, = variable["valueFrom"].values()
                self.assertIn(source["key"], sources[source["name"]])
            given = {variable["name"] for variable in container.get("env", [])}
            self.assertEqual(given, ENVIRONMENT[name])
            program = (EXAMPLE / name / "server.js").read_text(encoding="utf-8")
            self.assertEqual({v for v in given if f"process.env.{v}" in program}, given)
            self.assertIn(f"listen({container['ports'][0]['containerPort']}", program)
            self.assertIn(container["image"], (EXAMPLE / "build").read_text(encoding="utf-8"))

    def test_the_ingress_leads_to_services_and_these_to_pods(self):
        services, deployments = self.all_of("Service"), self.all_of("Deployment")
        paths = self.all_of("Ingress")["github-ingress"]["spec"]["rules"][0]["http"]["paths"]
        for path in paths:
            self.assertIn(path["backend"]["service"]["name"], services)
        for name, service in services.items():
            labels = deployments[name]["spec"]["template"]["metadata"]["labels"]
            self.assertEqual(service["spec"]["selector"], labels)

    def test_versions_of_packages_are_fixed_and_no_registry_is_named(self):
        folder = EXAMPLE / "api-gateway"
        wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
        text = (folder / "package-lock.json").read_text(encoding="utf-8")
        locked = json.loads(text)["packages"]
        for name, version in wanted.items():
            self.assertEqual(locked[f"node_modules/{name}"]["version"], version)
        self.assertNotIn("registry", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
