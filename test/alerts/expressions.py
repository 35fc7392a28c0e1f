"""Every expression of dashboards and rules, asked of a real Prometheus that scrapes real agents.

usage: dashboards [--strict] FILE...      see test/dashboards
"""
import json
import os
import pathlib
import re
import shutil
import ssl
import sys
import tempfile
import urllib.parse
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from pods import Authority, MountedSecret, RedisPod, RespError, World, enter, http_get, wait_until
from pods.api_pod import ApiPod, place

PROJECT = pathlib.Path(__file__).resolve().parents[2]
AGENT = os.environ.get("REDIS_AGENT_BINARY", str(PROJECT / "build/release/agent/redis-agent"))
PROMETHEUS = os.environ.get("PROMETHEUS", "prometheus")  # Debian's, or test/prometheus3's
PORT = 9090
NAMES = ("redis-master-0", "redis-slave-0")
TLS_FOLDER, WEB_FOLDER = "/run/secrets/redis-tls", "/run/secrets/web"
QUICK = {"DETAIL_INTERVAL": "250ms", "FIRST_START_WAIT": "0s", "CANDIDATE_WAIT": "1s"}
# All that has metrics of its own.
EVERYTHING = {"REDIS_VERSION": "7.0", "FAILOVER": "lease", "TLS": "both", "TLS_FOLDER": TLS_FOLDER,
              "WEB_CONFIG_FILE": f"{WEB_FOLDER}/web.yml", "PASSWORD_ROTATION": "on",
              "PASSWORD_ALSO_FILE": "/run/secrets/redis-password-also"}
WEB_CONFIG = b"tls_server_config:\n  cert_file: tls.crt\n  key_file: tls.key\n"
# What Grafana puts in for its own variables.
GRAFANA = {"__rate_interval": "5s", "__interval": "5s", "interval": "5s", "__range": "5s"}
TARGET_LABELS = {"namespace": "redis", "container": "redis-server-exporter",
                 "service": "redis-metrics"}
MATCHER = re.compile(r"""([a-zA-Z_]\w*)\s*(=~|=)\s*(["'])\$\{?\w+(?::\w+)?\}?\3""")
VARIABLE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)\]\]")


def walk(node):
    """The expressions below a node of a dashboard's JSON."""
    if isinstance(node, list):
        for item in node:
            yield from walk(item)
    elif isinstance(node, dict):
        if isinstance(node.get("expr"), str):
            yield node["expr"]
        for value in node.values():
            yield from walk(value)


def rules_in(text):
    """The expressions of a rules file, whose YAML is read as far as they go."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = re.match(r"^(\s*)(?:- )?expr:\s*(.*)$", line)
        if not found:
            continue
        if found[2] and found[2][0] not in "|>":
            yield found[2].strip("'\"")
            continue
        depth, parts = len(found[1]), []
        for following in lines[number + 1:]:
            if following.strip() and len(following) - len(following.lstrip()) <= depth:
                break
            parts.append(following.strip())
        yield " ".join(parts)


def expressions_in(path):
    text = path.read_text(encoding="utf-8")
    found = walk(json.loads(text)) if path.suffix == ".json" else rules_in(text)
    return list(dict.fromkeys(expression for expression in found if expression.strip()))


def fill_in(expression):
    """A variable in a matcher is whatever there is; elsewhere it is a time."""
    anything = MATCHER.sub(lambda found: f'{found[1]}=~".*"', expression)
    def value_of(found):
        return GRAFANA.get(next(filter(None, found.groups())), ".*")
    return VARIABLE.sub(value_of, anything)


def condition_of(expression):
    """What an alert compares, without the comparison: an alert that does not fire has no series."""
    return re.sub(r"\s*(==|!=|<=|>=|<|>)\s*(bool\s+)?[-+0-9.e]+", "", expression)


class WatchedPod(RedisPod):
    """With a lock, certificates of Redis and of its own pages, and a password that may change."""

    def __init__(self, pod, api, authority):
        super().__init__(pod, AGENT, b"a password",
                         {**QUICK, **EVERYTHING, "API_SERVER": place(api.pod.address, api.port)})
        self.variables["REDIS_AGENT_POD_UID"] = str(uuid.uuid4())
        self.variables["REDIS_AGENT_API_FOLDER"] = api.admit(pod)
        for folder in (TLS_FOLDER, WEB_FOLDER):
            MountedSecret(pod.path(folder)).put({**authority.issue(f"{pod.name}.redis-headless"),
                                                 "web.yml": WEB_CONFIG})
        self._tls = ssl.create_default_context(cadata=authority.text.decode())
        self._tls.check_hostname = False  # it is asked at its address

    def get(self, path, **options):
        return super().get(path, tls=self._tls, **options)


class Prometheus:
    """One that scrapes a primary's and a replica's agent."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(ttl=1)
        api = ApiPod(self.world.add_pod("api", is_listed=False))
        authority = Authority(self.folder.name)
        self.pods = [WatchedPod(self.world.add_pod(name, is_listed=False), api, authority)
                     for name in NAMES]
        self.world.list_pods(*NAMES)
        for pod in self.pods:
            pod.bring_up()
        for pod in self.pods:
            pod.wait_until_ready()
            try:
                pod.command("NO-SUCH-COMMAND")
            except RespError:
                pass  # the error statistics are to have something
        targets = [{"targets": [f"{pod.pod.address}:9121"],
                    "labels": {**TARGET_LABELS, "pod": pod.name}} for pod in self.pods]
        config = {"global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"},
                  "scrape_configs": [{"job_name": "redis", "scheme": "https",
                                      "tls_config": {"insecure_skip_verify": True},
                                      "static_configs": targets}]}
        path = pathlib.Path(self.folder.name) / "prometheus.yml"
        path.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML too
        self.server = self.pods[0].pod.start(
            PROMETHEUS, f"--config.file={path}", f"--storage.tsdb.path={self.folder.name}/tsdb",
            f"--web.listen-address=:{PORT}", name="prometheus")
        wait_until(lambda: self.ask("count_over_time(redis_up[5s]) > 6")[1], "some scrapes", 30,
                   on_failure=self.server.log)

    def ask(self, expression):
        """(error or None, the series)."""
        path = "/api/v1/query?query=" + urllib.parse.quote(expression)
        answer = http_get(self.pods[0].pod.address, path, port=PORT).json()
        if answer["status"] != "success":
            return answer["error"], []
        return None, answer["data"]["result"]


def report(prometheus, path):
    """Prints what each expression of the file gives; (refused ones, empty ones)."""
    refused, empty = [], []
    print(f"\n{path}")
    for expression in expressions_in(path):
        asked = fill_in(expression)
        error, series = prometheus.ask(asked)
        how = ""
        if not error and not series and condition_of(asked) != asked:
            error, series = prometheus.ask(condition_of(asked))
            how = ", without its condition"
        if error:
            refused.append(expression)
        elif not series:
            empty.append(expression)
        what = f"refused: {error}" if error else f"{len(series)} series{how}"
        if series and isinstance(series[0], dict):
            what += f", {series[0]['value'][1]}"
        print(f"  {what:45} {expression[:140]}")
    return refused, empty


def main(words):
    paths = [pathlib.Path(word) for word in words if word != "--strict"]
    if not paths:
        sys.exit(__doc__)
    if shutil.which(PROMETHEUS) is None:
        print(f"dashboards: there is no {PROMETHEUS} (Debian has a package prometheus)")
        sys.exit(77)
    enter()
    prometheus = Prometheus()
    found = [report(prometheus, path) for path in paths]
    refused, empty = sum(len(r) for r, _ in found), sum(len(e) for _, e in found)
    print(f"\n{refused} refused, {empty} without any series")
    sys.exit(1 if refused or ("--strict" in words and empty) else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
