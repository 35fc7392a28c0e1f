"""The API server (api_server.py) as a program of its own, and its control port from outside."""
import json
import pathlib
import sys
import urllib.error
import urllib.request

LISTEN_PORT, CONTROL_PORT = 6443, 6444
STATE_FOLDER = "/run/api-server"
ACCOUNT_FOLDER = "/run/secrets/kubernetes.io/serviceaccount"  # in the pods of its clients
TEST_FOLDER = pathlib.Path(__file__).resolve().parents[1]


def place(address, port):
    """As it is written where both are one text."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class ApiControl:
    """What a test tells the program: any of api_server.CALLS, by name."""

    def __init__(self, address, port):
        self._url = f"http://{place(address, port)}/test/"

    def call(self, name, *arguments, **named):
        asked = {"name": name, "arguments": named or arguments}
        return self._ask("call", json.dumps(asked).encode())

    def requests(self):
        """As api_server.Request, but for mappings."""
        return self._ask("requests")

    def object(self, kind="Lease"):
        return self._ask("objects")[kind]

    def _ask(self, what, body=None):
        # Nobody between: the machine's own proxy knows nothing of pods.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(self._url + what, body), timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode()) from error


class ApiPod(ApiControl):
    """In a pod of the world, which is no pod of Redis: pods reach it at its address."""

    def __init__(self, pod, **names):
        super().__init__(pod.address, CONTROL_PORT)
        self.pod = pod
        self.port = LISTEN_PORT
        options = [text for name, value in names.items() for text in (f"--{name}", value)]
        self.process = pod.start(
            sys.executable, "-B", "-m", "pods.api_server", "--state-folder", STATE_FOLDER,
            "--listen", place(pod.address, LISTEN_PORT), "--control",
            place(pod.address, CONTROL_PORT), *options, name="api-server",
            variables={"PYTHONPATH": str(TEST_FOLDER)})
        self.process.wait_for_log("ready")

    def admit(self, pod):
        """Puts the folder of a ServiceAccount into the pod, as the kubelet does, with a token of
        its own; an older one is refused. Returns its path in the pod."""
        made = self.pod.path(self.call("add_client", pod.name))
        target = pod.path(ACCOUNT_FOLDER)
        target.mkdir(parents=True, exist_ok=True)
        for name in ("ca.crt", "namespace", "token"):
            new = target / f".{name}"
            new.write_bytes((made / name).read_bytes())
            new.rename(target / name)
        return ACCOUNT_FOLDER
