"""A process in a pod: its output in a file, signals by name, an end that is waited for."""
import os
import signal
import subprocess

from .waiting import wait_until


class Process:
    def __init__(self, name, command, log_path, env):
        self.name = name
        self.log_path = log_path
        with open(log_path, "ab") as log:
            self._popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                           stderr=subprocess.STDOUT, env=env)

    @property
    def pid(self):
        return self._popen.pid

    @property
    def is_running(self):
        return self._popen.poll() is None

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait_for_log(self, text, within=10.0):
        wait_until(lambda: text in self.log(), f"{text!r} in the log of {self.name}", within,
                   on_failure=lambda: self.log()[-3000:])

    def send_signal(self, number):
        os.kill(self.pid, number)

    def pause(self):
        self.send_signal(signal.SIGSTOP)

    def resume(self):
        self.send_signal(signal.SIGCONT)

    def wait(self, within=10.0):
        """Returns the exit code; minus the number of the signal that ended it."""
        return self._popen.wait(within)

    def stop(self, within=15.0, number=signal.SIGTERM):
        """Asks it to end; kills it only if it does not. Returns the exit code."""
        if self.is_running:
            self.send_signal(number)
            self.resume()
        try:
            return self.wait(within)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self):
        if self.is_running:
            self.send_signal(signal.SIGKILL)
        return self.wait()

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
