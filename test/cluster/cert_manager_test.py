"""cert-manager itself, where test/cluster/cert-manager has built it: the way of k8s/README.md, word
for word, and what its renewals then do to who is connected and to who comes."""

import base64
import calendar
import json
import pathlib
import time
import unittest

import images
from cluster import wait_until
from cluster_test_case import PODS, main, the_cluster
from namespace import Namespace
from readme import commands, run_commands
from tls_case import MASTER, TlsTestCase

MANIFEST = pathlib.Path(__file__).with_name("cert-manager.yaml")
PROGRAM = images.IMAGES["cert-manager"][1]
AUTHORITY, OURS, CLIENTS = "redis-authority", "redis", "shop-redis"
OUR_SECRET = "redis-tls"
LOAD = "load"
# Of the README's chart: the image and a password that the tests have.
VALUES = "image.tag=7.0.15,auth.existingSecret=redis-secret,persistence.size=1Gi"


class CertManager(TlsTestCase):
    namespace = "redis"

    @classmethod
    def setUpClass(cls):
        if not PROGRAM.exists():
            raise unittest.SkipTest("cert-manager is not here: test/cluster/cert-manager builds it")
        if not the_cluster().own:
            raise unittest.SkipTest("a cluster that is not ours may have a cert-manager of its own")
        super().setUpClass()

    @classmethod
    def provide(cls):
        crds = ("apply", "--server-side", "-f", str(PROGRAM.with_name("crds.yaml")))
        cls.cluster.kubectl(*crds)
        cls.cluster.kubectl("wait", "--for=condition=Established", "crd", "--all")
        cls.cluster.kubectl("apply", "-f", str(MANIFEST))
        cls.addClassCleanup(cls.cluster.kubectl, "delete", "-f", str(MANIFEST))
        Namespace(cls.cluster, "cert-manager").wait_ready("cert-manager")

    def run_readme(self, name, change=lambda script: script):
        ended = run_commands(self.cluster, change(commands(name)))
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertNotIn("would violate PodSecurity", ended.stderr)

    def wait_issued(self, name):
        self.pods.kubectl("wait", "--for=condition=Ready", "certificate", name, "--timeout=60s")

    def files(self, secret):
        data = self.pods.get("secret", secret)["data"]
        return {name: base64.b64decode(content) for name, content in data.items()}

    def end_of(self, certificate):
        """In seconds since 1970, of what is issued."""
        end = self.pods.get("certificate", certificate)["status"]["notAfter"]
        return calendar.timegm(time.strptime(end, "%Y-%m-%dT%H:%M:%SZ"))

    def renew(self, certificate):
        """As cmctl does it: cert-manager's controllers find a condition, and do the rest."""
        before = self.end_of(certificate)
        condition = {
            "type": "Issuing",
            "status": "True",
            "reason": "ManuallyTriggered",
            "message": "Certificate re-issuance manually triggered",
        }
        change = [{"op": "add", "path": "/status/conditions/-", "value": condition}]
        self.pods.kubectl(
            "patch", "certificate", certificate, "--subresource=status", "--type=json",
            f"--patch={json.dumps(change)}",
        )
        wait_until(
            lambda: self.end_of(certificate) > before,
            f"{certificate} to be renewed",
            60,
            on_failure=lambda: self.pods.kubectl("describe", "certificate", certificate),
        )

    def bring_to_clients(self):
        """What the Secret of clients has now."""
        self.look_again(LOAD)
        shown = self.files(CLIENTS)["tls.crt"].decode()
        wait_until(
            lambda: self.pods.kubectl("exec", LOAD, "--", "cat", "/tls/tls.crt") == shown,
            "the client's certificate in its pod",
            150,
        )

    def come(self, pod):
        """What a client says that connects now."""
        command = "cd /tls && redis-cli -h %s.redis-headless --tls --cacert ca.crt --cert tls.crt" \
                  " --key tls.key ping 2>&1"
        return self.pods.kubectl(
            "exec", LOAD, "--", "sh", "-c", command % pod, check=False
        ).strip()

    def check_everyone_comes(self):
        self.assertEqual({pod: self.come(pod) for pod in PODS}, dict.fromkeys(PODS, "PONG"))

    def check_links(self, cut=False):
        """Up, or up again after a cut; no replica had to begin anew, and nobody restarted."""
        if cut:
            self.local(MASTER, "client", "kill", "type", "replica")
        for pod in PODS[1:]:
            wait_until(
                lambda pod=pod: "master_link_status:up" in self.local(pod, "info", "replication"),
                f"the link of {pod}",
                20,
                on_failure=lambda pod=pod: self.pods.describe(pod),
            )
        self.assertEqual(self.full_syncs(), self.syncs)
        for pod in PODS:
            self.assertEqual(self.pods.restarts(pod), {"redis": 0, "agent": 0})

    def test_01_pods_start_and_a_client_comes_by_the_words_of_the_readme(self):
        begin = time.monotonic()
        self.run_readme(
            "an issuer of cert-manager",
            lambda script: script.replace("--set tls.enabled", f"--set {VALUES} --set tls.enabled"),
        )
        self.pods.wait_ready(*PODS)
        self.saw(f"all ready after {time.monotonic() - begin:.0f} s")
        type(self).syncs = self.full_syncs()
        self.run_readme("a client's certificate")
        self.wait_issued(CLIENTS)
        self.local(MASTER, "set", "load:kept", "yes")
        for pod in PODS[1:]:
            wait_until(
                lambda pod=pod: self.local(pod, "get", "load:kept") == "yes", f"it on {pod}", 10
            )
        self.start_load(LOAD, secret=CLIENTS)
        self.pods.wait_ready(LOAD)
        self.wait_for_writes(300)
        self.check_everyone_comes()

    def test_02_a_renewal_for_the_pods_is_shown_at_once(self):
        self.renew_ours()

    def test_03_an_authority_that_keeps_its_key_is_renewed_unnoticed(self):
        before = self.files(AUTHORITY)
        self.renew(AUTHORITY)
        after = self.files(AUTHORITY)
        self.assertEqual(after["tls.key"], before["tls.key"])
        self.assertNotEqual(after["tls.crt"], before["tls.crt"])
        self.renew(CLIENTS)
        self.bring_to_clients()
        self.assertEqual(self.files(CLIENTS)["ca.crt"], after["tls.crt"])
        self.assertEqual(self.files(OUR_SECRET)["ca.crt"], before["tls.crt"])
        self.check_everyone_comes()
        self.renew_ours()

    def renew_ours(self):
        """The pods' own: all show it, links come up again with it, and no client is refused."""
        self.renew(OURS)
        begin = time.monotonic()
        self.look_again(*PODS)
        for pod in PODS:
            self.wait_until_shown(pod, self.end_of(OURS))
        self.saw(f"all show the new one after {time.monotonic() - begin:.0f} s")
        self.check_links(cut=True)
        self.check_everyone_comes()


if __name__ == "__main__":
    main()
