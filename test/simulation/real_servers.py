"""Runs schedules on real servers of one machine, for model_against_servers.py.

A schedule has one step a line; what it says of a server that is not there to hear it is ignored.

    servers m r1 r2                      names; everybody starts with an empty volume
    m: start [replicaof WHO] [aof] [loopback] [disk-based] [backlog BYTES]
             [backlog-ttl SECONDS] [slow transfer|load|start]
    m: kill | terminate [save] | pause | resume
    m: write N | save | replicaof WHO | no-one | bind loopback | bind all | min-replicas N
    m: aof on|off | function N | drop-replicas
    m: keep | put-back | wipe            the volume: remember it, go back to it, empty it
    lives SECONDS                        all keys that are written end then
    expire                               wait until they have ended
    wait SECONDS
    settle                               wait until nothing changes; compare everything

WHO is a server, `park` (where nobody listens) or `anchor` (a silent fake primary). Compared are
roles, data, ids by the order of their appearance, offsets by their order within one id, links and
resync counters. Slow is a full sync: its transfer (from a disk: the save) takes the source 2 s for
each key, or its load the replica 5 ms; or the load of a server's own file, 0.7 ms. Offsets as
numbers are not: real streams have SELECTs in them.
"""
import shutil
import signal
import socketserver
import subprocess
import threading
import time

from pods.resp import RespClient, RespError

COMMON = {"save": "", "protected-mode": "no", "repl-diskless-sync-delay": "0",
          "repl-ping-replica-period": "3600", "repl-timeout": "7200",
          "min-replicas-max-lag": "3600", "appendfsync": "always"}
# A server that loads answers after each piece of its file.
IN_PIECES = {"loading-process-events-interval-bytes": "1024"}
SLOW = {"transfer": {"rdb-key-save-delay": "2000000"},
        "load": {"key-load-delay": "5000", **IN_PIECES},
        "start": {"key-load-delay": "700", **IN_PIECES}}
LIBRARY = "#!lua name=f{0}\nredis.register_function('f{0}', function() return 1 end)"
QUIET_SECONDS = 0.25  # without a change, where every link is up
QUIET_SECONDS_DOWN = 2.4  # where one is down: two tries
SETTLE_LIMIT = 15


class Anchor(socketserver.ThreadingTCPServer):
    """+CONTINUE to whoever names an id, and silence."""
    allow_reuse_address = True
    daemon_threads = True

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while words := self.read_command():
                name = words[0].upper()
                if name == b"PSYNC" and words[1] != b"?":
                    answer = b"+CONTINUE\r\n"
                elif name in (b"PSYNC", b"SYNC"):
                    answer = b"-NOMASTERLINK nothing here to copy\r\n"
                else:
                    answer = b"+PONG\r\n" if name == b"PING" else b"+OK\r\n"
                if words[:2] != [b"REPLCONF", b"ACK"]:
                    self.wfile.write(answer)

        def read_command(self):
            try:
                head = self.rfile.readline()
                if not head.startswith(b"*"):
                    return head.split()
                return [self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2]
                        for _ in range(int(head[1:]))]
            except (OSError, ValueError):
                return None


class Server:
    """One real server. Replicas reach it on `public`, the test on `private`, which it never loses:
    so its gate can be closed although all of them are one machine's loopback."""

    def __init__(self, name, world, number):
        self.name, self.world = name, world
        self.public = f"127.{world.lane}.0.{number}"
        self.private = f"127.{world.lane}.1.{number}"
        self.directory = world.directory / name
        self.kept = world.directory / f"{name}.kept"
        self.directory.mkdir()
        self.kept.mkdir()
        self.process, self.client, self.is_paused = None, None, False

    @property
    def is_running(self):
        return self.process is not None

    def start(self, *options):
        if self.is_running:
            return
        settings, words = dict(COMMON), iter(options)
        settings["repl-diskless-sync"] = "yes"
        bind = [self.private, self.public]
        for word in words:
            if word == "aof":
                settings["appendonly"] = "yes"
            elif word == "loopback":
                bind = [self.private]
            elif word == "disk-based":
                settings["repl-diskless-sync"] = "no"
            elif word == "slow":
                settings.update(SLOW[next(words)])
            elif word == "backlog":
                settings["repl-backlog-size"] = next(words)
            elif word == "backlog-ttl":
                settings["repl-backlog-ttl"] = next(words)
            elif word == "replicaof":
                settings["replicaof"] = " ".join(map(str, self.world.endpoint(next(words))))
        if self.world.knows_shutdown_timeout:
            settings["shutdown-timeout"] = "1"
        arguments = [self.world.program, "--port", str(self.world.port), "--dir", self.directory,
                     "--bind", *bind]
        for key, value in settings.items():
            arguments += [f"--{key}", *(value.split(" ") if value else [""])]
        with open(self.world.directory / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        self._connect(may_load="slow start" in " ".join(options))

    def _connect(self, may_load):
        for _ in range(200):
            if self.process.poll() is not None:
                break
            try:
                self.client = RespClient(self.private, self.world.port)
                said = self.client.info("default")
                # Its files, or already what a primary has sent?
                loads_file = said["loading"] == "1" and said.get("master_sync_in_progress") != "1"
                if may_load or not loads_file:
                    return
            except (OSError, RespError):
                pass
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} does not start: see {self.world.directory}")

    def end(self):
        """After its process was told to end."""
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process, self.is_paused = None, False
        if self.client:
            self.client.close()

    def kill(self):
        self.process.kill()
        self.end()

    def terminate(self, how="nosave"):
        try:
            self.client("SHUTDOWN", how)
        except (ConnectionError, OSError):
            pass
        self.end()

    def signal(self, number, is_paused):
        self.process.send_signal(number)
        self.is_paused = is_paused

    def act(self, verb, *words):
        if verb == "start":
            return self.start(*words)
        if verb == "keep":
            return copy(self.directory, self.kept)
        if verb in ("put-back", "wipe") and not self.is_running:
            return copy(self.kept if verb == "put-back" else None, self.directory)
        if not self.is_running:
            return None
        if verb == "kill":
            return self.kill()
        if verb in ("pause", "resume"):
            number = signal.SIGSTOP if verb == "pause" else signal.SIGCONT
            return self.signal(number, verb == "pause")
        if self.is_paused:
            return None
        if verb == "terminate":
            return self.terminate(*words)
        try:
            return self.command(verb, *words)
        except RespError as error:
            word = str(error).split()[0]
            return "error" if word == "ERR" else word

    def command(self, verb, *words):
        if verb == "write":
            return self.write(int(words[0]))
        if verb == "save":
            self.client("SAVE")
        elif verb == "replicaof":
            self.client("REPLICAOF", *self.world.endpoint(words[0]))
        elif verb == "no-one":
            self.client("REPLICAOF", "NO", "ONE")
        elif verb == "bind":
            both = [self.private] if words[0] == "loopback" else [self.private, self.public]
            self.client("CONFIG", "SET", "bind", " ".join(both))
        elif verb == "min-replicas":
            name = "min-slaves-to-write" if self.world.version < 6 else "min-replicas-to-write"
            self.client("CONFIG", "SET", name, words[0])
        elif verb == "aof":
            self.client("CONFIG", "SET", "appendonly", "yes" if words[0] == "on" else "no")
        elif verb == "function":
            self.client("FUNCTION", "LOAD", LIBRARY.format(words[0]))
        elif verb == "drop-replicas":
            self.client("CLIENT", "KILL", "TYPE", "slave")
        else:
            return "unknown"
        return "ok"

    def write(self, count):
        said = "ok"
        for _ in range(count):
            self.world.written += 1
            try:
                self.client("SET", f"w:{self.world.written:06d}", "x", *self.world.life())
                said = "ok"
            except RespError as error:
                said = str(error).split()[0]
        return said

    def look(self):
        said = self.client.info("default")
        return {**said, "functions": said.get("number_of_libraries", "0"), "keys": self.keys()}

    def keys(self):
        try:
            return ranges_of(self.client("KEYS", "*"))
        except RespError:  # it loads
            return "loading"


def copy(source, target):
    shutil.rmtree(target)
    if source:
        shutil.copytree(source, target)
    else:
        target.mkdir()


class World:
    def __init__(self, program, version, lane, directory):
        self.program, self.version, self.lane = program, version, lane
        self.port = 20100
        self.directory = directory
        self.knows_shutdown_timeout = version >= 7
        self.written, self.servers, self.ids, self.output = 0, {}, {}, []
        self.keys_end_at = None
        self.anchor = Anchor((f"127.{lane}.0.250", self.port), Anchor.Handler)
        threading.Thread(target=self.anchor.serve_forever, daemon=True).start()

    def close(self):
        self.anchor.shutdown()
        self.anchor.server_close()
        for server in self.servers.values():
            if server.is_running:
                server.kill()

    def life(self):
        left = self.keys_end_at and int((self.keys_end_at - time.time()) * 1000)
        return ["PX", str(left)] if left else []

    def endpoint(self, name):
        if name == "park":
            return "127.0.0.1", 1
        if name == "anchor":
            return self.anchor.server_address
        return self.servers[name].public, self.port

    def run(self, schedule):
        for line in schedule.splitlines():
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "servers":
                self.servers = {name: Server(name, self, number)
                                for number, name in enumerate(words[1:], 1)}
            elif words[0] == "settle":
                self.settle()
            elif words[0] == "wait":
                time.sleep(float(words[1]))
            elif words[0] == "lives":
                self.keys_end_at = time.time() + float(words[1])
            elif words[0] == "expire":
                time.sleep(max(0.0, self.keys_end_at + 0.2 - time.time()))
                self.keys_end_at = None
            else:
                name = words[0].rstrip(":")
                said = self.servers[name].act(*words[1:])
                if said:
                    self.output.append(f"{name} {words[1]}: {said}")
        return self.output

    def settle(self):
        began = changed = time.monotonic()
        before = None
        while True:
            seen = {name: server.look() for name, server in self.servers.items()
                    if server.is_running and not server.is_paused}
            now, essence = time.monotonic(), essence_of(seen)
            if essence != before:
                before, changed = essence, now
            is_quiet = all(self.is_level(said, seen) for said in seen.values())
            if now - changed > (QUIET_SECONDS if is_quiet else QUIET_SECONDS_DOWN):
                break
            if now - began > SETTLE_LIMIT:
                self.output.append("does not settle")
                break
            time.sleep(0.03)
        self.output += [self.describe(name, seen) for name in seen] + ["--"]

    def is_level(self, said, seen):
        """A primary, or a replica that has all its source has. A link can be up for a second before
        the stream begins: with the next acknowledgement."""
        if said["role"] != "slave":
            return True
        hosts = {self.servers[name].public: s["master_repl_offset"] for name, s in seen.items()}
        return (said["master_link_status"] == "up"
                and hosts.get(said["master_host"]) == said["master_repl_offset"])

    def describe(self, name, seen):
        said = seen[name]
        offset, second = (int(said[key]) for key in ("master_repl_offset", "second_repl_offset"))
        smaller = {int(s["master_repl_offset"]) for s in seen.values()
                   if s["master_replid"] == said["master_replid"]}
        is_replica = said["role"] == "slave"
        difference = second - 1 - offset
        sign = "behind" if difference < 0 else "ahead" if difference > 0 else "here"
        words = [name, "replica" if is_replica else "primary",
                 "data=" + said["keys"],
                 "id=" + self.name_of(said["master_replid"]),
                 "id2=" + self.name_of(said["master_replid2"]),
                 f"rank={len([o for o in smaller if o < offset])}",
                 "second=" + ("-" if second < 0 else sign),
                 "backlog=" + said["repl_backlog_active"]]
        if is_replica:
            words += [f"up={int(said['master_link_status'] == 'up')}",
                      f"place={int(said['slave_repl_offset'] == said['master_repl_offset'])}"]
        words.append("functions=" + said["functions"])
        words += [f"replicas={said['connected_slaves']}", f"full={said['sync_full']}",
                  f"partial={said['sync_partial_ok']}", f"denied={said['sync_partial_err']}"]
        return " ".join(words)

    def name_of(self, replid):
        if not replid.strip("0"):
            return "-"
        return str(self.ids.setdefault(replid, len(self.ids)))


def essence_of(seen):
    """What stands still when a world has settled. The primary's view of its replicas counts."""
    keys = ("role", "keys", "functions", "master_replid", "master_replid2", "master_repl_offset",
            "master_link_status", "connected_slaves", "sync_full", "sync_partial_ok", "slave0",
            "slave1")
    return {name: [said.get(key, "").rsplit(",lag")[0] if isinstance(said.get(key), str)
                   else said.get(key) for key in keys] for name, said in seen.items()}


def ranges_of(keys):
    numbers = sorted(int(key[2:]) for key in keys)
    parts = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in parts)
