"""The page with more pods than a test can start: as a /topology of them has it drawn."""
import pod_test_case
from page_test_case import AXE, PageTestCase
from pod_test_case import eventually
from pods.page_stub import PageStub, topology

LOOKS = ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"))
# What is cut short ends with this.
CUT = "…"


class Many(PageTestCase):
    def show(self, told, width=1280, scheme="light"):
        stub = PageStub(told)
        self.addCleanup(stub.close)
        page = self.browser.open(stub.url, width=width, scheme=scheme)
        eventually(lambda: page.run("document.getElementById('live-parts')?.hidden === false"),
                   "the page to show the pods")
        return page

    @staticmethod
    def texts(page, selector):
        return page.run(f"[...document.querySelectorAll('{selector}')].map(e => e.textContent)")

    def test_every_replica_has_a_line_of_its_own(self):
        page = self.show(topology(30))
        strokes = page.run("[...document.querySelectorAll('#plot-area .line')].map(line => "
                           "line.getAttribute('class'))")
        self.assertEqual(len(set(strokes)), 29, strokes)
        self.assertEqual(page.run("[...document.querySelectorAll('#legend path')].map(line => "
                                  "line.getAttribute('class'))"), strokes)

    def test_all_names_and_lags_can_be_read_in_the_picture(self):
        for count, chained in ((3, 0), (12, 0), (12, 4), (30, 0)):
            for width in (1280, 390):
                with self.subTest(count=count, chained=chained, width=width):
                    page = self.show(topology(count, chained), width)
                    names = self.texts(page, "#picture .name")
                    self.assertEqual(len(names), count)
                    said = names + self.texts(page, "#picture .sub")
                    self.assertEqual([text for text in said if CUT in text], [])
                    boxes = page.run(
                        "[...document.querySelectorAll('#picture .box')].map(box => "
                        "{ const b = box.getBoundingClientRect(); "
                        "return [b.left, b.top, b.right, b.bottom]; })")
                    for i, one in enumerate(boxes):
                        for other in boxes[:i]:
                            self.assertFalse(overlap(one, other), (names[i], one, other))
                    page.close()

    def test_the_picture_stays_short(self):
        page = self.show(topology(30))
        self.assertLess(page.run("document.querySelector('#picture svg').clientHeight"), 1000)

    def test_a_line_is_picked_out_by_its_name(self):
        page = self.show(topology(12))
        page.run("document.querySelectorAll('#legend li')[3].dispatchEvent("
                 "new PointerEvent('pointerenter'))")
        opacities = "[...document.querySelectorAll('#plot-area .line')].map(line => " \
                    "getComputedStyle(line).opacity)"
        self.assertEqual(page.run(opacities), ["0.15"] * 3 + ["1"] + ["0.15"] * 7)
        page.run("document.querySelectorAll('#legend li')[3].dispatchEvent("
                 "new PointerEvent('pointerleave'))")
        self.assertEqual(set(page.run(opacities)), {"1"})

    def test_axe_finds_nothing(self):
        if not AXE.exists():
            self.skipTest("axe-core is not there: test/servers fetches it")
        axe = AXE.read_text(encoding="utf-8") + ";0"
        for count, chained, troubled in ((12, 4, 2), (30, 0, 3)):
            page = self.show(topology(count, chained, troubled))
            page.run(axe)
            for width, scheme in LOOKS:
                page.look(width, 900, scheme)
                page.run("new Promise(done => setTimeout(done, 300))")
                with self.subTest(count=count, width=width, scheme=scheme):
                    self.save(page, f"{count}-pods-{scheme}-{width}")
                    self.check_with_axe(page, width)
            self.assertEqual(page.complaints(), [])
            page.close()


def overlap(one, other):
    return (one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3])


if __name__ == "__main__":
    pod_test_case.main()
