"""Cores that do not fall asleep.

To wake a core that sleeps costs what the hypervisor takes for it, some tens to hundreds of
microseconds, and the kernel charges it to whoever is woken: most of what a program that works for a
moment then seems to cost. A node with work to do has no cores that sleep.
"""
import contextlib
import os
import subprocess
import sys

_NEVER_ENDS = """import os
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while True: pass
"""


@contextlib.contextmanager
def cores_kept_awake():
    """By processes that run where nobody else wants to."""
    busy = [subprocess.Popen([sys.executable, "-c", _NEVER_ENDS]) for _ in range(os.cpu_count())]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()
