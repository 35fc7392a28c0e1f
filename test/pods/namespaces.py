"""Linux namespaces by the C library: what Python 3.11 does not offer itself.

A "world" is one outer set of namespaces that holds everything a test or the demo starts. Its
process 1 is the Python program that uses it: when that process ends, however it ends, the kernel
ends every other process of the world, and with them go all mounts, networks and temporary files.
This module makes such sets; it knows nothing of pods, Redis or DNS.
"""
import ctypes
import os
import signal

_libc = ctypes.CDLL(None, use_errno=True)

NEW_MOUNTS = 0x00020000
NEW_HOSTNAME = 0x04000000
NEW_IPC = 0x08000000
NEW_PIDS = 0x20000000
NEW_NETWORK = 0x40000000

_MS_BIND = 4096
_MS_REC = 16384
_MS_PRIVATE = 1 << 18
_PR_SET_PDEATHSIG = 1


def _check(outcome, what):
    if outcome != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def unshare(kinds):
    _check(_libc.unshare(kinds), "unshare")


def mount(source, target, kind=None, options=None):
    encoded = [text.encode() if text else None for text in (source, target, kind)]
    data = options.encode() if options else None
    _check(_libc.mount(*encoded, 0, data), f"mount {kind} on {target}")


def bind(source, target):
    encoded = source.encode(), target.encode()
    _check(_libc.mount(*encoded, None, _MS_BIND | _MS_REC, None), f"bind {source} on {target}")


def keep_mounts_private():
    _check(_libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None), "make / private")


def end_with_parent():
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def enter_world(end_patience=5):
    """Goes on as process 1 of a new world; the caller's old process waits and takes over its exit.

    The old process hands SIGINT, SIGTERM and SIGHUP on as one SIGINT, and ends the world by force
    if that has not ended it within `end_patience` seconds. The world has its own process group,
    so that Ctrl-C reaches it once and by this way only. Raises OSError where that is not allowed.
    """
    unshare(NEW_PIDS | NEW_MOUNTS | NEW_NETWORK | NEW_HOSTNAME | NEW_IPC)
    keep_mounts_private()
    child = os.fork()
    if child == 0:
        end_with_parent()
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        mount("proc", "/proc", "proc")
        return

    def hand_on(_number, _frame):
        for caught in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(caught, signal.SIG_IGN)
        os.kill(child, signal.SIGINT)
        signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
        signal.alarm(end_patience)

    for caught in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(caught, hand_on)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)
