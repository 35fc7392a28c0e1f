"""One pod: its own hostname, address and view of the file system, as Kubernetes gives them.

A pod is three namespaces (network, hostname, mounts) that an idle process holds open. Its root
folder is a fresh one: the machine's own folders bound into it, but with a /data, /run and /etc of
its own. Programs are started in it by nsenter; everything else (HTTP, Redis commands) talks to
its address from outside, as the kubelet and Prometheus do.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys

from . import namespaces
from .process import Process

_OWN_FOLDERS = {"proc": None, "data": "0755", "run": "0755", "etc": "0755"}
_ETC_OF_THE_MACHINE = ("alternatives", "group", "ld.so.cache", "localtime", "passwd")
_VARIABLES = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
              "HOME": "/root", "LANG": "C.UTF-8", "TERM": os.environ.get("TERM", "dumb")}


class Pod:
    def __init__(self, name, address, address6, files, folder):
        """`files` maps names under /etc to their text; `folder` is outside, for root and logs."""
        self.name = name
        self.address = address
        self.address6 = address6
        self.addresses = tuple(dict.fromkeys((address, address6)))
        self.processes = []
        self._folder = pathlib.Path(folder)
        self._root = self._folder / "root"
        self._holder = self._hold_namespaces(files)

    # --- its making ---

    def _hold_namespaces(self, files):
        self._root.mkdir(parents=True)
        ready, is_ready = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        holder = os.fork()
        if holder == 0:
            try:
                namespaces.end_with_parent()
                self._make_namespaces(files)
                os.write(is_ready, b"1")
                os.execvp("sleep", ["sleep", "infinity"])
            except BaseException as error:  # pylint: disable=broad-except
                os.write(is_ready, str(error).encode())
            os._exit(1)
        os.close(is_ready)
        with os.fdopen(ready, "rb") as pipe:
            answer = pipe.read(1000)
        if answer != b"1":
            raise OSError(f"cannot make the pod {self.name}: {answer.decode(errors='replace')}")
        return holder

    def _make_namespaces(self, files):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        namespaces.unshare(namespaces.NEW_NETWORK | namespaces.NEW_HOSTNAME | namespaces.NEW_MOUNTS)
        namespaces.keep_mounts_private()
        subprocess.run(["hostname", self.name], check=True)
        namespaces.mount("tmpfs", str(self._root), "tmpfs", "mode=0755")
        for entry in sorted(pathlib.Path("/").iterdir()):
            self._take_over(entry)
        for name, mode in _OWN_FOLDERS.items():
            target = self._root / name
            target.mkdir(exist_ok=True)
            if mode:
                namespaces.mount("tmpfs", str(target), "tmpfs", f"mode={mode}")
            else:
                namespaces.bind(f"/{name}", str(target))
        for name in _ETC_OF_THE_MACHINE:
            self._copy_from_etc(name)
        for name, text in files.items():
            (self._root / "etc" / name).write_text(text, encoding="utf-8")
        (self._root / "run/redis-agent").mkdir()
        os.chroot(self._root)
        os.chdir("/")

    def _take_over(self, entry):
        if entry.name in _OWN_FOLDERS or entry in self._folder.parents:
            return
        target = self._root / entry.name
        if entry.is_symlink():
            target.symlink_to(os.readlink(entry))
        elif entry.is_dir():
            target.mkdir()
            namespaces.bind(str(entry), str(target))

    def _copy_from_etc(self, name):
        source, target = pathlib.Path("/etc") / name, self._root / "etc" / name
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        elif source.exists():
            shutil.copy(source, target)

    # --- programs in it ---

    def _enter(self, command):
        holder = str(self._holder)
        return ["nsenter", "--target", holder, "--net", "--uts", "--mount", "--root", "--wd",
                "--", *map(str, command)]

    def _environment(self, variables):
        return {**_VARIABLES, **(variables or {})}

    def run(self, *command, variables=None, stdin=b"", within=30.0):
        """Runs it to its end; returns a CompletedProcess with bytes, whatever its exit code."""
        return subprocess.run(self._enter(command), input=stdin, capture_output=True, check=False,
                              timeout=within, env=self._environment(variables))

    def start(self, *command, name=None, variables=None):
        """Starts it and returns the Process; its output goes to a log of its own."""
        name = name or pathlib.Path(command[0]).name
        log = self._folder / f"{len(self.processes)}-{name}.log"
        process = Process(f"{name} in {self.name}", self._enter(command), log,
                          self._environment(variables))
        self.processes.append(process)
        return process

    # --- its files, seen from outside ---

    def path(self, inside):
        """The path by which a file of the pod can be read and written from outside."""
        return pathlib.Path(f"/proc/{self._holder}/root") / str(inside).lstrip("/")

    def logs(self):
        return "\n".join(f"--- {process.name}\n{process.log()[-2000:]}"
                         for process in self.processes)

    # --- its network ---

    def network(self, script):
        """Runs lines of `ip -batch` in the pod's network."""
        subprocess.run(["nsenter", "--target", str(self._holder), "--net", "ip", "-batch", "-"],
                       input=script.encode(), check=True, capture_output=True)

    def netns_id(self):
        """The process whose network is the pod's, as `ip link set netns` takes it."""
        return self._holder

    def drop(self, *matches):
        """Drops incoming packets that fit one of the nft matches, like 'ip saddr 10.0.0.2'.

        On INPUT, so that the sender learns nothing: a drop on its own OUTPUT would give it EPERM.
        """
        self._filter("drop", matches)

    def refuse(self, *matches):
        """The same, as if nobody listened."""
        self._filter("reject with tcp reset", matches)

    def _filter(self, verdict, matches):
        rules = "".join(f"add rule inet faults input {match} {verdict}\n" for match in matches)
        self._nft("add table inet faults\n"
                  "add chain inet faults input { type filter hook input priority 0; }\n" + rules)

    def drop_from(self, *others):
        for other in others:
            self.drop(*(f"{'ip6' if ':' in address else 'ip'} saddr {address}"
                        for address in other.addresses))

    def heal(self):
        """Lets all packets in again."""
        self._nft("add table inet faults\ndelete table inet faults\n")

    def limit_rate(self, rate):
        """What it sends is as slow as `rate` says, like '8mbit'; what it receives is not."""
        done = self.run("tc", "qdisc", "replace", "dev", "eth0", "root", "tbf", "rate", rate,
                        "burst", "32kb", "latency", "100ms")
        if done.returncode != 0:
            raise OSError(f"tc: {done.stderr.decode().strip()}")

    def _nft(self, script):
        subprocess.run(["nsenter", "--target", str(self._holder), "--net", "nft", "-f", "-"],
                       input=script.encode(), check=True, capture_output=True)

    def end(self):
        """The node's death as far as it can be had: all its processes and namespaces at once."""
        for process in self.processes:
            process.kill()
        os.kill(self._holder, signal.SIGKILL)
        os.waitpid(self._holder, 0)
