"""Pods of which the primary's agent does not hear what they have, though they are there: one that
refuses it, one whose name has another's address, one whose data its server has not loaded."""
import pod_test_case
from pods import RedisPod
from safety_test_case import AOF, SafetyTestCase


class Unheard(SafetyTestCase):
    def leave_behind(self, *pods):
        """These have 1,000 keys on their volumes and save no more."""
        self.pods[0].fill(1000, replicas=len(self.pods) - 1)
        for pod in pods:
            pod.command("SAVE")
            pod.command("CONFIG", "SET", "save", "")

    def write_more(self, replicas):
        self.pods[0].fill(2000, replicas=replicas)

    def test_one_that_does_not_let_the_agent_in_is_held_for(self):
        primary, replica = self.start(1, PEER_WAIT="1s")
        self.leave_behind(primary)
        self.write_more(1)
        replica.command("CONFIG", "SET", "requirepass", "another")
        replica.sidecar.kill()
        self.kill(primary)
        replica.start_sidecar()
        self.recreate(primary)
        self.wait_for_gate(primary, "holds (rule 7): redis-slave-0 is there", "NOAUTH")
        with replica.redis(password=b"another") as redis:
            redis("CONFIG", "SET", "requirepass", "")
        self.wait_for_all(2000)

    def test_one_that_is_busy_in_a_script_is_held_for(self):
        primary, replica = self.start(1, ("--lua-time-limit", "100"), PEER_WAIT="1s")
        self.leave_behind(primary)
        self.write_more(1)
        with replica.redis(timeout=60) as busy:
            busy.send("EVAL", "while true do end", "0")
            self.until(lambda: replica.status()["reason"] == "redis_busy", "the script to run")
            primary.server.kill()
            self.start_server(primary)
            self.wait_for_gate(primary, "holds (rule 7): redis-slave-0 is there", "BUSY")
            replica.command("SCRIPT", "KILL")
        self.wait_for_all(2000)

    def test_one_at_whose_name_another_answers_is_waited_for(self):
        primary, ahead, behind = self.start(2, PEER_WAIT="1h")
        self.leave_behind(primary, behind)
        self.kill(behind)
        self.write_more(1)
        self.kill(primary)
        self.world.dns.set_address(ahead.name, behind.pod.address, behind.pod.address6)
        self.recreate(behind, primary)
        self.wait_for_gate(primary, "waits (rule 7): redis-slave-0 did not answer")
        self.world.dns.set_address(ahead.name, ahead.pod.address, ahead.pod.address6)
        self.wait_for_all(2000)

    def test_an_rdb_beside_a_new_aof_is_nobodys_to_overwrite(self):
        primary, replica = self.start(1, ("--save", "3600 1"))
        self.leave_behind(replica)
        self.kill(primary, replica)
        self.empty(primary)
        file = replica.pod.path("/data/dump.rdb")
        before = file.read_bytes()
        self.recreate(primary, replica, arguments=AOF)
        primary.wait_for_reason("primary_serving", within=20)
        self.until(lambda: "dump.rdb holds" in replica.status()["explanation"], "it to be refused")
        self.stays(lambda: replica.command("ROLE")[1] == b"127.0.0.1", 2, "it follows")
        self.assertEqual(file.read_bytes(), before)
        self.kill(primary, replica)
        self.empty(replica, but=("dump.rdb", "redis-agent.json"))
        self.empty(primary)
        self.recreate(primary, replica)
        self.wait_for_all(1000)

    def test_a_failover_of_redis_itself_ends_in_the_primary_that_the_names_give(self):
        primary, replica, _ = self.start(2)
        primary.fill(1000, replicas=2)
        places = {replica.pod.address, replica.pod.address6}
        host, = (entry[0].decode() for entry in primary.command("ROLE")[2]
                 if entry[0].decode() in places)
        primary.command("FAILOVER", "TO", host, "6379")
        self.until(lambda: "redis says that it is a replica" in primary.sidecar.log(),
                   "the failover to be seen")
        self.wait_for_all(1000)
        self.until(lambda: self.takes_writes(primary), "the primary to take writes", 5)

    def start_a_stranger(self):
        stranger = RedisPod(self.world.add_pod("stranger-0", is_listed=False), "/none")
        stranger.pod.path("/run/redis-agent/redis.conf").write_text("protected-mode no\n")
        stranger.start_server("--repl-diskless-sync-delay", "0")
        stranger.wait_for_server()
        stranger.fill(5)
        return stranger

    def test_an_emptied_replica_is_told_by_another_that_a_stranger_is_none_of_theirs(self):
        # By its name Redis would copy whoever is there before its agent has looked.
        primary, replica, _ = self.start(2, REPLICAOF="placeholder")
        primary.fill(1000, replicas=2)
        stranger = self.start_a_stranger()
        self.kill(primary, replica)
        self.empty(replica)
        self.world.dns.set_address(primary.name, stranger.pod.address, stranger.pod.address6)
        self.recreate(replica)
        self.until(lambda: "not_yet_known" in replica.status()["explanation"], "it to be refused")
        self.stays(lambda: replica.command("DBSIZE") == 0, 4, "a stranger is followed")
        self.assertFalse(replica.is_ready())

    def test_a_replica_of_a_stranger_is_not_ready(self):
        primary, replica = self.start(1, ROPE="off")
        primary.fill(1000, replicas=1)
        stranger = self.start_a_stranger()
        self.kill(primary)
        for host in ("stranger-0.redis-headless", stranger.pod.address):
            with self.subTest(host=host):
                replica.command("REPLICAOF", host, "6379")
                self.until(lambda: replica.command("DBSIZE") == 5 and not replica.is_ready(),
                           "it to be the stranger's")
                replica.sidecar.kill()
                replica.start_sidecar()
                self.until(replica.status, "the agent to be back")
                self.stays(lambda: not replica.is_ready(), 1, "ready with a stranger's data")


if __name__ == "__main__":
    pod_test_case.main()
