"""Take the README's pictures: `python tests/ui/pictures.py [--out DIR] [--all]`.

They show composites only; `--all` takes every page, wide and narrow, light and dark, for a look before a
release.
"""

import argparse
import sys
import tempfile
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from playwright.sync_api import Page
from ui.app_server import running_app
from ui.browser import choose_age_group, choose_reader, chromium, open_row, wait_until_scored

from cxr.samples import sample_paths

SAMPLES = sample_paths()
WIDE, NARROW = (1440, 900), (390, 844)
SETTLE_MS = 1500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "tests" / "ui" / "pictures")
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    looks = list(product(("light", "dark"), (WIDE, NARROW))) if options.all else [("light", WIDE)]
    with chromium() as browser:
        for scheme, (width, height) in looks:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            suffix = "" if (scheme, width) == ("light", WIDE[0]) else f"-{scheme}-{width}"
            with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as url:
                page = context.new_page()
                read_a_film(page, url)
                whole_page(page, options.out / f"read-a-film{suffix}.png", width, options.all)
                worklist(page, url)
                whole_page(page, options.out / f"worklist{suffix}.png", width, options.all)
                if options.all:
                    case(page)
                    whole_page(page, options.out / f"case{suffix}.png", width, options.all)
                    audit(page, url)
                    whole_page(page, options.out / f"audit{suffix}.png", width, options.all)
                    evidence(page, url)
                    whole_page(page, options.out / f"evidence{suffix}.png", width, options.all)
                    for name, heading in (("this_site", "Prevalence"), ("monitoring", "Week by week")):
                        page.goto(f"{url}/{name}")
                        page.get_by_role("heading", name=heading).wait_for(timeout=180_000)
                        page.wait_for_timeout(SETTLE_MS)
                        whole_page(page, options.out / f"{name}{suffix}.png", width, options.all)
                    simulation(page, url)
                    whole_page(page, options.out / f"simulation{suffix}.png", width, options.all)
            context.close()


def read_a_film(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_test_id("stCheckbox").get_by_text("Try sample films").click()
    page.get_by_role("button", name="Download overlay").nth(len(SAMPLES) - 1).wait_for(timeout=240_000)
    page.wait_for_timeout(SETTLE_MS)
    page.get_by_role("heading", name="Composite pneumonia 1").first.scroll_into_view_if_needed()
    page.locator(".viewer[data-shows=full]").first.wait_for()
    page.keyboard.press("h")
    page.get_by_role("img", name="The film with its heat map").first.wait_for()
    page.wait_for_timeout(SETTLE_MS)


def worklist(page: Page, url: str) -> None:
    page.goto(f"{url}/worklist")
    page.get_by_text("The worklist is empty").wait_for(timeout=180_000)
    choose_age_group(page, "Child")
    page.locator("input[type=file]").set_input_files(SAMPLES)
    wait_until_scored(page)
    page.get_by_role("button", name="Close").click()
    page.wait_for_timeout(SETTLE_MS)


def case(page: Page) -> None:
    """Open the first case and, on a wide screen, claim it."""
    open_row(page, 0)
    page.locator(".viewer[data-shows=full]").wait_for()
    if page.viewport_size and page.viewport_size["width"] == WIDE[0]:
        choose_reader(page, "Dr Osei")
        page.get_by_text("Claim", exact=True).click()
        page.get_by_role("button", name="Release").wait_for()
    page.wait_for_timeout(SETTLE_MS)


def audit(page: Page, url: str) -> None:
    page.goto(f"{url}/audit")
    page.get_by_role("button", name="Check the trail").click(timeout=180_000)
    page.get_by_text("lines are unchanged").wait_for()
    page.wait_for_timeout(SETTLE_MS)


def evidence(page: Page, url: str) -> None:
    page.goto(f"{url}/evidence")
    page.get_by_role("heading", name="Is the probability accurate?").wait_for(timeout=180_000)
    page.wait_for_timeout(SETTLE_MS)


def simulation(page: Page, url: str) -> None:
    page.goto(f"{url}/simulation")
    page.get_by_role("button", name="Simulate").click(timeout=180_000)
    page.get_by_text("Longest wait, hours").wait_for(timeout=120_000)
    page.wait_for_timeout(SETTLE_MS)


def whole_page(page: Page, path: Path, width: int, tall: bool) -> None:
    """Save a picture of the page; with `tall` of all of it, as if the screen were high enough."""
    height = page.viewport_size["height"] if page.viewport_size else WIDE[1]
    if tall:
        needed = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": width, "height": min(int(needed), 9000)})
        page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=path)
    page.set_viewport_size({"width": width, "height": height})


if __name__ == "__main__":
    main()
