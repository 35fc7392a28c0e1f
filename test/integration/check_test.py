"""`redis-agent check`: what lacks is said in words and by the exit code, and nothing is changed."""
import os
import uuid

import pod_test_case
from pod_test_case import AGENT, PRIMARY_NAME, PodTestCase
from pods import CONFIG_PATH
from pods.api_pod import ApiPod

PASSWORD = b"a secret"


class Check(PodTestCase):
    def setUp(self):
        super().setUp()
        self.primary = self.redis_pod(PRIMARY_NAME, PASSWORD)
        self.pod = self.redis_pod("redis-slave-0", PASSWORD)
        self.addCleanup(self.world.list_pods)

    def check(self, *flags, pod=None, prefix=(), **variables):
        pod = pod or self.pod
        return pod.pod.run(*prefix, AGENT, "check", "--wait", "0", *flags,
                           variables={**pod.variables, **variables})

    def assert_says(self, done, code, *texts):
        said = done.stdout.decode() + done.stderr.decode()
        self.assertEqual(done.returncode, code, said)
        for text in texts:
            self.assertRegex(said, text)
        self.assertNotIn(PASSWORD.decode(), said)

    def files(self):
        return sorted(os.listdir(self.pod.pod.path("/data")))

    def test_all_is_there(self):
        done = self.check()
        self.assert_says(done, 0, "ok +init +redis-slave-0 is a replica of redis-master-0",
                         "ok +output", "ok +volume +/data takes", "lists 2 pods, this one too",
                         "ok +primary")
        self.assertNotIn("missing", done.stdout.decode())
        self.assertEqual(self.files(), [], "nothing is left on the volume")
        self.assertFalse(self.pod.pod.path(CONFIG_PATH).exists(), "init alone writes it")

    def test_a_pod_that_is_not_listed(self):
        self.world.list_pods(PRIMARY_NAME)
        self.assert_says(self.check(), 1, "lists 1 pod and not redis-slave-0",
                         "publishNotReadyAddresses: true")

    def test_dns_is_waited_for(self):
        self.world.list_pods(PRIMARY_NAME)
        asked = self.pod.pod.start(AGENT, "check", "--wait", "20s", variables=self.pod.variables)
        pod_test_case.eventually(lambda: self.world.dns.log().count("redis-headless") > 1,
                                 "the second question")
        self.world.list_pods(PRIMARY_NAME, "redis-slave-0")
        asked.wait_for_log("this one too")

    def test_a_service_without_ports(self):
        self.world.list_pods()
        self.world.dns.set_service(self.pod.pod.address)
        self.addCleanup(self.world.dns.forget_service)
        self.assert_says(self.check(), 1, "no SRV records: it needs ports")

    def test_a_primary_that_is_nowhere(self):
        self.assert_says(self.check("--primary", "redis-0.redis-headless"), 1,
                         "missing +primary +.*redis-0.redis-headless", "--primary")

    def test_a_volume_that_refuses_the_agents_user(self):
        data = self.pod.pod.path("/data")
        data.chmod(0o755)
        os.chown(self.pod.pod.path("/run/redis-agent"), 999, 999)
        os.chown(self.pod.pod.path("/run/secrets/redis-password"), 999, 999)
        as_999 = ("setpriv", "--reuid=999", "--regid=999", "--clear-groups")
        self.assert_says(self.check(prefix=as_999), 1, "missing +volume +--data-dir: .*denied",
                         "as user 999", "runAsUser")
        data.chmod(0o777)
        self.assert_says(self.check(prefix=as_999), 0, "ok +volume")

    def test_no_volume_at_all(self):
        self.assert_says(self.check("--data-dir", "/nowhere"), 1, "/nowhere is no folder here")

    def test_no_password_file(self):
        self.assert_says(self.check("--password-file", "/run/nowhere"), 1, "missing +init",
                         "/run/nowhere")

    def test_a_redis_conf_that_no_pod_can_live_with_and_one_to_be_warned_of(self):
        path = self.pod.pod.path("/run/own.conf")
        path.write_text("maxclients 20\n")
        done = self.check("--user-config", "/run/own.conf")
        self.assert_says(done, 0, "warning +init +/run/own.conf, line 1, maxclients 20")
        path.write_text("maxclients 20\ncluster-enabled yes\n")
        self.assert_says(self.check("--user-config", "/run/own.conf"), 2,
                         "wrong +init +/run/own.conf, line 2, cluster-enabled yes")

    def test_every_complaint_about_settings_at_once(self):
        done = self.check("--redis-port", "0", "--max-lag", "soon")
        self.assert_says(done, 2, "--redis-port", "--max-lag")

    def test_beside_a_running_redis(self):
        self.world.list_pods(PRIMARY_NAME)
        self.primary.bring_up()
        self.primary.wait_for_reason("primary_serving")
        memory = self.primary.pod.path("/data/redis-agent.json").read_bytes()
        self.assert_says(self.check(pod=self.primary), 0, "has been written",
                         "and the memory of an agent", "this one too")
        self.assertEqual(self.primary.pod.path("/data/redis-agent.json").read_bytes(), memory)

    def test_the_rights_that_a_primary_which_moves_needs(self):
        api = ApiPod(self.world.add_pod("api", is_listed=False))
        folder = api.admit(self.pod.pod)
        lock = {"REDIS_AGENT_FAILOVER": "lease", "REDIS_AGENT_POD_UID": str(uuid.uuid4()),
                "REDIS_AGENT_API_SERVER": f"{api.pod.address}:{api.port}",
                "REDIS_AGENT_API_FOLDER": folder, "REDIS_AGENT_REDIS_VERSION": "7.0"}
        before = [api.object("Lease"), api.object("Service")]
        self.assert_says(self.check(**lock), 0, "ok +rights +the Lease redis can be read and wr",
                         "ok +rights +the Service redis-master can be moved")
        self.assertEqual([each["method"] for each in api.requests()],
                         ["GET", "PUT", "GET", "PATCH"])
        self.assertEqual([api.object("Lease"), api.object("Service")], before, "nothing is written")
        self.assert_says(self.check("--lease", "other", **lock), 1,
                         "missing +rights +the Lease other: .*forbidden")
        self.assert_says(self.check("--write-service", "other", **lock), 1,
                         "missing +rights +the Service other: .*forbidden")


if __name__ == "__main__":
    pod_test_case.main()
