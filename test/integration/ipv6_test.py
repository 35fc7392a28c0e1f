"""Pods that have IPv6 alone, and pods with both families of which one leads nowhere: the whole way,
from the first start over catching up and a kill to a primary that moves."""
import ipaddress
import re
import time

import pod_test_case
from lock_test_case import LockTestCase
from pod_test_case import eventually
from safety_test_case import SafetyTestCase
from pods import CONFIG_PATH, http_get

_OF_THE_LINK = ipaddress.ip_network("fe80::/10")


def followed(pod):
    with pod.redis() as redis:
        return redis.info()["master_host"]


class Ipv6Only:
    """A mixin: no pod has an IPv4 address, and the loopback alone speaks it."""

    def setUp(self):
        super().setUp()
        self.world.is_ipv6_only = True
        self.addCleanup(setattr, self.world, "is_ipv6_only", False)

    def check_addresses(self, *pods):
        for pod in pods:
            self.assertEqual(pod.pod.run("ip", "-4", "-o", "address", "show", "dev", "eth0").stdout,
                             b"")
            addresses = [ipaddress.ip_address(text) for text in pod.status()["addresses"]]
            self.assertEqual(addresses, [ipaddress.ip_address(pod.pod.address)])
            self.assertFalse(any(address in _OF_THE_LINK for address in addresses))


class OnIpv6Alone(Ipv6Only, SafetyTestCase):
    def test_the_whole_way_of_a_cluster(self):
        primary, *replicas = self.start(replicas=2)
        self.check_addresses(primary, *replicas)
        for replica in replicas:
            self.assertEqual(followed(replica), primary.pod.address)
            self.assertEqual(replica.metric("redis_master_link_up", master_host=primary.pod.address,
                                            master_port="6379"), 1)
        primary.fill(100, replicas=2)
        self.wait_for_all(100)
        self.wait_for_memory(primary, has_keys=True)

        with self.subTest("probes, status and the page answer at the pod's address"):
            for path in ("/livez", "/readyz", "/redis/livez", "/primary", "/status", "/"):
                self.assertEqual(http_get(primary.pod.address, path).status, 200, path)
            shown = replicas[0].run_status("--color=never")
            self.assertEqual(shown.returncode, 0, shown.stderr)
            for pod in self.pods:
                self.assertIn(pod.name.encode(), shown.stdout)

        with self.subTest("a replica catches up"):
            self.kill(replicas[0])
            primary.fill(200, replicas=1)
            self.recreate(replicas[0])
            self.wait_for_all(200)

        with self.subTest("an emptied primary copies from a replica, which its anchor holds"):
            self.kill(primary)
            self.empty(primary)
            self.recreate(primary)
            self.wait_for_all(200, within=40)
            self.assertEqual(primary.status()["reason"], "primary_serving")

    def test_a_replica_is_known_by_its_address_however_it_is_written(self):
        primary, replica = self.start(replicas=1)
        long = ipaddress.ip_address(primary.pod.address).exploded
        self.assertNotEqual(long, primary.pod.address)
        with replica.redis() as redis:
            redis("REPLICAOF", long, 6379)
        replica.wait_for_reason("replica_in_sync")
        orders = replica.metric("redis_agent_orders_total")
        self.stays(lambda: followed(replica) == long, 2, "it is the same address")
        self.assertEqual(replica.metric("redis_agent_orders_total"), orders)

    def test_a_primary_that_is_given_as_an_address(self):
        primary, replica = (self.one_pod(name) for name in ("redis-master-0", "redis-slave-0"))
        long = ipaddress.ip_address(primary.pod.address).exploded.upper()
        replica.variables |= {"REDIS_AGENT_PRIMARY": f"[{long}]:6379"}
        self.recreate(primary, replica)
        replica.wait_for_reason("replica_in_sync", within=20)
        self.assertEqual(followed(replica), primary.pod.address)
        self.assertRegex(replica.pod.path(CONFIG_PATH).read_text(),
                         f"(?m)^(replicaof|slaveof) {re.escape(primary.pod.address)} 6379$")


class FailoverOnIpv6Alone(Ipv6Only, LockTestCase):
    def test_a_replica_takes_over_and_the_old_primary_follows(self):
        master, *replicas = self.start_locked()
        self.check_addresses(*self.pods)
        master.fill(100, replicas=2)
        self.kill(master)
        primary = self.wait_for_primary(replicas)
        lease = self.api.object("Lease")["metadata"]["annotations"]
        self.assertEqual(lease["redis-agent.io/address"], primary.pod.address)
        primary.command("SET", "new", "value")
        self.recreate(master)
        self.wait_for_roles(primary)
        self.assertEqual(master.command("GET", "new"), b"value")


class OneOfTwoFamilies(SafetyTestCase):
    """The primary's pod has both addresses in DNS, and is reached by one."""

    def start_with(self, closed):
        primary, replica = (self.one_pod(name) for name in ("redis-master-0", "redis-slave-0"))
        primary.pod.refuse(f"iifname eth0 meta nfproto {closed} tcp dport {{ 6379, 9121, 9122 }}")
        self.recreate(primary, replica)
        return primary, replica

    def check(self, primary, replica, address):
        replica.wait_for_reason("replica_in_sync", within=30)
        self.assertEqual(followed(replica), address)
        self.assertEqual(sorted(replica.status()["primary"]["addresses"]),
                         sorted(primary.pod.addresses))
        shown = replica.run_status("--color=never")
        self.assertNotIn(b"refused", shown.stdout + shown.stderr)

    def test_a_primary_that_listens_by_ipv4_alone(self):
        primary, replica = self.start_with("ipv6")
        primary.wait_for_reason("primary_serving", within=20)
        self.check(primary, replica, primary.pod.address)

    def test_a_primary_that_listens_by_ipv6_alone(self):
        primary, replica = self.start_with("ipv4")
        self.check(primary, replica, primary.pod.address6)

    def test_a_pod_with_two_addresses_is_one(self):
        primary, replica = self.start(replicas=1)
        primary.wait_for_reason("primary_serving")
        self.assertEqual(primary.metric("redis_agent_pods"), 2)
        for address in primary.pod.addresses:
            with replica.redis() as redis:
                redis("REPLICAOF", address, 6379)
            replica.wait_for_reason("replica_in_sync")
            eventually(lambda: primary.command("INFO", "replication").count(b"state=online") == 1,
                       "one replica", pods=self.pods)
            time.sleep(0.6)  # a poll of the primary's agent, at least
            self.assertEqual(primary.status()["reason"], "primary_serving")
            self.assertEqual(followed(replica), address)


if __name__ == "__main__":
    pod_test_case.main()
