"""Writes to servers, a key of its own each, until SIGTERM; then prints what was acknowledged.

usage: write_loop.py ADDRESS...
Each line is ADDRESS KEY SENT ANSWERED, by the clock that all processes of the machine share.
"""
import os
import pathlib
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
# pylint: disable=wrong-import-position
from pods.resp import RespClient, RespError

_PAUSE = 0.0002  # some 2,000 a second


def write(address, taken, is_over):
    number = 0
    while not is_over.is_set():
        try:
            with RespClient(address, timeout=5) as redis:
                while not is_over.is_set():
                    number += 1
                    key = f"w:{os.getpid()}:{address}:{number}"
                    sent = time.monotonic()
                    try:
                        redis("SET", key, "x" * 100)
                        taken.append((address, key, sent, time.monotonic()))
                        time.sleep(_PAUSE)
                    except RespError:
                        time.sleep(0.002)
        except OSError:
            time.sleep(0.001)


def main(*addresses):
    is_over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: is_over.set())
    taken = []
    threads = [threading.Thread(target=write, args=(address, taken, is_over), daemon=True)
               for address in addresses]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    is_over.wait()
    for thread in threads:
        thread.join(6)
    for line in taken:
        print(*line)


if __name__ == "__main__":
    main(*sys.argv[1:])
