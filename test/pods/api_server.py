"""An API server of Kubernetes for tests: one Lease, one Service, TLS, tokens, and faults on demand.

In a test: with ApiServer(folder) as server: ... server.folder has token, ca.crt and namespace.
As a program, in a network of its own, from the folder test:
  python3 -m pods.api_server --listen ADDRESS:PORT --control ADDRESS:PORT --state-folder FOLDER
The control port speaks plain HTTP: GET /test/requests, GET /test/objects, and
POST /test/call {"name": "cut_off", "arguments": ["10.0.0.7"]} for any of CALLS.
"""
import argparse
import http.server
import ipaddress
import json
import pathlib
import secrets
import socket
import socketserver
import ssl
import sys
import threading
import time
from dataclasses import asdict, dataclass

from .api_certificates import make_certificates
from .api_faults import ApiFaults
from .api_store import ApiStore, status

CALLS = {"heal", "slow", "answer_with", "answer_raw", "lose_answers", "apply_late",
         "cut_off", "add_client", "set_object", "delete_object", "stop", "start",
         "close_connections"}


@dataclass(frozen=True)
class Request:
    at: float  # time.monotonic() when it came
    client: str  # as given to add_client(), "" for the first, None for a token that is not valid
    address: str
    connection: int  # the port that it came from
    method: str
    path: str
    body: object
    status: int  # of the answer, which follows; 0: none


def _family_of(address):
    is_ipv6 = ipaddress.ip_address(address[0]).version == 6
    return socket.AF_INET6 if is_ipv6 else socket.AF_INET


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        self.api = self.server.api
        self.request.settimeout(self.api.idle_seconds)
        super().setup()

    def handle(self):
        try:
            if self.api.faults.is_cut_off(self.client_address[0]):
                self.api.faults.healed.wait()
                return
            if isinstance(self.request, ssl.SSLSocket):
                self.request.do_handshake()
            super().handle()
        except OSError:
            self.close_connection = True

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass

    def answer(self):
        came_at = time.monotonic()
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = raw.decode(errors="replace")
        api, faults = self.api, self.api.faults
        client = api.client_of(self.headers.get("Authorization", ""))

        def note(code):
            api.note(Request(came_at, client, *self.client_address[:2], self.command, self.path,
                             body, code))

        if faults.is_cut_off(self.client_address[0], client):
            note(0)
            faults.healed.wait()
            self.close_connection = True
        elif raw_answer := faults.take_raw():
            note(0)
            self.send_raw(*raw_answer)
        else:
            code, answered, retry_after = self.judge(client, body)
            is_lost = faults.take_lost()
            note(0 if is_lost else code)
            time.sleep(faults.slow_seconds)
            if is_lost:
                self.close_connection = True
            else:
                self.send(code, answered, retry_after)

    def judge(self, client, body):
        faults = self.api.faults
        if fault := faults.take_answer():
            return fault[0], status(fault[0], "as the test wanted it"), fault[1]
        if faults.take_rotation():
            self.api.rotate_token(client)
            client = None
        if client is None:
            return 401, status(401, "Unauthorized"), None
        time.sleep(faults.take_late())
        path, _, query = self.path.partition("?")
        content_type = self.headers.get("Content-Type", "")
        code, answered = self.api.store.answer(self.command, path, content_type, body,
                                                   is_dry="dryRun=All" in query)
        return code, answered, None

    def send(self, code, answered, retry_after):
        text = json.dumps(answered).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self.wfile.write(text)

    def send_raw(self, text, is_endless):
        self.close_connection = True
        self.wfile.write(text.encode())
        while is_endless:
            self.wfile.write(text.encode() * 1000)

    do_GET = do_PUT = do_PATCH = do_POST = do_DELETE = do_HEAD = answer

    def log_message(self, *_):
        pass


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, api, address, tls):
        self.api, self.tls = api, tls
        self.address_family = _family_of(address)
        self.connections = set()
        super().__init__(address, _Handler)

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)  # HTTPServer's asks DNS for the machine's name

    def get_request(self):
        connection, peer = super().get_request()
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True,
                                              do_handshake_on_connect=False)
        self.connections.add(connection)
        return connection, peer

    def shutdown_request(self, request):
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, *_):
        pass

    def close_connections(self):
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class ApiServer:
    """`names` are what its certificate says it is; with `is_plain` it speaks no TLS."""

    def __init__(self, folder, address="127.0.0.1", port=0, names=None, is_plain=False, **store):
        self.folder = pathlib.Path(folder)
        self.address, self.port = address, port
        self.store = ApiStore(**store)
        self.faults = ApiFaults()
        self.idle_seconds = 90
        self._mutex = threading.Lock()
        self._requests = []
        self._tokens = {}
        self._listener = None
        certificates = self.folder / "tls"
        make_certificates(certificates, names or [address, "kubernetes.default.svc"])
        self._tls = None
        if not is_plain:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificates / "server.crt", certificates / "server.key")
        self.add_client("")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.faults.heal()
        self.stop()

    def start(self):
        """At the same port as before. Does nothing where it listens."""
        if self._listener:
            return
        self._listener = _Listener(self, (self.address, self.port), self._tls)
        self.port = self._listener.server_address[1]
        threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        """Nobody listens, and all connections end. What it holds stays."""
        listener, self._listener = self._listener, None
        if listener:
            listener.shutdown()
            listener.server_close()
            listener.close_connections()

    def close_connections(self):
        if self._listener:
            self._listener.close_connections()

    def folder_of(self, client):
        return self.folder / "clients" / client if client else self.folder

    def add_client(self, client):
        """A folder as a pod has it, with a token of its own: who is cut off by name needs one."""
        folder = self.folder_of(client)
        folder.mkdir(parents=True, exist_ok=True)
        authority = (self.folder / "tls" / "ca.crt").read_text(encoding="ascii")
        (folder / "ca.crt").write_text(authority, encoding="ascii")
        (folder / "namespace").write_text(self.store.namespace, encoding="ascii")
        self.rotate_token(client)
        return str(folder)

    def rotate_token(self, client=""):
        """A new one is in the file, the old one is refused from now on."""
        token = "eyJhbGciOiJSUzI1NiJ9." + secrets.token_urlsafe(400)
        with self._mutex:
            self._tokens = {old: name for old, name in self._tokens.items() if name != client}
            self._tokens[token] = client
        new = self.folder_of(client) / ".token"
        new.write_text(token, encoding="ascii")
        new.rename(new.with_name("token"))

    def client_of(self, authorization):
        with self._mutex:
            return self._tokens.get(authorization.removeprefix("Bearer "))

    def note(self, request):
        with self._mutex:
            self._requests.append(request)

    def requests(self):
        with self._mutex:
            return list(self._requests)

    def call(self, name, arguments):
        """What the control port takes: arguments by position or by name."""
        if name not in CALLS:
            raise ValueError(f"{name}: expected one of {', '.join(sorted(CALLS))}")
        owner = next(it for it in (self, self.faults, self.store) if hasattr(it, name))
        method = getattr(owner, name)
        return method(**arguments) if isinstance(arguments, dict) else method(*arguments)


class _ControlPort(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api, address):
        self.api = api
        self.address_family = _family_of(address)
        super().__init__(address, _Control)

    server_bind = _Listener.server_bind


class _Control(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        api = self.server.api
        if self.path == "/test/requests":
            self.send(200, [asdict(request) for request in api.requests()])
        elif self.path == "/test/objects":
            self.send(200, {kind: api.store.object(kind) for kind in ("Lease", "Service")})
        else:
            self.send(404, "expected /test/requests or /test/objects")

    def do_POST(self):
        try:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send(200, self.server.api.call(asked["name"], asked.get("arguments", [])))
        except (ValueError, TypeError, KeyError) as error:
            self.send(400, str(error))

    def send(self, code, answered):
        text = json.dumps(answered).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def _split(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def main(arguments):
    parser = argparse.ArgumentParser(description="an API server of Kubernetes for tests")
    parser.add_argument("--listen", type=_split, required=True)
    parser.add_argument("--control", type=_split, required=True)
    parser.add_argument("--state-folder", required=True)
    parser.add_argument("--names", nargs="*", help="of its certificate; default: its address")
    for name, default in (("namespace", "default"), ("lease", "redis"),
                          ("service", "redis-master")):
        parser.add_argument("--" + name, default=default)
    given = parser.parse_args(arguments)
    with ApiServer(given.state_folder, *given.listen, names=given.names,
                   namespace=given.namespace, lease=given.lease, service=given.service) as api:
        control = _ControlPort(api, given.control)
        print("ready", api.port, control.server_address[1], flush=True)
        control.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
