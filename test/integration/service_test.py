"""Headless Services that lack what the agent needs of one, at the first start of a cluster."""
import pod_test_case
from pod_test_case import PRIMARY_NAME
from safety_test_case import SafetyTestCase


class Service(SafetyTestCase):
    def tearDown(self):
        super().tearDown()
        self.world.dns.forget_service()

    def add_unlisted(self, name, **settings):
        pod = self.one_pod(name, **settings)
        self.world.dns.set_address(name)
        self.world.list_pods()
        return pod

    def tell(self, *pods):
        """What Kubernetes does when they are ready."""
        for pod in pods:
            self.world.dns.set_address(pod.name, pod.pod.address, pod.pod.address6)
        self.world.list_pods(*(pod.name for pod in pods))


class WithoutNotReadyAddresses(Service):
    """No pod is in DNS until it is ready, and none is ready until the primary opens."""

    def check_first_install(self):
        primary = self.add_unlisted(PRIMARY_NAME, PEER_WAIT_EMPTY="4s").bring_up()
        replica = self.add_unlisted("redis-slave-0").bring_up()
        self.wait_for_gate(primary, "publishNotReadyAddresses", within=3)
        primary.wait_for_reason("primary_serving", within=8)
        self.tell(primary)
        replica.wait_for_reason("replica_in_sync")
        self.tell(primary, replica)
        primary.fill(100, replicas=1)

    def test_the_name_of_the_service_does_not_exist(self):
        self.check_first_install()

    def test_the_name_of_the_service_has_no_record(self):
        self.world.dns.set_service()
        self.check_first_install()


class WithoutPorts(Service):
    """Its name has the pods' addresses; without ports there are no SRV records that name them."""

    def test_the_missing_field_is_named(self):
        primary = self.add_unlisted(PRIMARY_NAME)
        replica = self.add_unlisted("redis-slave-0")
        for pod in self.pods:
            self.world.dns.set_address(pod.name, pod.pod.address, pod.pod.address6)
        self.world.dns.set_service(primary.pod.address, replica.pod.address)
        for pod in self.pods:
            pod.bring_up()
        explanation = self.wait_for_gate(primary, "ports")
        self.assertNotIn("publishNotReadyAddresses", explanation)
        self.tell(primary, replica)
        primary.wait_for_reason("primary_serving")
        replica.wait_for_reason("replica_in_sync")
        primary.fill(100, replicas=1)

    def test_it_had_ports_when_the_cluster_began(self):
        """Who remembers the pods' names asks them, whatever the Service lacks by now."""
        primary, replica = self.start(1, PEER_WAIT_EMPTY="30s")
        primary.fill(1000, replicas=1)
        self.wait_for_memory(primary, has_keys=True)
        self.world.dns.set_service(primary.pod.address, replica.pod.address)
        self.world.list_pods()
        self.kill(primary)
        self.empty(primary, but=("redis-agent.json",))
        self.recreate(primary)
        self.wait_for_all(1000, within=15)


if __name__ == "__main__":
    pod_test_case.main()
