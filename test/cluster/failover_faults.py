"""What a node, the API server and a pod that nobody knows of do to a primary that moves."""

import time
import unittest

from cluster_test_case import the_cluster
from failover_case import LOST_MAX, PODS, FailoverTestCase

AWAY = {True: 120, False: 25}  # seconds; where there are several nodes, or one


class Faults(FailoverTestCase):
    """Parts of the tests of the chart; they go on where the last one ended."""

    def has_several_nodes(self):
        return len(self.cluster.nodes()) > 1

    def test_12_a_pod_that_is_deleted_by_force_and_still_runs(self):
        """Its kubelet does not know. Its clients stay connected to it until it is fenced."""
        old, term = self.holder(), self.term()
        which = ""
        if self.has_several_nodes():
            which = "--hostname-override=" + self.pods.pod(old)["spec"]["nodeName"]
        self.start_load()
        if not self.cluster.signal_program("kubelet", "STOP", which):
            self.skipTest("nothing runs a command on this cluster's node: CLUSTER_NODE may name it")
        begin = time.monotonic()
        try:
            self.pods.kubectl("delete", "pod", old, "--force", "--grace-period=0")
            new = self.wait_for_primary(term)
            seconds = time.monotonic() - begin
        finally:
            self.cluster.signal_program("kubelet", "CONT", which)
        self.wait_for_writes(100)
        self.assertNotEqual(new, old)
        self.wait_for_all()
        self.assertEqual(self.holder(), new)
        self.end_load(f"{old} ran on after it was deleted, {new} took over after {seconds:.1f} s")

    def test_13_the_api_server_is_away(self):
        """Stopped, so that it answers nobody. Nothing moves, before or after."""
        before = (self.holder(), self.term())
        self.start_load()
        seconds = AWAY[self.has_several_nodes()]
        if not self.cluster.signal_program("kube-apiserver", "STOP"):
            self.skipTest("nothing runs a command on this cluster's node: CLUSTER_NODE may name it")
        try:
            time.sleep(seconds)  # the fault itself
        finally:
            self.cluster.signal_program("kube-apiserver", "CONT")
        self.wait_for_writes(300)
        self.wait_for_all()
        self.assertEqual((self.holder(), self.term()), before)
        self.end_load(f"without the API server for {seconds} s", gap=1.5)


class NodeLost(FailoverTestCase):
    """Needs three nodes (CLUSTER_NODES=3) that can be cut off and killed; clients use the first."""

    namespace = "failover-nodes"

    @classmethod
    def setUpClass(cls):
        cluster = the_cluster()
        cls.first, *cls.others = cluster.nodes()
        if len(cls.others) < 2 or not cluster.own:
            raise unittest.SkipTest("needs CLUSTER_NODES=3, and a TEST_CLUSTER that has them")
        cls.place_of_clients = {"nodeSelector": {"kubernetes.io/hostname": cls.first}}
        cluster.kubectl("cordon", *cls.others)
        try:
            super().setUpClass()
        finally:
            cluster.kubectl("uncordon", *cls.others)
        cls.install()
        cls.pods.wait_ready(*PODS, within=180)

    def lose_primarys_node(self, verb):
        """Another pod takes over; then the node is back, and with it the old primary's pod."""
        self.wait_for_all()
        while self.node_of(self.holder()) == self.first:
            self.move_primary()
        self.start_load()
        self.start_applications()
        self.wait_for_writes(300)
        old, term = self.holder(), self.term()
        node, begin = self.node_of(old), time.monotonic()
        self.cluster.do_to_node(verb, node)
        try:
            new = self.wait_for_primary(term)
            seconds = time.monotonic() - begin
            self.assertNotEqual(new, old)
            self.wait_for_writes(300)
        finally:
            self.cluster.do_to_node("join-node", node)
        self.end_load(f"{verb} {node} of {old}: {new} had lock and route after {seconds:.1f} s",
                      lost=LOST_MAX)
        # By default both libraries wait for a node that is gone as long as the kernel does.
        self.end_applications(lost=LOST_MAX, by_default=float("inf"))
        self.wait_for_all()
        self.assertEqual(self.holder(), new)

    def node_of(self, pod):
        return self.pods.pod(pod)["spec"]["nodeName"]

    def test_01_cut_off(self):
        self.lose_primarys_node("cut-node")

    def test_02_dead(self):
        self.lose_primarys_node("kill-node")
