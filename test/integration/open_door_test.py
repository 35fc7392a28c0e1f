"""Who gets in without a password although the agent has one, however it came: found out on real
servers of every age, told, and again fine when mended."""
import pod_test_case
from pod_test_case import PRIMARY_NAME
from pods import RespError
from refusals_test_case import RefusalsTestCase

PASSWORD = b"pass word"


class OpenDoor(RefusalsTestCase):
    def is_open(self, pod):
        try:
            with pod.redis(password=None) as redis:
                return redis("PING") == "PONG"
        except RespError:
            return False

    def check_door(self, pod, opening, closing):
        pod.command(*opening)
        self.assertTrue(self.is_open(pod))
        self.assert_not_ready(pod, "password_not_required", "takes commands without a password")
        self.assertRegex(pod.sidecar.log(),
                         "(?i)error.*redis takes commands without a password")
        with pod.redis(password=None) as redis:
            redis(*closing)
        pod.wait_for_reason("primary_serving")
        self.assertFalse(self.is_open(pod))

    def test_a_password_that_is_taken_away(self):
        self.on_every_server(self.check_requirepass)

    def check_requirepass(self, version, program):
        pod = self.one_primary(version, program, password=PASSWORD)
        self.check_door(pod, ("CONFIG", "SET", "requirepass", ""),
                        ("CONFIG", "SET", "requirepass", PASSWORD))

    def test_a_default_user_that_needs_none(self):
        self.on_every_server(self.check_nopass)

    def check_nopass(self, version, program):
        if version == "5.0":
            return  # has no ACL
        pod = self.one_primary(version, program, password=PASSWORD)
        self.check_door(pod, ("ACL", "SETUSER", "default", "nopass"),
                        ("ACL", "SETUSER", "default", "resetpass", b">" + PASSWORD))

    def test_an_acl_file_without_a_default_user(self):
        """The agent's own user has the password; everybody else needs none."""
        self.on_every_server(self.check_acl_file)

    def check_acl_file(self, version, program):
        if version == "5.0":
            return
        pod = self.redis_pod(PRIMARY_NAME, b"simple", {"USERNAME": "agent"})
        pod.init("--redis-version", version)
        users = pod.pod.path("/data/users.acl")
        agent = "user agent on >simple +@all ~*\n"
        users.write_text(agent, encoding="utf-8")
        pod.start_server("--aclfile", "/data/users.acl", program=program)
        pod.start_sidecar()
        self.assert_not_ready(pod, "password_not_required")
        users.write_text(agent + "user default on >simple +@all ~*\n", encoding="utf-8")
        with pod.redis(password=None) as redis:
            redis("ACL", "LOAD")
        pod.wait_for_reason("primary_serving")
        users.write_text(agent, encoding="utf-8")
        pod.command("ACL", "LOAD")
        self.assert_not_ready(pod, "password_not_required")

    def test_a_stranger_who_may_ping_alone_is_no_open_door(self):
        pod = self.one_primary("7.0", "redis-server", password=PASSWORD)
        pod.command("ACL", "SETUSER", "admin", "on", ">other", "+@all", "~*")
        pod.sidecar.stop()
        pod.command("ACL", "SETUSER", "default", "nopass", "-@all", "+ping")
        pod.password = b"other"
        pod.pod.path("/run/secrets/redis-password").write_bytes(b"other")
        pod.start_sidecar(variables={"REDIS_AGENT_USERNAME": "admin"})
        pod.wait_for_reason("primary_serving")
        self.assertTrue(self.is_open(pod))
        self.wait_for_polls(pod, 12)  # longer than between two looks
        self.assertTrue(pod.status()["ready"])

    def test_where_no_password_is_wanted_nobody_looks(self):
        pod = self.one_primary("7.0", "redis-server")
        self.wait_for_polls(pod, 12)
        self.assertTrue(pod.status()["ready"])
        self.assertNotIn("dbsize", str(pod.redis().info("commandstats")))


if __name__ == "__main__":
    pod_test_case.main()
