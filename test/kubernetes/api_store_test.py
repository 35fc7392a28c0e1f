"""The API server for tests answers as a real one was seen to answer."""
import copy
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from pods.api_store import LEASES, SERVICES, ApiStore  # noqa: E402

LEASE = LEASES.format("default") + "/redis"
SERVICE = SERVICES.format("default") + "/redis-master"
TIME = "2026-11-26T09:00:00.000000Z"
POD_NAME = "statefulset.kubernetes.io/pod-name"


class Lease(unittest.TestCase):
    def setUp(self):
        self.store = ApiStore()

    def get(self):
        code, lease = self.store.answer("GET", LEASE, "", None)
        self.assertEqual(code, 200, lease)
        return lease

    def put(self, lease, path=LEASE):
        return self.store.answer("PUT", path, "application/json", lease)

    def expect(self, code, change, reason=None):
        wanted = self.get()
        change(wanted)
        before = self.store.object()
        seen, answer = self.put(wanted)
        self.assertEqual(seen, code, answer)
        if code != 200:
            self.assertEqual(answer["kind"], "Status")
            self.assertEqual(answer["reason"], reason or answer["reason"])
            self.assertEqual(self.store.object(), before, "a refusal has no effect")
        return answer

    def test_one_that_is_untouched_has_an_empty_spec(self):
        self.assertEqual(self.get()["spec"], {})

    def test_a_put_with_the_version_that_was_read(self):
        before = self.get()["metadata"]
        answer = self.expect(200, lambda it: it["spec"].update(renewTime=TIME, holderIdentity="a"))
        self.assertNotEqual(answer["metadata"]["resourceVersion"], before["resourceVersion"])
        self.assertEqual(answer["metadata"]["uid"], before["uid"])
        self.assertEqual(self.get(), answer)

    def test_an_old_version_is_a_conflict(self):
        old = self.get()
        self.expect(200, lambda it: it["spec"].update(renewTime=TIME))
        code, answer = self.put(old)
        self.assertEqual((code, answer["reason"]), (409, "Conflict"))

    def test_a_put_without_a_version_is_invalid(self):
        self.expect(422, lambda it: it["metadata"].pop("resourceVersion"), "Invalid")
        self.expect(422, lambda it: it["metadata"].update(resourceVersion="0"), "Invalid")

    def test_an_identical_object_keeps_its_version(self):
        self.expect(200, lambda it: it["spec"].update(renewTime=TIME))
        version = self.get()["metadata"]["resourceVersion"]
        answer = self.expect(200, lambda it: it["metadata"].update(managedFields=[{"a": 1}]))
        self.assertEqual(answer["metadata"]["resourceVersion"], version)

    def test_times_have_six_digits(self):
        for bad in ("2026-11-26T09:00:00Z", "2026-11-26T09:00:00.000Z", "2026-13-26T09:00:00."
                    "000000Z", "", 7, "2026-11-26T09:00:00.000000000Z"):
            self.expect(400, lambda it, bad=bad: it["spec"].update(renewTime=bad), "BadRequest")
            self.expect(400, lambda it, bad=bad: it["spec"].update(acquireTime=bad))

    def test_numbers_in_their_limits(self):
        self.expect(422, lambda it: it["spec"].update(leaseDurationSeconds=0))
        self.expect(422, lambda it: it["spec"].update(leaseTransitions=-1))
        self.expect(400, lambda it: it["spec"].update(leaseTransitions="1"))
        self.expect(400, lambda it: it["metadata"].update(annotations={"a": 1}))
        self.expect(200, lambda it: it["spec"].update(holderIdentity=""))

    def test_one_that_is_deleted(self):
        old = self.store.delete_object()
        self.assertEqual(self.store.answer("GET", LEASE, "", None)[0], 404)
        self.assertEqual(self.put(old)[0], 409)
        unversioned = copy.deepcopy(old)
        del unversioned["metadata"]["resourceVersion"]
        self.assertEqual(self.put(unversioned)[0], 403, "a right to create is needed")
        again = copy.deepcopy(old)
        del again["metadata"]["uid"]
        again = self.store.set_object(again)
        old["metadata"]["resourceVersion"] = again["metadata"]["resourceVersion"]
        self.assertEqual(self.put(old)[0], 409, "its uid is another")

    def test_nothing_else_is_granted(self):
        folder = LEASES.format("default")
        for method, path in (("GET", folder), ("POST", folder), ("GET", folder + "/other"),
                             ("PATCH", LEASE), ("DELETE", LEASE), ("PUT", SERVICE),
                             ("GET", LEASES.format("other") + "/redis"), ("GET", "/api/v1/pods")):
            code, answer = self.store.answer(method, path, "application/json", {})
            self.assertEqual((code, answer["reason"]), (403, "Forbidden"), (method, path))


class Service(unittest.TestCase):
    def setUp(self):
        self.store = ApiStore()

    def patch(self, patch, content_type="application/merge-patch+json"):
        return self.store.answer("PATCH", SERVICE, content_type, patch)

    def test_a_patch_merges(self):
        self.patch({"spec": {"selector": {"app": "redis", "tier": "a"}}})
        code, answer = self.patch({"metadata": {"annotations": {"a": "b"}},
                                   "spec": {"selector": {"app": None, POD_NAME: "redis-1"}}})
        self.assertEqual(code, 200, answer)
        self.assertEqual(answer["spec"]["selector"], {"tier": "a", POD_NAME: "redis-1"})
        self.assertEqual(answer["metadata"]["annotations"], {"a": "b"})
        self.assertEqual(answer["spec"]["clusterIP"], "10.96.0.7")

    def test_a_version_in_the_patch_is_compared(self):
        old = self.store.object("Service")["metadata"]["resourceVersion"]
        patch = {"metadata": {"resourceVersion": old}, "spec": {"selector": {POD_NAME: "redis-1"}}}
        self.assertEqual(self.patch(patch)[0], 200)
        self.assertEqual(self.patch(patch)[0], 409)

    def test_a_patch_that_changes_nothing_keeps_the_version(self):
        before = self.store.object("Service")
        code, answer = self.patch({"spec": {"type": "ClusterIP", "selector": None}})
        self.assertEqual((code, answer), (200, before))

    def test_a_patch_of_another_type(self):
        self.assertEqual(self.patch({}, "application/json")[0], 415)
        self.assertEqual(self.patch([])[0], 400)
        self.assertEqual(self.patch({"spec": {"selector": {"a": 1}}})[0], 400)


if __name__ == "__main__":
    unittest.main()
