"""Servers that no real Redis can be made to be, for the agent's link to meet.

usage: fakes.py KIND [ADDRESS [PORT]]
"""
import os
import socket
import sys
import threading
import time


def garbage(client):
    client.recv(4096)
    client.sendall(os.urandom(4096))


def http(client):
    client.recv(4096)
    client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def gigabytes(client):
    client.recv(4096)
    client.sendall(b"$8000000000\r\n")
    while True:
        client.sendall(b"x" * 65536)


def endless_line(client):
    client.recv(4096)
    client.sendall(b"+")
    while True:
        client.sendall(b"x" * 65536)


def endless_array(client):
    client.recv(4096)
    client.sendall(b"*1000000000\r\n")
    while True:
        client.sendall(b":1\r\n" * 10000)


def deep(client):
    client.recv(4096)
    client.sendall(b"*1\r\n" * 100000)


def drip(client):
    client.recv(4096)
    while True:
        client.sendall(b"$")
        time.sleep(0.1)


def silent(client):
    while client.recv(4096):
        pass


def close(_client):
    pass


def wrong_replies(client):
    """RESP, and not what was asked for."""
    while client.recv(4096):
        client.sendall(b":1\r\n" * 20)


def serve(kind, address="127.0.0.1", port=6379):
    with socket.create_server((address, int(port))) as listener:
        print("ready", flush=True)
        while True:
            client, _ = listener.accept()
            threading.Thread(target=answer, args=(kind, client), daemon=True).start()


def answer(kind, client):
    with client:
        try:
            KINDS[kind](client)
        except OSError:
            pass


KINDS = {function.__name__.replace("_", "-"): function
         for function in (garbage, http, gigabytes, endless_line, endless_array, deep, drip, silent,
                          close, wrong_replies)}

if __name__ == "__main__":
    serve(*sys.argv[1:])
