"""The page without agents: its files, and a /topology of as many pods as a test wants to see."""
import functools
import http.server
import json
import math
import pathlib
import re
import sys
import threading

PAGE = pathlib.Path(__file__).resolve().parents[2] / "agent/page"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def topology(count, chained=0, troubled=0):
    """A primary and its replicas; the last `chained` follow the first replica, and the last
    `troubled` are in trouble, each second of them silent."""
    names = ["redis-master-0"] + [f"redis-slave-{i}" for i in range(count - 1)]
    pods = []
    for i, name in enumerate(names):
        source = 1 if 1 < i >= count - chained else 0
        pods.append(_pod(i, name, source))
        if i >= count - troubled:
            _trouble(pods[-1], is_silent=i % 2 == 1)
    return {"pod": names[0], "agent_version": "0.1.0", "lag_seconds_max": 10,
            "lag_bytes_max": 16 << 20, "trouble": "", "pods": pods}


def _address(i):
    return f"10.0.{i // 250}.{i % 250 + 1}"


def _pod(i, name, source):
    lag = round(0.12 + 0.07 * i, 2)
    samples = [round(abs(lag + 0.5 * lag * math.sin(i + at / 9)), 3) for at in range(150)]
    event = {"age_seconds": 40 + 3 * i, "level": "info", "message": "full resync done",
             "fields": {"peer": "redis-master-0.redis-headless:6379", "cause": "first_sync"}}
    recent = {"step_seconds": 2, "age_seconds": 1, "lag_seconds": samples if i else [],
              "lag_bytes": [int(1e5 * value) for value in samples] if i else [],
              "events": [event] if i else []}
    pod = {"pod": name, "role": "replica", "ready": True, "reason": "replica_in_sync", "link": "up",
           "explanation": f"{lag} s behind", "advice": "", "addresses": [_address(i)],
           "upstream": f"{_address(source)}:6379", "lag_seconds": lag, "lag_bytes": int(1e5 * lag),
           "primary": {"endpoint": "redis-master-0.redis-headless:6379",
                       "addresses": [_address(0)]},
           "warnings": [], "volume": "", "recent": recent, "heard_seconds": 0.2}
    if i == 0:
        pod |= {"role": "primary", "reason": "primary_serving", "link": "", "upstream": ""}
    pod["cells"] = {"pod": name, "role": pod["role"], "ready": "yes", "link": "up" if i else "29",
                    "lag": f"{int(1e5 * lag)} B, {lag} s" if i else "-",
                    "contact": "109 ms ago" if i else "-", "keys": "120000", "version": "7.0.15",
                    "reason": pod["reason"]}
    return pod


def _trouble(pod, is_silent):
    if is_silent:
        kept = {"pod": pod["pod"], "asked_at": pod["addresses"][0], "heard_seconds": 37.5,
                "error": "10.0.0.9:9121: connection refused"}
        cells = dict.fromkeys(pod["cells"], "unknown") | {"pod": pod["pod"], "ready": "no",
                                                          "reason": kept["error"]}
        pod.clear()
        pod.update(kept, cells=cells)
        return
    why = "its link to the primary is down"
    pod |= {"ready": False, "reason": "never_in_sync", "link": "down", "explanation": why,
            "advice": "Look at the primary's log, and at the network between them."}
    pod["recent"]["lag_seconds"][-40:] = [None] * 40
    pod["recent"]["lag_bytes"][-40:] = [None] * 40
    pod["cells"] |= {"ready": "no", "link": "down", "lag": "unknown",
                     "reason": f"never_in_sync: {why}"}


class _Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, stub, *arguments):
        self._stub = stub
        super().__init__(*arguments)

    def do_GET(self):  # the name is http.server's
        path = self.path.split("?")[0]
        if path == "/topology":
            self._send(json.dumps(self._stub.topology), "application/json")
        elif path == "/":
            form = (PAGE / "index.html").read_text(encoding="utf-8")
            self._send(re.sub(r"{{\w+}}", "redis-master-0", form), "text/html; charset=utf-8")
        else:
            file = PAGE / path.rpartition("/")[2]
            self._send(file.read_text(encoding="utf-8"), _KINDS[file.suffix])

    def _send(self, text, kind):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):  # nobody reads it
        pass


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *whose):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a page that was closed
            super().handle_error(*whose)


class PageStub:
    """Serves `topology`, which may be replaced, at `url` until close()."""

    def __init__(self, shown, address="127.0.0.1"):
        self.topology = shown
        handler = functools.partial(_Handler, self)
        self._server = _Server((address, 0), handler)
        self.url = f"http://{address}:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
