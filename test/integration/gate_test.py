"""The primary's gate: what it opens for, what it waits for, and from whom it catches up."""
import ipaddress
import shutil
import time

import pod_test_case
from pod_test_case import PodTestCase, eventually
from pods import CONFIG_PATH, PARKING_PLACE, Pings, RespClient

GATES = {"bind": {"REDIS_VERSION": "7.0"}, "nowhere": {"GATE": "nowhere"}}


class GateTestCase(PodTestCase):
    def start(self, gate="bind", replicas=2, aof=False, **settings):
        self.arguments = ("--appendonly", "yes") if aof else ()
        pods = self.topology(replicas, settings={**GATES[gate], **settings},
                             arguments=self.arguments)
        self.pods = pods
        return pods

    def restart(self, pod):
        """Until the agent has seen it: what it said of the run before is no news of this one."""
        before = pod.metric("redis_agent_redis_restarts_total")
        pod.start_server("--repl-diskless-sync-delay", "0", *self.arguments)
        eventually(lambda: pod.metric("redis_agent_redis_restarts_total") > before,
                   f"the agent of {pod.name} to see the restart", 10, self.pods)

    def empty(self, pod):
        for path in pod.pod.path("/data").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def wait_for_all(self, keys, within=20):
        primary, *replicas = self.pods
        primary.wait_for_reason("primary_serving", within=within)
        for replica in replicas:
            replica.wait_for_reason("replica_in_sync", within=within)
        for pod in self.pods:
            eventually(lambda pod=pod: pod.command("DBSIZE") == keys or
                       self.fail(f"{pod.name} has {pod.command('DBSIZE')} keys"),
                       f"{pod.name} to have {keys} keys", 10, self.pods)


class CatchingUp(GateTestCase):
    def check_emptied(self, gate, aof):
        primary, *replicas = self.start(gate, aof=aof)
        primary.fill(1000, replicas=2)
        primary.server.kill()
        self.empty(primary)
        self.restart(primary)
        self.wait_for_all(1000)
        primary.fill(2000, replicas=2)

    def test_an_emptied_primary_gets_its_data_back(self):
        for gate in GATES:
            for aof in (False, True):
                with self.subTest(gate=gate, aof=aof):
                    self.check_emptied(gate, aof)
                    self.world.end_pods()


class TheFile(GateTestCase):
    def test_a_rewrite_of_the_open_primarys_redis_conf_is_warned_of(self):
        for gate in GATES:
            with self.subTest(gate=gate):
                primary, = self.start(gate, replicas=0)
                primary.wait_until_ready()
                self.assertEqual(primary.metric("redis_agent_gate_in_file"), 1)
                primary.command("CONFIG", "REWRITE")
                eventually(lambda: primary.metric("redis_agent_gate_in_file") == 0,
                           "the loss to be seen", 10, [primary])
                self.assertIn("lost its gate", " ".join(primary.status()["warnings"]))
                self.assertIn("the redis.conf has lost its gate", primary.sidecar.log())
                self.assertTrue(primary.is_ready(), "it is a warning")
                self.world.end_pods()


class RestartedCleanly(GateTestCase):
    """SIGTERM to the primary's pod, and the same volume: a rolling update's step."""

    FLAGS = ("--repl-diskless-sync-delay", "0")
    SLOWER_MAX = 1.0  # a round of polls and of the replicas' own attempts

    def plain(self):
        """The same pods as the usual manifests make them."""
        pods = [self.redis_pod(name) for name in
                ("redis-master-0", "redis-slave-0", "redis-slave-1")]
        for pod in pods:
            pod.init("--gate=direct")
            pod.start_server(*self.FLAGS)
        for pod in pods[1:]:
            self.wait_for_link(pod, pods)
        return pods

    def wait_for_link(self, replica, pods):
        def look():
            with replica.redis() as redis:
                return redis.info()["master_link_status"] == "up"
        eventually(look, f"{replica.name} to be linked", 20, pods)

    def seconds_to_restart(self, pods):
        """From SIGTERM until each replica is linked to the new server."""
        primary, *replicas = pods
        begin = time.monotonic()
        if primary.sidecar:
            primary.sidecar.send_signal(15)
        primary.server.stop()
        if primary.sidecar:
            primary.sidecar.stop()
        primary.init(*(() if primary.sidecar else ("--gate=direct",)))
        primary.start_server(*self.FLAGS)
        if primary.sidecar:
            primary.start_sidecar()
        eventually(lambda: self.count_linked(primary) == len(replicas), "all replicas to be linked",
                   30, pods)
        return time.monotonic() - begin

    def count_linked(self, primary):
        with primary.redis(timeout=1) as redis:
            info = redis.info()
        linked = [value for name, value in info.items() if name.startswith("slave")]
        return sum("state=online" in value for value in linked if isinstance(value, str))

    def check(self, pods):
        primary, *replicas = pods
        with primary.redis() as redis:
            stats = redis.info("stats")
        self.assertEqual(stats["sync_partial_ok"], str(len(replicas)))
        self.assertEqual(stats["sync_full"], "0")
        self.assertEqual([pod.command("DBSIZE") for pod in pods], [1000] * len(pods))

    def test_each_replica_goes_on_where_it_was_and_as_quickly_as_without_agents(self):
        pods = self.plain()
        pods[0].fill(1000, replicas=2)
        plain = self.seconds_to_restart(pods)
        self.check(pods)
        self.world.end_pods()
        pods = self.start("bind")
        pods[0].fill(1000, replicas=2)
        ours = self.seconds_to_restart(pods)
        self.check(pods)
        for pod in pods[1:]:
            with pod.redis() as redis:
                ipaddress.ip_address(redis.info()["master_host"])
            pod.wait_for_reason("replica_in_sync")
        self.assertLess(ours, plain + self.SLOWER_MAX)


class Names(GateTestCase):
    def test_dns_is_silent_while_links_break_and_no_server_stands_still(self):
        primary, *replicas = self.start("bind")
        primary.fill(1000, replicas=2)
        pings = Pings(self.world.dns.pod, [pod.pod.address for pod in replicas])
        self.world.dns.pause()
        for _ in range(3):
            primary.command("CLIENT", "KILL", "TYPE", "replica")
            time.sleep(0.7)
        primary.server.stop()
        time.sleep(2)
        primary.start_server("--repl-diskless-sync-delay", "0")
        time.sleep(1.5)
        for address, seconds in pings.end().items():
            self.assertLess(seconds, 0.050, f"a PING to {address}")
        self.world.dns.resume()
        self.wait_for_all(1000)

    def test_a_replica_without_any_name(self):
        pods = self.start("bind", replicas=1, REPLICAOF="placeholder")
        replica = pods[1]
        host, port = PARKING_PLACE
        config = replica.pod.path(CONFIG_PATH).read_text()
        self.assertIn(f"replicaof {host} {port}\n", config)
        self.assertNotIn("redis-master-0", config.split("\n", 2)[2])
        pods[0].fill(100, replicas=1)
        with replica.redis() as redis:
            ipaddress.ip_address(redis.info()["master_host"])


class Closed(GateTestCase):
    def test_is_not_ready_and_says_so(self):
        primary, *replicas = self.start("bind")
        primary.fill(1000, replicas=2)
        primary.command("SAVE")
        for replica in replicas:
            replica.server.pause()
        primary.server.kill()
        self.restart(primary)
        status = primary.wait_for_reason("gate_closed")
        self.assertIn("rule 7", status["explanation"])
        answer = primary.get("/readyz")
        self.assertEqual(answer.status, 503)
        self.assertIn("gate_closed", answer.text)
        with self.assertRaises(OSError):
            RespClient(primary.pod.address, timeout=1).close()
        for replica in replicas:
            replica.server.resume()
        self.wait_for_all(1000)
        self.assertEqual(primary.get("/readyz").status, 200)


class UnreadRdb(GateTestCase):
    """appendonly is switched on over an RDB, and no agent has been on that volume before."""

    AOF = ("--appendonly", "yes")

    def pass_over(self):
        primary = self.redis_pod("redis-master-0", settings=GATES["bind"]).bring_up()
        primary.wait_for_reason("primary_serving")
        primary.fill(1000)
        primary.command("SAVE")
        primary.server.kill()
        primary.sidecar.kill()
        primary.pod.path("/data/redis-agent.json").unlink()
        primary.start_server(*self.AOF)
        primary.start_sidecar()
        eventually(lambda: "dump.rdb" in primary.wait_for_reason("gate_closed")["explanation"],
                   "the RDB to be named", 10, [primary])
        explanation = primary.status()["explanation"]
        self.assertIn("holds (rule 7)", explanation)
        self.assertIn("dump.rdb on its volume holds at least 1000 keys, saved 20", explanation)
        self.assertEqual(primary.get("/readyz").status, 503)
        return primary

    def within(self, pod, *command):
        done = pod.pod.run(*command, variables=pod.variables)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode().strip()

    def test_a_person_accepts_the_loss(self):
        primary = self.pass_over()
        self.within(primary, primary.agent, "resolve", "--keep=mine", "--yes")
        primary.wait_for_reason("primary_serving")
        self.assertEqual(primary.command("DBSIZE"), 0)

    def test_a_person_does_what_is_advised(self):
        primary = self.pass_over()
        self.assertEqual(self.within(primary, "redis-cli", "CONFIG", "SET", "save", ""), "OK")
        primary.server.stop()
        primary.start_server()
        primary.wait_for_reason("primary_serving")
        self.assertEqual(primary.command("DBSIZE"), 1000)
        self.assertIn("the volume has been read rdb=\"at least 1000 keys", primary.sidecar.log())

    def test_a_broken_rdb_stops_nothing(self):
        primary = self.redis_pod("redis-master-0", settings=GATES["bind"])
        primary.pod.path("/data/dump.rdb").write_bytes(b"REDIS0011\xfa\x0a")
        primary.init()
        primary.start_server(*self.AOF)
        primary.start_sidecar()
        primary.wait_for_reason("primary_serving")
        self.assertIn("the RDB on the volume cannot be read", primary.sidecar.log())


class Healthy(GateTestCase):
    def test_writes_are_no_news(self):
        primary, *_ = self.start("bind")
        primary.fill(1000, replicas=2)
        time.sleep(1)
        before = [pod.sidecar.log() for pod in self.pods]
        begin = time.monotonic()
        with primary.redis() as redis:
            while time.monotonic() - begin < 3:
                redis("INCR", "counter")
        for pod, said in zip(self.pods, before):
            self.assertEqual(pod.sidecar.log()[len(said):], "", f"the log of {pod.name}")


class Direct(GateTestCase):
    """--gate=direct: the primary serves what it has, whatever that is, as without an agent."""

    def test_nothing_is_held_and_nothing_ordered(self):
        primary = self.redis_pod("redis-master-0", settings={"GATE": "direct",
                                                             "REDIS_VERSION": "7.0"})
        primary.init()
        config = primary.pod.path(CONFIG_PATH).read_text()
        self.assertIn("bind * -::*\n", config)
        self.assertNotIn("replicaof", config)
        primary.start_server("--repl-diskless-sync-delay", "0")
        primary.wait_for_server(2)
        replica = self.redis_pod("redis-slave-0", settings={"ROPE": "off"}).bring_up()
        primary.start_sidecar()
        replica.wait_for_reason("replica_in_sync", within=20)
        self.pods, self.arguments = [primary, replica], ()
        primary.fill(100, replicas=1)
        primary.server.kill()
        self.empty(primary)
        primary.start_server("--repl-diskless-sync-delay", "0")
        primary.wait_for_server(2)
        self.wait_for_all(0)
        with replica.redis() as redis:
            self.assertEqual(redis.info()["master_host"], "redis-master-0.redis-headless")
        for pod in self.pods:
            self.assertNotIn("gives an order", pod.sidecar.log())


if __name__ == "__main__":
    pod_test_case.main()
