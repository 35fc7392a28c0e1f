"""A clock for agents that can be put forward: what waits for minutes need not be waited for."""
import os
import subprocess

_CLOCK = """
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec* now) {
  int failed = (int)syscall(SYS_clock_gettime, clock, now);
  long seconds = 0;
  FILE* file = clock == CLOCK_BOOTTIME ? fopen("/run/later", "r") : NULL;
  if (file == NULL) return failed;
  if (fscanf(file, "%ld", &seconds) == 1) now->tv_sec += seconds;
  fclose(file);
  return failed;
}
"""


def later_clock():
    """Variables with which an agent's clock is ahead by what let_pass() has put it forward."""
    library = "/var/tmp/redis-agent-later.so"
    own = f"{library}.{os.urandom(4).hex()}"  # a test beside this one may be loading the other
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", own, "-xc", "-"], check=True,
                   input=_CLOCK.encode())
    os.replace(own, library)
    return {"LD_PRELOAD": library}


def let_pass(seconds, *pods):
    """Of the agents in these pods."""
    for pod in pods:
        path = pod.pod.path("/run/later")
        before = int(path.read_text(encoding="ascii")) if path.exists() else 0
        new = path.with_name("later.new")
        new.write_text(str(before + seconds), encoding="ascii")
        new.rename(path)
