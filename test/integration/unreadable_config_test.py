"""A primary's gate on real servers that do not let CONFIG be read: what can be opened opens, and
what cannot says so."""
import pod_test_case
from pod_test_case import PRIMARY_NAME
from refusals_test_case import RefusalsTestCase

RENAMED = ("--rename-command", "CONFIG", "a-secret-name")
LEAST = "-@all +ping +info +role +replicaof +client|setname +client|kill +multi +exec"


class UnreadableConfig(RefusalsTestCase):
    def bring_up(self, program, *arguments, gate, version="5.0", **settings):
        pod = self.redis_pod(PRIMARY_NAME, settings={"GATE": gate, **settings})
        pod.init("--redis-version", version)
        pod.start_server(*arguments, program=program)
        pod.start_sidecar()
        return pod

    def test_a_gate_of_the_old_form_opens_on_servers_of_every_age(self):
        """By the server's version the agent would take it for one by bind."""
        self.on_every_server(self.check_the_old_form)

    def check_the_old_form(self, _, program):
        pod = self.bring_up(program, *RENAMED, gate="auto")
        pod.wait_for_reason("primary_serving")
        self.assertEqual(pod.command("ROLE")[0], b"master")
        self.assertNotIn("an order is refused", pod.sidecar.log())
        self.assertEqual(pod.command("SET", "a", "write"), "OK")

    def test_a_gate_by_bind_stays_closed_and_says_so(self):
        pod = self.bring_up("redis-server", *RENAMED, gate="bind", version="7.0")
        status = pod.wait_for_reason("gate_closed")
        self.wait_for_polls(pod, 12)  # longer than between two looks
        self.assertFalse(pod.status()["ready"], status)

    def test_a_user_that_may_not_read_it_opens_the_gate_all_the_same(self):
        pod = self.redis_pod(PRIMARY_NAME, b"agents", {"USERNAME": "agent", "GATE": "auto"})
        pod.init("--redis-version", "6.0")
        user = " ".join(("user", "agent", "on", ">agents", LEAST))
        pod.pod.path("/data/users.acl").write_text(
            user + "\nuser default on >agents ~* &* +@all\n", encoding="utf-8")
        pod.start_server("--aclfile", "/data/users.acl")
        pod.start_sidecar()
        pod.wait_for_reason("primary_serving")
        self.assertEqual(pod.command("SET", "a", "write"), "OK")


if __name__ == "__main__":
    pod_test_case.main()
