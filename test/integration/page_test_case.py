"""What tests of the page share: a browser, and how to look at what it shows."""
import json
import os
import pathlib
import shutil

from pod_test_case import SERVERS, PodTestCase, eventually
from pods.browser import Browser

AXE = SERVERS / "axe-core" / "axe.min.js"


class PageTestCase(PodTestCase):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("chromium"):
            raise cls.skipTest(cls, "there is no chromium: test/packages all installs it")

    def setUp(self):
        super().setUp()
        self.browser = Browser()
        self.addCleanup(self.browser.close)

    def open(self, pod, **look):
        page = self.browser.open(f"http://{pod.pod.address}:9121/", **look)
        eventually(lambda: page.run("!document.getElementById('live-parts').hidden"),
                   "the page to show the pods", pods=[pod])
        return page

    def see(self, page, *texts, within=10.0):
        """Until the page shows all of them."""
        def look():
            shown = page.text()
            missing = [text for text in texts if text not in shown]
            if missing:
                raise LookupError(f"{missing} is not on the page:\n{shown[:3000]}")
            return True
        eventually(look, f"the page to show {texts}", within)

    @staticmethod
    def picture(page):
        return page.run("document.querySelector('#picture svg').getAttribute('aria-label')")

    def check_with_axe(self, page, width):
        """In a page that has axe in it."""
        found = page.run("axe.run().then(r => JSON.stringify(r.violations.map(v => "
                         "[v.id, v.nodes.map(n => n.html + n.failureSummary)])))")
        self.assertEqual(json.loads(found), [])
        self.assertLessEqual(page.run("document.documentElement.scrollWidth"), width,
                             "nothing is out of sight at its side")

    @staticmethod
    def save(page, name):
        folder = os.environ.get("PAGE_TEST_SCREENSHOTS")
        if folder:
            page.screenshot(pathlib.Path(folder) / f"{name}.png")
