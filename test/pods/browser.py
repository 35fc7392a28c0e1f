"""A headless Chromium, driven over a pipe by its own protocol (chromedevtools.github.io).

It runs in the world's network, so that it reaches pods and nothing else; or where `enter` leads, a
command that runs another.
"""
import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

_FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
          "--no-first-run", "--disable-extensions", "--disable-background-networking",
          "--disable-component-update", "--hide-scrollbars", "--remote-debugging-pipe")


class Browser:
    def __init__(self, *flags, enter=()):
        self._folder = tempfile.mkdtemp(prefix="browser-")
        to_it, self._write = os.pipe()
        self._read, from_it = os.pipe()
        command = [*enter, "bash", "-c", f'exec "$@" 3<&{to_it} 4>&{from_it}', "bash", "chromium",
                   *_FLAGS, *flags, f"--user-data-dir={self._folder}", "about:blank"]
        self._process = subprocess.Popen(
            command, pass_fds=(to_it, from_it), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "HOME": self._folder},
            start_new_session=True)
        os.close(to_it)
        os.close(from_it)
        self._received = b""
        self._number = 0
        self.events = []

    def close(self):
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._write)
        os.close(self._read)
        shutil.rmtree(self._folder, ignore_errors=True)

    def call(self, method, parameters=None, session=None, within=30.0):
        """The result of a call; raises RuntimeError with the browser's complaint."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        sent = json.dumps(message).encode() + b"\0"
        while sent:
            sent = sent[os.write(self._write, sent):]
        end = time.monotonic() + within
        while True:
            answer = self._next(end, method)
            if answer.get("id") == self._number:
                break
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def _next(self, end, what):
        while b"\0" not in self._received:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._read], [], [], left)[0]:
                raise TimeoutError(f"the browser has not answered to {what}")
            part = os.read(self._read, 1 << 20)
            if not part:
                raise EOFError("the browser has ended")
            self._received += part
        message, _, self._received = self._received.partition(b"\0")
        return json.loads(message)

    def open(self, url, **look):
        return Page(self, url, **look)


class Page:
    """One tab. `scheme` is light or dark."""

    def __init__(self, browser, url, width=1280, height=900, scheme="light"):
        self._browser = browser
        target = browser.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self._target = target
        self._session = browser.call("Target.attachToTarget",
                                     {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Performance"):
            self.call(f"{domain}.enable")
        self.look(width, height, scheme)
        self.call("Page.navigate", {"url": url})

    def call(self, method, parameters=None):
        return self._browser.call(method, parameters, self._session)

    def look(self, width, height, scheme):
        self.call("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": 1,
                   "mobile": width < 600})
        self.call("Emulation.setEmulatedMedia",
                  {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def run(self, script):
        """The value of an expression, which may be a promise."""
        done = self.call("Runtime.evaluate", {"expression": script, "returnByValue": True,
                                              "awaitPromise": True,
                                              "allowUnsafeEvalBlockedByCSP": False})
        if "exceptionDetails" in done:
            raise RuntimeError(str(done["exceptionDetails"]["exception"].get("description")))
        return done["result"].get("value")

    def text(self):
        return self.run("document.body.innerText")

    def press(self, key, code=0, modifiers=0):
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": key,
                                                 "windowsVirtualKeyCode": code,
                                                 "modifiers": modifiers})

    def screenshot(self, path):
        height = self.run("document.documentElement.scrollHeight")
        width = self.run("innerWidth")
        shot = self.call("Page.captureScreenshot", {
            "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}})
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def complaints(self):
        """What the console has of errors and warnings, and scripts have thrown."""
        self.run("0")
        return [event for event in map(self._complaint, self._own_events()) if event]

    def interruptions(self):
        """How often Chromium has given up what was under way, as a network device came or went."""
        self.run("0")
        return sum("ERR_NETWORK_CHANGED" in event["params"]["entry"]["text"]
                   for event in self._own_events() if event["method"] == "Log.entryAdded")

    def requests(self):
        """The URLs that it has asked for."""
        return [event["params"]["request"]["url"] for event in self._own_events()
                if event["method"] == "Network.requestWillBeSent"]

    def _own_events(self):
        return [event for event in self._browser.events
                if event.get("sessionId") == self._session]

    @staticmethod
    def _complaint(event):
        told = event["params"]
        if event["method"] == "Runtime.exceptionThrown":
            return str(told["exceptionDetails"])
        if event["method"] == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            # The world's links still come up beside it; the page asks again.
            if "ERR_NETWORK_CHANGED" in told["entry"]["text"]:
                return None
            return f"{told['entry']['text']} {told['entry'].get('url', '')}"
        if event["method"] == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning"):
            return str(told["args"])
        return ""

    def metrics(self):
        self.call("HeapProfiler.collectGarbage")
        return {one["name"]: one["value"]
                for one in self.call("Performance.getMetrics")["metrics"]}

    def close(self):
        self._browser.call("Target.closeTarget", {"targetId": self._target})
