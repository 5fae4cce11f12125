"""Take the README's pictures: `python tests/ui/pictures.py [--out DIR] [--all] [--language es]`.

They show composites only; `--all` takes every page, wide and narrow, light and dark, for a look before a
release, and `--look light-1440` only those of one look.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from playwright.sync_api import Locator, Page
from ui.app_server import running_app
from ui.browser import CASE_ROWS, chromium, open_row, wait_until_drawn

from cxr.language.catalogue import translated
from cxr.language.language import COOKIE, Language
from cxr.samples import sample_paths
from cxr.ui.cookies import READER_COOKIE

SAMPLES = sample_paths()
WIDE, NARROW = (1440, 900), (390, 844)
SETTLE_MS = 1500
READER = "Dr Osei"
UNDER_THE_HEADER = "(heading) => { heading.style.scrollMarginTop = '5rem'; heading.scrollIntoView(); }"
KEEP_HEIGHTS = """() => {
  for (const host of document.querySelectorAll("[data-testid=stBidiComponentIsolated]"))
    for (const stage of host.shadowRoot.querySelectorAll(".stage"))
      stage.style.height = `${stage.clientHeight}px`;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "tests" / "ui" / "pictures")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--look", help="such as dark-390; with --all")
    parser.add_argument("--language", type=Language, default=Language.ENGLISH)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    looks = list(product(("light", "dark"), (WIDE, NARROW))) if options.all else [("light", WIDE)]
    with chromium() as browser:
        for scheme, (width, height) in looks:
            if options.look not in (None, f"{scheme}-{width}"):
                continue
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            suffix = "" if (scheme, width) == ("light", WIDE[0]) else f"-{scheme}-{width}"
            with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as url:
                context.add_cookies([{"name": COOKIE, "value": options.language.value, "url": url}])
                pages = Pages(context.new_page(), url, options.language)
                names = ["read-a-film", "worklist"]
                if options.all:
                    names += ["case", "audit", "evidence", "this_site", "monitoring", "simulation"]
                for name in names:
                    getattr(pages, name.replace("-", "_"))()
                    whole_page(pages.page, options.out / f"{name}{suffix}.png", width, options.all)
            context.close()


@dataclass
class Pages:
    """Opens each page and waits until it is whole."""

    page: Page
    url: str
    language: Language

    def said(self, text: str) -> str:
        return translated(self.language, text)

    def button(self, text: str) -> Locator:
        return self.page.get_by_role("button", name=self.said(text))

    def settle(self) -> None:
        wait_until_drawn(self.page)
        self.page.wait_for_timeout(SETTLE_MS)

    def read_a_film(self) -> None:
        page = self.page
        page.goto(self.url)
        page.get_by_test_id("stCheckbox").get_by_text(self.said("Try sample films")).click()
        self.button("Download overlay").nth(len(SAMPLES) - 1).wait_for(timeout=240_000)
        page.wait_for_timeout(SETTLE_MS)
        page.get_by_test_id("stHeading").nth(1).evaluate(UNDER_THE_HEADER)
        page.locator(".viewer[data-shows=full]").first.wait_for()
        page.keyboard.press("h")
        self.settle()

    def worklist(self) -> None:
        page = self.page
        page.goto(f"{self.url}/worklist")
        page.get_by_role("radio").first.wait_for(timeout=180_000)
        page.get_by_role("radio", name=self.said("Child, 1 to 5 years")).click()
        page.locator("input[type=file]").set_input_files(SAMPLES)
        page.locator(CASE_ROWS).nth(len(SAMPLES) - 1).wait_for()
        page.locator(".stMarkdownBadge", has_text=f"{self.said('To be scored')} 0").wait_for(state="attached")
        self.button("Close").click()
        self.settle()

    def case(self) -> None:
        """Open the first case and, on a wide screen, claim it."""
        page = self.page
        page.context.add_cookies([{"name": READER_COOKIE, "value": READER, "url": self.url}])
        page.reload()
        open_row(page, 0)
        page.locator(".viewer[data-shows=full]").wait_for()
        if page.viewport_size and page.viewport_size["width"] == WIDE[0]:
            page.locator("button:enabled").get_by_text(self.said("Claim"), exact=True).click()
            page.get_by_role("button").get_by_text(self.said("Release"), exact=True).wait_for()
        self.settle()

    def audit(self) -> None:
        self.page.goto(f"{self.url}/audit")
        self.button("Check the trail").click(timeout=180_000)
        self.page.get_by_test_id("stAlertContentSuccess").wait_for()
        self.settle()

    def evidence(self) -> None:
        self._open("evidence", "Is the probability accurate?")

    def this_site(self) -> None:
        self._open("this_site", "Prevalence")

    def monitoring(self) -> None:
        self._open("monitoring", "Week by week")

    def simulation(self) -> None:
        self._open("simulation", "Does it help?")
        self.page.get_by_text(self.said("All figures")).wait_for(timeout=120_000)
        self.page.get_by_test_id("stProgress").wait_for(state="detached", timeout=120_000)
        self.settle()

    def _open(self, path: str, heading: str) -> None:
        self.page.goto(f"{self.url}/{path}")
        self.page.get_by_role("heading", name=self.said(heading)).wait_for(timeout=180_000)
        self.settle()


def whole_page(page: Page, path: Path, width: int, tall: bool) -> None:
    """Save a picture of the page; with `tall` of all of it, with each film as high as on the screen."""
    height = page.viewport_size["height"] if page.viewport_size else WIDE[1]
    page.evaluate(KEEP_HEIGHTS)
    if tall:
        needed = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": width, "height": min(int(needed), 9000)})
        page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=path)
    page.set_viewport_size({"width": width, "height": height})


if __name__ == "__main__":
    main()
