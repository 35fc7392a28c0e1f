"""A DNS server that misbehaves: stands before dnsmasq and delays or spoils its answers.

usage: dns_relay.py ADDRESS delay SECONDS | garbage | wrong-id
"""
import os
import socket
import sys
import threading
import time


def serve(address, spoil):
    entrance = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    entrance.bind((address, 53))
    print("ready", flush=True)
    while True:
        query, client = entrance.recvfrom(4096)
        threading.Thread(target=answer, args=(entrance, address, query, client, spoil),
                         daemon=True).start()


def answer(entrance, address, query, client, spoil):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as behind:
        behind.settimeout(5)
        behind.sendto(query, (address, 5353))
        entrance.sendto(spoil(behind.recv(4096)), client)


def main(address, how, *details):
    def delay(reply):
        time.sleep(float(details[0]))
        return reply

    ways = {
        "delay": delay,
        "garbage": lambda reply: reply[:2] + os.urandom(len(reply) - 2),
        "wrong-id": lambda reply: bytes([reply[0] ^ 0xff]) + reply[1:],
    }
    serve(address, ways[how])


if __name__ == "__main__":
    main(*sys.argv[1:])
