"""The viewer in a browser: by mouse, keyboard and touch, down to the pixels on the screen."""

import io
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from film.film_files import dicom_file
from made_films import grey_level
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from ui.app_server import running_app
from ui.browser import calls_outside
from ui.shown_cases import ADA, now, worklist_in
from ui.viewer_page import DRAWN, readout, zoom_shown
from worklist.made_cases import UNKNOWN, WORKER, reading

from cxr.explain.overlay import overlay
from cxr.worklist.queue.scoring_queue import Scored

pytestmark = pytest.mark.long

Pixels = npt.NDArray[np.uint8]
BLOCKS, BLOCK = 32, 32
SIDE = BLOCKS * BLOCK
SPACING_MM = 0.4
OPACITY = 0.55
HIDE = """() => {
  const style = document.createElement("style");
  style.textContent = ".signs, .readout, .message, .panel { visibility: hidden }";
  const hosts = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")];
  const roots = hosts.map((host) => host.shadowRoot);
  roots.find((root) => root.querySelector(".viewer")).append(style);
  return style;
}"""
# Chromium has WebGL in software here, which the viewer would not use.
WITH_WEBGL = """
const { prototype } = WebGL2RenderingContext, get = prototype.getParameter;
prototype.getParameter = function (name) { return name === 0x9246 ? "a card" : get.call(this, name); };
"""


class Shown(NamedTuple):
    """Cases of an app that runs: one of 16 bits with heat, one of 8 bits whose heat is not shown."""

    url: str
    hot: int
    cool: int


def blocks() -> npt.NDArray[np.uint16]:
    """A film of 1024 grey levels, four for each one that 8 bits tell apart."""
    levels = 64 * np.arange(BLOCKS * BLOCKS, dtype=np.uint16).reshape(BLOCKS, BLOCKS)
    return np.kron(levels, np.ones((BLOCK, BLOCK), np.uint16))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("app")
    worklist = worklist_in(folder)
    spacing = [SPACING_MM, SPACING_MM]
    ramp = dicom_file(blocks(), ImagerPixelSpacing=spacing, WindowCenter=32768, WindowWidth=65536)
    numbers = []
    for content, probability in ((ramp, 0.9), (dicom_file(grey_level(1, 300, 300)), 0.1)):
        case = now(worklist, worklist.intake.accept("film.dcm", content, UNKNOWN, ADA).number)
        worklist.scoring.claim(WORKER, 1)
        worklist.scoring.record(WORKER, [Scored(case, reading(probability), b"jpeg")])
        numbers.append(case.number)
    with running_app(folder) as url:
        yield Shown(url, *numbers)


@pytest.fixture(scope="module")
def tablet(browser: Browser) -> Iterator[BrowserContext]:
    """A browser with touch, which loads Streamlit's scripts for the first test alone."""
    with browser.new_context(viewport={"width": 1440, "height": 900}, has_touch=True) as context:
        yield context


@pytest.fixture
def context(tablet: BrowserContext) -> Iterator[BrowserContext]:
    """The same browser, whose pages are closed after a test."""
    yield tablet
    for page in tablet.pages:
        page.close()


@pytest.fixture
def page(context: BrowserContext, app: Shown) -> Page:
    return opened(context, app.url, app.hot)


def opened(context: BrowserContext, url: str, case: int) -> Page:
    page = context.new_page()
    outside = calls_outside(page)
    page.goto(f"{url}/case?case={case}")
    page.locator(".viewer[data-shows=full]").wait_for()
    page.locator(".stage").scroll_into_view_if_needed()
    assert outside == []
    return page


def stage_box(page: Page) -> tuple[float, float, float, float]:
    box = page.locator(".stage").bounding_box()
    assert box
    return box["x"], box["y"], box["width"], box["height"]


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a share of the fitted film's sides lies on the screen."""
    left, top, width, height = stage_box(page)
    side = min(width, height)
    return left + width / 2 + (x - 0.5) * side, top + height / 2 + (y - 0.5) * side


def picture(page: Page) -> Pixels:
    """The pixels of the stage, without what is written over them."""
    page.evaluate(DRAWN)
    hidden = page.evaluate_handle(HIDE)
    left, top, width, height = stage_box(page)
    shot = page.screenshot(clip={"x": left, "y": top, "width": width, "height": height})
    hidden.evaluate("(style) => style.remove()")
    return np.asarray(Image.open(io.BytesIO(shot), formats=["PNG"]).convert("RGB"))


def fitted(shot: Pixels) -> Pixels:
    """The part of a picture of the stage that a fitted square film takes."""
    height, width = shot.shape[:2]
    left = round((width - height) / 2)
    return shot[:, left : left + height]


def place_shown(page: Page) -> tuple[int, int]:
    found = re.search(r"x (\d+), y (\d+): grey level (\d+)", readout(page))
    assert found
    x, y, level = map(int, found.groups())
    assert level == blocks()[y, x]
    return x, y


def without_scale_bar(shot: Pixels) -> Pixels:
    return shot[: -len(shot) // 8]


def test_a_film_fills_most_of_the_window_and_shows_far_more_than_256_grey_levels(page: Page) -> None:
    _, _, width, height = stage_box(page)
    assert height >= 0.7 * 900 and width >= 600
    seen = 0
    # Two windows of a quarter of the range, side by side: of 8 bits they would show some 64 levels each.
    for keys in ("[" * 6, "." * 20):
        for key in keys:
            page.keyboard.press(key)
        shot = fitted(picture(page))
        centres = ((np.arange(BLOCKS) + 0.5) / BLOCKS * len(shot)).astype(int)
        seen += len(set(shot[np.ix_(centres, centres)][:, :, 0].ravel().tolist()) - {0, 255})
    assert seen > 400


def test_the_wheel_zooms_to_the_cursor_a_drag_moves_and_a_double_click_fits(page: Page) -> None:
    page.mouse.move(*on_screen(page, 0.25, 0.7))
    before, fit = place_shown(page), zoom_shown(page)
    page.mouse.wheel(0, -600)
    expect(page.locator(".readout")).not_to_contain_text(f"Zoom {fit:.0f} %")

    assert zoom_shown(page) > 2 * fit
    assert place_shown(page) == pytest.approx(before, abs=2)

    x, y = on_screen(page, 0.25, 0.7)
    page.mouse.down()
    page.mouse.move(x + 90, y - 60)
    page.mouse.up()
    assert place_shown(page) == pytest.approx(before, abs=3), "the place moves with the hand"

    page.mouse.dblclick(x, y)
    expect(page.locator(".readout")).to_contain_text(f"Zoom {fit:.0f} %")


def test_a_right_drag_windows_and_the_readout_says_so(page: Page) -> None:
    x, y = on_screen(page, 0.5, 0.5)
    page.mouse.move(x, y)
    page.mouse.down(button="right")
    page.mouse.move(x - 200, y + 80, steps=4)
    page.mouse.up(button="right")

    found = re.search(r"Level (\d+), width (\d+)", readout(page))
    assert found and int(found[2]) < 55_000 and int(found[1]) > 34_000
    page.get_by_role("button", name="Stored").click()
    expect(page.locator(".readout")).to_contain_text("width 65535")


def test_keys_act_on_the_page_but_never_in_a_text_field(page: Page) -> None:
    signs = page.locator(".signs")
    field = page.get_by_role("combobox", name="Reader")
    field.click()
    page.keyboard.type("irmh")
    expect(field).to_have_value("irmh")
    expect(signs).to_be_empty()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    focus = page.evaluate_handle("document.activeElement")

    for key in "irmw?":
        page.keyboard.press(key)

    expect(signs).to_contain_text("Inverted")
    # Left and right are exchanged on the screen, whichever way the film is rotated.
    expect(signs).to_contain_text("Rotated 270°")
    expect(signs).to_contain_text("Mirrored")
    expect(page.get_by_role("button", name="Lung")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("region", name="Keys")).to_be_visible()
    assert page.evaluate("(before) => document.activeElement === before", focus)
    page.get_by_role("button", name="Reset view and window").click()
    expect(signs).to_be_empty()


def test_two_fingers_zoom_and_a_double_tap_fits(page: Page, context: BrowserContext) -> None:
    touch = context.new_cdp_session(page)
    x, y = on_screen(page, 0.5, 0.5)
    fit = zoom_shown(page)

    def fingers(kind: str, *offsets: float) -> None:
        points = [{"x": x + offset, "y": y, "id": number} for number, offset in enumerate(offsets)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", -40, 40)
    for gap in (60, 80, 100, 120):
        fingers("touchMove", -gap, gap)
    fingers("touchEnd")
    expect(page.locator(".readout")).not_to_contain_text(f"Zoom {fit:.0f} %")
    assert zoom_shown(page) == pytest.approx(3 * fit, rel=0.1)

    for _ in range(2):
        fingers("touchStart", 0)
        fingers("touchEnd")
    expect(page.locator(".readout")).to_contain_text(f"Zoom {fit:.0f} %")


def test_heat_is_off_at_first_and_drawn_like_the_overlay_that_is_exported(page: Page) -> None:
    plain = without_scale_bar(fitted(picture(page)))
    assert (plain == plain[:, :, :1]).all()

    page.keyboard.press("h")
    page.get_by_role("img", name="The film with its heat map").wait_for()

    heated, heat = without_scale_bar(fitted(picture(page))), reading(0.9).heat
    assert heat
    square = np.zeros((plain.shape[1], plain.shape[1]), np.uint8)
    square[: len(plain)] = plain[:, :, 0]
    expected = overlay(square, heat, OPACITY)[: len(plain)]
    difference = np.abs(heated.astype(int) - expected.astype(int)).max(axis=2)
    assert np.percentile(difference, 90) <= 4
    expect(page.get_by_text("high (same scale for all films)")).to_be_visible()
    # Ticking a box is no typing: the keys still act.
    page.get_by_role("checkbox", name="Outline of the hottest region").click()
    page.keyboard.press("h")
    np.testing.assert_array_equal(without_scale_bar(fitted(picture(page))), plain)


def test_below_the_low_operating_point_no_heat_can_be_drawn(context: BrowserContext, app: Shown) -> None:
    page = opened(context, app.url, app.cool)

    page.keyboard.press("h")

    button = page.get_by_role("button", name="Heat map", exact=True)
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", "Heat map: nothing is drawn for a routine film")
    shot = fitted(picture(page))
    assert (shot == shot[:, :, :1]).all()


def test_a_length_is_measured_in_the_millimetres_of_the_header(page: Page) -> None:
    page.keyboard.press("l")
    page.mouse.move(*on_screen(page, 0.25, 0.5))
    page.mouse.down()
    page.mouse.move(*on_screen(page, 0.75, 0.5), steps=3)
    page.mouse.up()

    found = re.search(r"Length (\d+\.\d) mm, at the detector", readout(page))
    assert found and float(found[1]) == pytest.approx(SIDE / 2 * SPACING_MM, rel=0.01)


def test_webgl_and_the_processor_paint_the_same(context: BrowserContext, app: Shown) -> None:
    shots = []
    for script in ("", WITH_WEBGL):
        page = context.new_page()
        page.add_init_script(script)
        page.goto(f"{app.url}/case?case={app.hot}")
        page.locator(".viewer[data-shows=full]").wait_for()
        for key in "[[[[r":
            page.keyboard.press(key)
        page.mouse.move(*on_screen(page, 0.3, 0.6))
        page.mouse.wheel(0, -700)
        shots.append(picture(page)[:, :, 0].astype(int))
        kind = page.locator("canvas.film").evaluate("(canvas) => Boolean(canvas.getContext('2d'))")
        assert kind is (script == "")
    assert np.abs(shots[0] - shots[1]).max() <= 2
