"""The agent's client of the API server: what it brings, and what it calls what goes wrong."""
import json
import os
import pathlib
import socket
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from ask_kubernetes import LEASE, Client  # noqa: E402
from pods.api_certificates import make_certificates  # noqa: E402
from pods.api_server import ApiServer  # noqa: E402

POD_NAME = "statefulset.kubernetes.io/pod-name"
ABSENT = "/apis/coordination.k8s.io/v1/namespaces/default/leases/other"


class TestCase(unittest.TestCase):
    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)

    def server(self, **how):
        return self.enterContext(ApiServer(self.folder(), **how))

    def client(self, server, **how):
        return self.enterContext(Client(server, **how))

    def expect(self, answer, trouble, *texts):
        self.assertEqual(answer.trouble, trouble, answer)
        for text in texts:
            self.assertIn(text, answer.text)
        return answer


class Answers(TestCase):
    def setUp(self):
        self.api = self.server()
        self.ask = self.client(self.api)

    def test_the_object_over_one_connection(self):
        for _ in range(3):
            answer = self.expect(self.ask.get(), "")
            self.assertEqual(json.loads(answer.object), self.api.store.object())
        self.assertEqual(len({request.connection for request in self.api.requests()}), 1)

    def test_a_lock_is_taken_and_renewed(self):
        self.expect(self.ask("read"), "")
        self.expect(self.ask("hold redis-0/uid-1"), "")
        self.expect(self.ask("hold redis-0/uid-1"), "")
        lease = self.api.store.object()
        self.assertEqual(lease["spec"]["holderIdentity"], "redis-0/uid-1")
        self.assertEqual(lease["spec"]["leaseTransitions"], 1)
        self.assertEqual(lease["spec"]["leaseDurationSeconds"], 10)
        self.assertEqual(lease["metadata"]["annotations"]["redis-agent.io/members"],
                         '{"redis-1":300}')

    def test_what_others_have_put_into_the_lock_stays(self):
        lease = self.api.store.object()
        lease["metadata"].update(labels={"app": "redis"}, managedFields=[{"manager": "helm"}],
                                 annotations={"meta.helm.sh/release-name": "shop"})
        self.api.store.set_object(lease)
        self.ask("read")
        self.expect(self.ask("hold redis-0/uid-1"), "")
        metadata = self.api.store.object()["metadata"]
        self.assertEqual(metadata["labels"], {"app": "redis"})
        self.assertEqual(metadata["annotations"]["meta.helm.sh/release-name"], "shop")
        self.assertNotIn("managedFields", self.api.requests()[-1].body["metadata"])

    def test_who_was_slower_has_a_conflict(self):
        other = self.client(self.api, folder=self.api.add_client("redis-1"))
        for client in (self.ask, other):
            client("read")
        self.expect(other("hold redis-1/uid-2"), "")
        self.expect(self.ask("hold redis-0/uid-1"), "conflict", "answered 409 Conflict: ",
                    f"PUT https://127.0.0.1:{self.api.port}{LEASE}: ")
        self.assertEqual(self.api.store.object()["spec"]["holderIdentity"], "redis-1/uid-2")

    def test_the_service_is_moved(self):
        service = self.api.store.object("Service")
        service["spec"]["selector"] = {"app": "redis"}
        self.api.store.set_object(service)
        self.expect(self.ask("route"), "")
        self.expect(self.ask("move redis-1 7"), "")
        service = self.api.store.object("Service")
        self.assertEqual(service["spec"]["selector"], {POD_NAME: "redis-1"})
        self.assertEqual(service["metadata"]["annotations"],
                         {"redis-agent.io/term": "7", "redis-agent.io/holder": "redis-1/uid"})
        self.ask("route")
        self.api.store.set_object(service)
        self.expect(self.ask("move redis-0 8"), "conflict")

    def test_refusals_by_their_status(self):
        self.expect(self.ask.get(ABSENT), "forbidden", "answered 403 Forbidden: ")
        self.expect(self.ask(f"ask PUT {LEASE} application/json "
                             '{"kind":"Lease","metadata":{"name":"redis"}}'), "refused",
                    "answered 422 Invalid: ")
        self.expect(self.ask(f"ask PUT {LEASE} application/json {{}}"), "refused",
                    "answered 400 BadRequest: ")
        self.api.store.delete_object()
        self.expect(self.ask("read"), "missing", "answered 404 NotFound: ")
        for status, trouble in ((500, "unavailable"), (503, "unavailable"), (429, "throttled")):
            self.api.faults.answer_with(status, retry_after=7)
            answer = self.expect(self.ask("read"), trouble, f"answered {status} ")
            self.assertEqual(float(answer.retry_after), 7)
        self.assertEqual(len({request.connection for request in self.api.requests()}), 1,
                         "a refusal is no reason for a new connection")

    def test_a_lock_that_nobody_can_read_is_malformed(self):
        lease = self.api.store.object()
        lease["metadata"]["annotations"] = {"redis-agent.io/offset": "far"}
        self.api.store.set_object(lease)
        self.expect(self.ask("read"), "")
        lease["spec"]["leaseTransitions"] = "many"
        self.api.store.set_object(lease)
        self.expect(self.ask("read"), "malformed", "leaseTransitions")

    def test_a_name_is_resolved_and_is_what_the_certificate_says(self):
        api = self.server(names=["localhost"])
        self.expect(self.client(api, host="localhost").get(), "")

    def test_ipv6(self):
        api = self.server(address="::1")
        self.expect(self.client(api).get(), "")
        self.expect(self.client(api).get(ABSENT), "forbidden", f"GET https://[::1]:{api.port}/apis")


class Tokens(TestCase):
    def setUp(self):
        self.api = self.server()
        self.ask = self.client(self.api)

    def statuses(self):
        return [request.status for request in self.api.requests()]

    def test_a_new_one_is_found_at_the_next_request(self):
        self.expect(self.ask.get(), "")
        self.api.rotate_token()
        self.expect(self.ask.get(), "")
        self.assertEqual(self.statuses(), [200, 200])

    def test_one_that_came_meanwhile_is_found_after_a_401(self):
        self.api.faults.expire_token()
        self.expect(self.ask.get(), "")
        self.assertEqual(self.statuses(), [401, 200])

    def test_a_second_401_is_told(self):
        (self.api.folder / "token").write_text("eyJ.another.one", encoding="ascii")
        self.expect(self.ask.get(), "unauthorized", "answered 401 Unauthorized")
        self.assertEqual(self.statuses(), [401, 401])

    def test_a_folder_that_lacks_something_is_named(self):
        for name, content, text in (("token", None, "No such file"), ("token", " \n", "is empty"),
                                    ("token", "a\r\nX-Evil: b", "is no token"),
                                    ("token", "x" * 20000, "larger than"),
                                    ("ca.crt", None, "No such file"),
                                    ("ca.crt", "", "has no certificate"),
                                    ("ca.crt", "-----BEGIN CERTIFICATE-----\nbroken", "not sent"),
                                    ("ca.crt", "-" * (2 << 20), "larger than")):
            with self.subTest(name=name, text=text):
                api = self.server()
                file = api.folder / name
                file.unlink()
                if content is not None:
                    file.write_text(content, encoding="ascii")
                answer = self.expect(self.client(api).get(), "unreachable", text)
                self.assertIn("not sent: ", answer.text)
                if content != "-----BEGIN CERTIFICATE-----\nbroken":
                    self.assertIn(str(file), answer.text)
                self.assertNotIn("Evil", answer.text)
                self.assertEqual(api.requests(), [])


class Certificates(TestCase):
    def refused(self, text, **how):
        api = self.server(**how)
        return api, self.expect(self.client(api).get(), "unreachable", "not sent: ", text)

    def test_another_name(self):
        self.refused("IP address mismatch", names=["10.0.0.1", "kubernetes.default.svc"])
        api = self.server(names=["127.0.0.1", "elsewhere"])
        self.expect(self.client(api, host="localhost").get(), "unreachable", "ostname mismatch")
        self.assertEqual(api.requests(), [])

    def test_another_authority(self):
        api = self.server()
        other = self.folder()
        make_certificates(other, ["127.0.0.1"])
        (api.folder / "ca.crt").write_bytes((other / "ca.crt").read_bytes())
        client = self.client(api)
        self.expect(client.get(), "unreachable", "its certificate is not trusted")
        # Read anew for each connection; several may stand in one file.
        both = (other / "ca.crt").read_bytes() + (api.folder / "tls" / "ca.crt").read_bytes()
        (api.folder / "ca.crt").write_bytes(both)
        self.expect(client.get(), "")

    def test_an_authority_that_is_not_the_root_is_trusted_all_the_same(self):
        api = self.server()
        (api.folder / "ca.crt").write_bytes((api.folder / "tls" / "server.crt").read_bytes())
        self.expect(self.client(api).get(), "")

    def test_no_tls(self):
        self.refused("TLS failed: ", is_plain=True)


class Connections(TestCase):
    def setUp(self):
        self.api = self.server()
        self.ask = self.client(self.api, seconds=1)

    def put(self):
        return self.ask("hold redis-0/uid-1")

    def holder(self):
        return self.api.store.object()["spec"].get("holderIdentity")

    def eventually(self, look, what):
        end = time.monotonic() + 10
        while not look():
            self.assertLess(time.monotonic(), end, f"not in time: {what}")
            time.sleep(0.01)

    def test_nobody_listens(self):
        self.api.stop()
        self.expect(self.ask.get(), "unreachable", "not sent: connection refused")

    def test_a_server_that_restarted(self):
        self.expect(self.ask.get(), "")
        self.api.stop()
        self.expect(self.ask.get(), "unreachable", "connection refused")
        self.api.start()
        self.expect(self.ask.get(), "")

    def test_a_connection_that_was_closed_while_idle(self):
        self.expect(self.ask("read"), "")
        self.api.close_connections()
        self.expect(self.put(), "")
        self.assertEqual(len(self.api.requests()), 2)
        self.assertEqual(len({request.connection for request in self.api.requests()}), 2)

    def test_a_kept_connection_that_ends_when_it_is_used(self):
        """Closed in the very moment: the request goes out once more, on a new connection."""
        self.expect(self.ask("read"), "")
        self.api.faults.lose_answers()
        self.expect(self.put(), "conflict")  # of its own first effect, as the rules know
        self.assertEqual([request.status for request in self.api.requests()], [200, 0, 409])
        self.assertEqual(self.holder(), "redis-0/uid-1")

    def test_a_new_connection_that_ends_is_not_tried_again(self):
        self.api.faults.lose_answers()
        self.expect(self.ask.get(), "timed_out", "closed before the answer was whole",
                    "what became of it is unknown")
        self.assertEqual(len(self.api.requests()), 1)

    def test_what_may_have_been_sent_is_not_called_unsent(self):
        self.expect(self.ask("read"), "")
        # The answer is lost, and nobody is there for the second try.
        self.api.faults.slow(0.2)
        self.api.faults.lose_answers()
        stop = threading.Timer(0.1, self.api.stop)
        stop.start()
        self.addCleanup(stop.join)
        self.expect(self.put(), "timed_out", "connection refused", "unknown")
        self.assertEqual(self.holder(), "redis-0/uid-1")

    def test_an_answer_that_does_not_come(self):
        self.expect(self.ask("read"), "")
        self.api.faults.slow(3)
        begin = time.monotonic()
        self.expect(self.put(), "timed_out", "timed out after 1 s; what became of it is unknown")
        self.assertTrue(0.95 < time.monotonic() - begin < 1.5, time.monotonic() - begin)
        self.api.faults.slow(0)
        self.expect(self.ask.get(), "")
        self.assertEqual(len({request.connection for request in self.api.requests()}), 2,
                         "the connection that was silent is not used again")

    def test_a_write_that_takes_effect_after_its_time_out(self):
        self.expect(self.ask("read"), "")
        self.api.faults.apply_late(1.5)
        self.expect(self.put(), "timed_out")
        self.assertEqual(self.holder(), None)
        self.eventually(lambda: self.holder() == "redis-0/uid-1", "the late effect")

    def test_who_is_cut_off_gets_no_answer_and_others_do(self):
        other = self.client(self.api, folder=self.api.add_client("redis-1"))
        self.expect(self.ask.get(), "")
        self.api.faults.cut_off("")
        self.expect(self.ask.get(), "timed_out")
        self.expect(other.get(), "")
        self.api.faults.cut_off("127.0.0.1")
        self.expect(self.ask.get(), "unreachable", "not sent: timed out after 1 s")
        self.api.faults.heal()
        self.expect(self.ask.get(), "")

    def test_a_server_that_accepts_and_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.api.port = silent.getsockname()[1]
            client = self.client(self.api, seconds=0.3)
            self.expect(client.get(), "unreachable", "not sent: timed out after 300 ms")

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to give the client other /etc/hosts")
    def test_one_of_two_addresses_is_enough(self):
        """A name that has 127.0.0.1 and ::1, asked in that order."""
        hosts = self.folder() / "hosts"
        hosts.write_text("127.0.0.1 api.test\n::1 api.test\n", encoding="ascii")
        api = self.server(address="::1", names=["api.test"])
        how = {"host": "api.test", "seconds": 0.5, "hosts": hosts}
        self.expect(self.client(api, **how).get(), "")
        with socket.create_server(("127.0.0.1", api.port)):
            client = self.client(api, **how)
            self.expect(client.get(), "unreachable", "timed out")
            self.expect(client.get(), "")

    def test_garbage(self):
        head = "HTTP/1.1 200 OK\r\nContent-Length: "
        for raw, text in (("-ERR unknown command\r\n", "no HTTP"),
                          (head + "5\r\n\r\n<htm>", "without an object"),
                          (head + "9999999999\r\n\r\n", "larger than 1 MiB"),
                          ("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "answered 302")):
            self.api.faults.answer_raw(raw)
            self.expect(self.ask.get(), "malformed", text)
            self.expect(self.ask.get(), "")

    def test_an_answer_without_an_end(self):
        for begin, text in (("HTTP/1.1 200 OK\r\n\r\n", "larger than 1 MiB"),
                            ("HTTP/1.1 200 OK\r\nX: ", "no HTTP")):
            self.api.faults.answer_raw(begin, is_endless=True)
            self.expect(self.ask.get(), "malformed", text)
            self.expect(self.ask.get(), "")

    def test_half_an_answer_is_none(self):
        self.expect(self.ask.get(), "")
        self.api.faults.answer_raw('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
                                   'Content-Length: 99\r\n\r\n{"kind":')
        self.expect(self.ask.get(), "timed_out", "closed before the answer was whole")
        self.assertEqual(len(self.api.requests()), 2, "it has begun: it is not asked for again")

    def test_connection_close_is_heeded(self):
        self.api.faults.answer_raw('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
                                   'Connection: close\r\nContent-Length: 2\r\n\r\n{}')
        self.expect(self.ask.get(), "")
        self.expect(self.ask.get(), "")


class Turns(TestCase):
    def setUp(self):
        self.api = self.server()
        self.ask = self.client(self.api, seconds=1)

    def test_requests_come_one_after_the_other(self):
        self.ask("read")
        answers = self.ask.batch("read", "hold redis-0/uid-1", f"ask GET {ABSENT}", "route")
        self.assertEqual([line.split()[0] for line, _ in answers], ["read", "hold", "ask", "route"])
        self.assertEqual([answer.trouble for _, answer in answers], ["", "", "forbidden", ""])
        self.assertEqual(len({request.connection for request in self.api.requests()}), 1)

    def test_who_waits_for_his_turn_has_no_more_time_than_others(self):
        self.expect(self.ask.get(), "")
        self.api.faults.slow(0.4)
        begin = time.monotonic()
        answers = self.ask.batch("read", "read", "read", "read")
        self.assertLess(time.monotonic() - begin, 1.5)
        troubles = [answer.trouble for _, answer in answers]
        self.assertEqual(sorted(troubles), sorted(["", "", "timed_out", "unreachable"]))
        self.assertIn("earlier requests took its time",
                      next(answer.text for _, answer in answers if answer.trouble == "unreachable"))
        self.api.faults.slow(0)
        self.expect(self.ask.get(), "")

    def test_cancelled(self):
        self.expect(self.ask.get(), "")
        self.api.faults.slow(0.7)
        begin = time.monotonic()
        answers = self.ask.batch("cancel 100", "read", "read")
        self.assertLess(time.monotonic() - begin, 0.5)
        self.assertEqual(sorted(answer.trouble for _, answer in answers),
                         ["timed_out", "unreachable"])
        for _, answer in answers:
            self.assertIn("cancelled", answer.text)
        self.api.faults.slow(0)
        self.expect(self.ask.get(), "")


if __name__ == "__main__":
    unittest.main()
