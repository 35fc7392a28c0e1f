"""PINGs servers every 5 ms until SIGTERM, and then prints how long each let wait at most.

usage: ping_loop.py ADDRESS...
"""
import signal
import socket
import sys
import threading
import time


def ping(address, worst, is_over):
    with socket.create_connection((address, 6379)) as connection:
        while not is_over.is_set():
            begin = time.monotonic()
            connection.sendall(b"PING\r\n")
            connection.recv(100)
            worst[address] = max(worst[address], time.monotonic() - begin)
            time.sleep(0.005)


def main(*addresses):
    worst = dict.fromkeys(addresses, 0.0)
    is_over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: is_over.set())
    begun = [threading.Thread(target=ping, args=(address, worst, is_over), daemon=True)
             for address in addresses]
    for thread in begun:
        thread.start()
    print("ready", flush=True)
    is_over.wait()
    for thread in begun:
        thread.join(30)
    for address, seconds in worst.items():
        print(address, f"{seconds:.6f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
