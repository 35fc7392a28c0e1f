"""The agent's HTTP: both families, what it refuses, many and slow clients, answers from memory."""
import http.client
import json
import re
import socket
import statistics
import time

import pod_test_case
from pod_test_case import PRIMARY_NAME, PodTestCase, eventually
from pods import http_get

PAGES = {
    "/livez": "text/plain",
    "/readyz": "text/plain",
    "/startupz": "text/plain",
    "/redis/livez": "text/plain",
    "/health": "text/plain",
    "/primary": "text/plain",
    "/metrics": "text/plain; version=0.0.4",
    "/status": "application/json",
    "/": "text/html",
    "/topology": "application/json",
    "/page/main.js": "text/javascript",
}


class Http(PodTestCase):
    @classmethod
    def setUpClass(cls):
        cls.pod, = cls.topology(replicas=0)

    def connect(self, timeout=5):
        connection = socket.create_connection((self.pod.pod.address, 9121), timeout=timeout)
        self.addCleanup(connection.close)
        return connection

    def exchange(self, request, timeout=10):
        """All bytes that come back until the agent closes."""
        connection = self.connect(timeout)
        connection.sendall(request)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
        return answer

    def test_every_page_over_ipv4_and_ipv6(self):
        for address in (self.pod.pod.address, self.pod.pod.address6):
            for path, kind in PAGES.items():
                with self.subTest(address=address, path=path):
                    answer = http_get(address, path)
                    self.assertEqual(answer.status, 200)
                    self.assertTrue(answer.headers["content-type"].startswith(kind))
        self.assertEqual(self.pod.get("/readyz").text, "ok")

    def test_status_is_json_and_complete(self):
        status = self.pod.status()
        for name, value in {"pod": PRIMARY_NAME, "role": "primary", "ready": True,
                            "reason": "primary_serving", "version": "7.0.15", "keys": 0,
                            "primary": None, "lag_bytes": None}.items():
            self.assertEqual(status[name], value, name)
        self.assertEqual(status["redis"]["condition"], "up")

    def test_verbose_lists_every_rule(self):
        text = self.pod.get("/readyz?verbose").text
        self.assertEqual(re.findall(r"(?m)^\[.\](\d)-", text), list("123456"))
        self.assertTrue(text.endswith("readyz check passed"))
        for page in ("/livez", "/startupz", "/redis/livez"):
            self.assertIn("[+]", self.pod.get(f"{page}?verbose").text)

    def test_head(self):
        for path in PAGES:
            answer = self.pod.get(path, method="HEAD")
            self.assertEqual((answer.status, answer.body), (200, b""))
            self.assertGreater(int(answer.headers["content-length"]), 0)

    def test_options_is_answered_like_get(self):
        for path in PAGES:
            self.assertEqual(self.pod.get(path, method="OPTIONS").status, 200, path)
        self.assertEqual(self.pod.get("/replica", method="OPTIONS").status, 503)
        self.assertEqual(self.pod.get("/", method="OPTIONS").text, "ok", "as /readyz")
        self.assertIn(b" 200 ", self.exchange(b"OPTIONS * HTTP/1.0\r\n\r\n").split(b"\r\n")[0])

    def test_all_of_the_url_may_be_sent(self):
        for target, status in {"http://10.0.0.1:9121/readyz": 200, "HTTP://redis/replica": 503,
                               "http://redis": 200, "http://redis/nowhere": 404}.items():
            request = f"GET {target} HTTP/1.1\r\nHost: redis\r\nConnection: close\r\n\r\n"
            line = self.exchange(request.encode()).split(b"\r\n")[0].decode()
            self.assertIn(f" {status} ", line, target)

    def test_head_of_what_is_refused_has_no_body(self):
        answer = self.exchange(b"HEAD /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n")
        self.assertIn(b" 413 ", answer.split(b"\r\n")[0])
        self.assertTrue(answer.endswith(b"\r\n\r\n"), answer)

    def test_who_scrapes_as_of_redis_exporter_is_told_where(self):
        answer = self.pod.get("/scrape?target=redis://redis-slave-0:6379")
        self.assertEqual(answer.status, 404)
        self.assertIn("/metrics", answer.text)

    def test_nothing_but_get_head_and_options(self):
        for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE"):
            answer = self.pod.get("/readyz", method=method)
            self.assertEqual(answer.status, 405, method)
            self.assertEqual(answer.headers["allow"], "GET, HEAD, OPTIONS")

    def test_no_such_page(self):
        for path in ("/nowhere", "/metrics/", "/../etc/passwd", "//", "/%2e%2e/"):
            self.assertEqual(self.pod.get(path).status, 404, path)

    def test_a_header_that_is_too_large(self):
        request = b"GET /livez HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"
        self.assertIn(b" 431 ", self.exchange(request).split(b"\r\n")[0])
        many = b"".join(b"X-%d: y\r\n" % number for number in range(5000))
        answer = self.exchange(b"GET /livez HTTP/1.1\r\n" + many + b"\r\n")
        self.assertIn(b" 431 ", answer.split(b"\r\n")[0])

    def test_what_is_no_http(self):
        for request in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
                        b"PING\r\n\r\n", b"GET\r\n\r\n", b"GET /livez HTTP/9.9\r\n\r\n"):
            with self.subTest(request=request[:12]):
                self.assertIn(b" 400 ", self.exchange(request).split(b"\r\n")[0])
        self.assertEqual(self.pod.get("/livez").status, 200)

    def test_one_connection_for_many_requests(self):
        connection = http.client.HTTPConnection(self.pod.pod.address, 9121, timeout=5)
        for path in list(PAGES) * 3:
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            self.assertEqual(response.status, 200)
        connection.close()

    def test_a_probe_of_the_kubelet(self):
        """HTTP/1.1, a connection of its own, closed after the answer."""
        answer = self.exchange(b"GET /readyz HTTP/1.1\r\nHost: 10.0.0.1:9121\r\n"
                               b"User-Agent: kube-probe/1.33\r\nAccept: */*\r\n"
                               b"Connection: close\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer)

    def test_slow_clients_cost_nobody_else_anything(self):
        slow = [self.connect(timeout=20) for _ in range(50)]
        for connection in slow:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHo")
        begin = time.monotonic()
        self.assertEqual(self.pod.get("/readyz").status, 200)
        self.assertLess(time.monotonic() - begin, 0.2)
        answer = slow[0].recv(1000)
        self.assertIn(b" 408 ", answer.split(b"\r\n")[0])
        self.assertLess(time.monotonic() - begin, 8)

    def test_a_client_that_never_reads(self):
        connection = self.connect()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.setblocking(False)
        try:
            for _ in range(100_000):
                connection.send(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        except BlockingIOError:
            pass
        self.assertEqual(self.pod.get("/readyz").status, 200)
        self.assertLess(self.pod.sidecar.resident_bytes(), 64 * 1024 * 1024)

    def test_two_hundred_connections(self):
        held = [self.connect() for _ in range(200)]
        begin = time.monotonic()
        for _ in range(20):
            self.assertEqual(self.pod.get("/readyz").status, 200)
        self.assertLess(time.monotonic() - begin, 1)
        for connection in held:
            connection.close()
        self.assertLess(self.pod.sidecar.resident_bytes(), 64 * 1024 * 1024)

    def test_answers_come_from_memory_also_while_redis_hangs(self):
        self.pod.server.pause()
        self.addCleanup(self.pod.wait_until_ready)
        self.addCleanup(self.pod.server.resume)
        connection = http.client.HTTPConnection(self.pod.pod.address, 9121, timeout=5)
        for path in ("/readyz", "/status"):  # a scrape waits a moment: scrape_test.py
            times = []
            for _ in range(200):
                begin = time.perf_counter()
                connection.request("GET", path)
                connection.getresponse().read()
                times.append(time.perf_counter() - begin)
            # With Python's own part in it, on a machine that does other things as well.
            self.assertLess(statistics.median(times), 0.002, path)
        connection.close()


class Listening(PodTestCase):
    def test_on_several_addresses(self):
        pod = self.redis_pod(PRIMARY_NAME)
        pod.start_sidecar("--listen", f"{pod.pod.address}:9121,127.0.0.1:9999")
        eventually(lambda: pod.get("/livez").status == 200, "the agent to answer")
        self.assertRaises(OSError, http_get, pod.pod.address, "/livez", port=9999)

    def test_on_a_port_that_another_container_of_the_pod_has(self):
        """Like redis_exporter, whose port is the agent's."""
        pod = self.redis_pod(PRIMARY_NAME)
        for setting, port in (("listen", 9121), ("prestop-port", 9123), ("anchor-port", 9122)):
            with self.subTest(setting=setting):
                other = pod.pod.start("python3", "-u", "-m", "http.server", str(port))
                other.wait_for_log("Serving HTTP")
                sidecar = pod.start_sidecar()
                self.assertEqual(sidecar.wait(), 1)
                self.assertIn(f"--{setting}: listen on :{port}: Address already in use; expected",
                              sidecar.log())
                other.kill()

    def test_without_ipv6(self):
        pod = self.redis_pod(PRIMARY_NAME)
        pod.pod.network("address flush dev eth0 scope global\n"
                        f"address add {pod.pod.address}/24 dev eth0\n")
        pod.pod.run("sysctl", "-w", "net.ipv6.conf.all.disable_ipv6=1")
        pod.bring_up()
        pod.wait_until_ready()


class LandingPage(PodTestCase):
    def test_shows_the_state_of_the_pod_where_no_script_runs(self):
        _, replica = self.topology()
        page = replica.get("/").text
        for text in ("redis-slave-0", "replica_in_sync", "metrics", "status", "readyz"):
            self.assertIn(text, page)
        self.assertNotIn("http://", re.sub(r'xmlns="[^"]*"', "", page), "it needs no other server")
        self.assertNotIn("https://", page)

    def test_a_pod_that_is_not_ready_says_why(self):
        replica = self.redis_pod("redis-slave-0").bring_up()
        status = replica.wait_for_reason("never_in_sync")
        self.assertIn("never_in_sync", replica.get("/").text)
        self.assertEqual(json.loads(replica.get("/status").body)["reason"], status["reason"])


if __name__ == "__main__":
    pod_test_case.main()
