"""One HTTP request on a connection of its own, as a probe makes it."""
import http.client
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict  # names in lower case
    body: bytes

    @property
    def text(self):
        return self.body.decode(errors="replace").strip()

    def json(self):
        return json.loads(self.body)


def http_get(address, path, port=9121, *, method="GET", headers=None, within=5.0, tls=None):
    """By TLS with an ssl.SSLContext, which looks at no name: the pods have addresses here."""
    if tls is None:
        connection = http.client.HTTPConnection(address, port, timeout=within)
    else:
        connection = http.client.HTTPSConnection(address, port, timeout=within, context=tls)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, response.read())
    finally:
        connection.close()
