"""The pages in each language, in a browser: nothing is cut off, nothing is left in English."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page, expect
from ui.app_server import running_app
from ui.browser import calls_outside, wait_until_drawn
from ui.shown_cases import ADA, shown, worklist_in

from cxr.film import MAX_FILE_MB
from cxr.language.catalogue import texts_of, translated
from cxr.language.formats import number
from cxr.language.language import COOKIE, Language
from cxr.samples import sample_paths
from cxr.ui.cookies import READER_COOKIE

pytestmark = pytest.mark.long

PATHS = ["/", "/worklist", "/case?case=1", "/audit", "/this_site", "/monitoring", "/evidence", "/simulation"]
NARROW, WIDE = 390, 1440
FRAMES_TO_SETTLE = 600
HEADINGS = {
    Language.ENGLISH: "Worklist",
    Language.SPANISH: "Lista de trabajo",
    Language.FRENCH: "Liste de travail",
    Language.CHINESE: "工作列表",
}
# What is wider than the window without a bar to scroll it by, and which buttons do not show all their text.
TOO_WIDE = """() => {
  const scrolls = (element) => {
    for (let above = element.parentElement; above; above = above.parentElement)
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(above).overflowX)
          && !["stMain", "stAppViewContainer", "stApp"].includes(above.dataset.testid)
          && above !== document.body && above.id !== "root") return true;
    return false;
  };
  const named = (element) => 
    `${element.tagName} ${element.dataset.testid ?? ""} ${element.innerText ?? ""}`.slice(0, 120);
  const shown = [...document.querySelectorAll("body *")].filter((one) => one.checkVisibility?.() ?? true);
  const wide = shown.filter((one) => {
    const { width, right, left } = one.getBoundingClientRect();
    return width > 1 && left < innerWidth && right > innerWidth + 1 && !scrolls(one);
  });
  const cut = shown.filter((one) => {
    if (!one.closest("button, [role=button], .chip") || !one.innerText) return false;
    const style = getComputedStyle(one);
    return style.overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1;
  });
  return [...wide.map((one) => `wide: ${named(one)}`), ...cut.map((one) => `cut: ${named(one)}`)];
}"""

DRAG_A_FILE = """(uploader) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["x"], "film.png", { type: "image/png" }));
  uploader.dispatchEvent(new DragEvent("dragenter", { bubbles: true, dataTransfer }));
}"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("app")
    worklist = worklist_in(folder)
    first, *_ = [shown(worklist, seed, share, "PAT-1") for seed, share in ((1, 0.95), (2, 0.5), (3, 0.02))]
    worklist.desk.claim(first, ADA)
    last = shown(worklist, 5, 0.4)
    worklist.desk.dismiss([last.number], ADA, "Duplicate")
    with running_app(folder) as address:
        yield address


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of a language, whose browser knows it and the reader's name."""

    language: Language
    page: Page
    url: str

    def opens(self, path: str, width: int) -> None:
        """Open a page by its link, which takes a third of loading the app again, or by its address."""
        self.page.set_viewport_size({"width": width, "height": 900})
        link = self.page.locator(f"[data-testid=stSidebarNavLink][href$='{path}']")
        if self.page.url == self.url + path or not link.count():
            visit(self.page, self.url + path, width)
            return
        title = self.page.locator("[data-testid=stMain] h1")
        before = title.inner_text()
        link.first.dispatch_event("click")
        expect(title).not_to_have_text(before)
        until_drawn(self.page)


@pytest.fixture(scope="module", params=Language)
def reader(request: pytest.FixtureRequest, browser: Browser, url: str) -> Iterator[Reader]:
    """A reader of each language in turn."""
    language: Language = request.param
    context = browser.new_context()
    context.add_cookies(
        [
            {"name": COOKIE, "value": language.value, "url": url},
            {"name": READER_COOKIE, "value": ADA, "url": url},
        ]
    )
    yield Reader(language, context.new_page(), url)
    context.close()


def visit(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    until_drawn(page)


def until_drawn(page: Page) -> None:
    page.locator("[data-testid=stMain] h1").wait_for()
    wait_until_drawn(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def too_wide(page: Page) -> list[str]:
    """What a page shows beyond its edge or cuts off, once its tables have taken their width."""
    found: list[str] = []
    # Not by `wait_for_function`, which the Content-Security-Policy allows one look only.
    for _ in range(FRAMES_TO_SETTLE):
        found = list(page.evaluate(TOO_WIDE))
        if not found:
            break
        page.evaluate("() => new Promise(requestAnimationFrame)")
    return found


def english_left(page: Page, language: Language) -> list[str]:
    """Texts of the program that a page shows in English."""
    words = re.sub(r"\s+", " ", page.locator("body").inner_text())
    return [
        text
        for text, said in texts_of(language).single.items()
        if len(text) > 11 and "{" not in text and said != text and text in words
    ]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_cut_off_and_nothing_is_left_in_english(reader: Reader, path: str) -> None:
    page, language = reader.page, reader.language
    reader.opens(path, NARROW)
    assert too_wide(page) == [], f"{path}, {language}, {NARROW}"
    page.set_viewport_size({"width": WIDE, "height": 900})
    assert too_wide(page) == [], f"{path}, {language}, {WIDE}"
    expect(page.locator("html")).to_have_attribute("lang", language.tag)
    assert english_left(page, language) == [], f"{path}, {language}"


def test_a_language_chosen_in_the_sidebar_is_kept_over_a_reload(browser: Browser, url: str) -> None:
    context = browser.new_context(viewport={"width": WIDE, "height": 900})
    page = context.new_page()
    outside = calls_outside(page)
    visit(page, f"{url}/worklist", WIDE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Worklist")
    for language in (Language.FRENCH, Language.ENGLISH, Language.CHINESE):
        page.get_by_test_id("stSidebar").locator(".st-key-language").get_by_role("combobox").click()
        page.get_by_role("option", name=language.own_name).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(HEADINGS[language])
        expect(page.locator("html")).to_have_attribute("lang", language.tag)
        assert too_wide(page) == [], language
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(HEADINGS[Language.CHINESE])
    assert {one["name"]: one["value"] for one in context.cookies()}[COOKIE] == "zh"
    assert outside == []
    context.close()


def test_a_filter_survives_a_change_of_the_language(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": WIDE, "height": 900})
    visit(page, f"{url}/worklist", WIDE)
    page.locator(".st-key-view").get_by_text("Dismissed").click()
    expect(page.locator(".st-key-case-table tbody tr")).to_have_count(1)
    page.get_by_test_id("stSidebar").locator(".st-key-language").get_by_role("combobox").click()
    page.get_by_role("option", name="Español").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lista de trabajo")
    expect(page.locator(".st-key-case-table tbody tr")).to_have_count(1)
    expect(page.locator(".st-key-view").get_by_role("radio", checked=True)).to_have_text("Descartado")
    page.close()


def test_the_uploader_speaks_the_readers_language(reader: Reader, tmp_path: Path) -> None:
    def words(text: str) -> str:
        return translated(reader.language, text)

    page = reader.page
    visit(page, reader.url, WIDE)
    uploader = page.get_by_test_id("stFileUploaderDropzone")
    expect(uploader).not_to_contain_text("per file", use_inner_text=True)
    expect(uploader.get_by_role("button", name=words("Choose files"), exact=True)).to_be_visible()
    uploader.evaluate(DRAG_A_FILE)
    expect(uploader.get_by_text(words("Drop files here"), exact=True)).to_be_visible()
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(MAX_FILE_MB * 1024 * 1024 + 1)
    page.locator("input[type=file]").set_input_files(large)
    too_large = words("Too large: a file may have up to {} MB.").format(MAX_FILE_MB)
    refused = uploader.get_by_role("alert")
    expect(refused).to_have_text(words("Error: ") + too_large)
    name = uploader.get_by_test_id("stFileChipName")
    for width in (NARROW, WIDE):
        page.set_viewport_size({"width": width, "height": 900})
        above, below = name.bounding_box(), refused.bounding_box()
        assert above and below and below["y"] >= above["y"] + above["height"] and below["width"] > 100
        assert too_wide(page) == []
    chip, megabytes = uploader.get_by_test_id("stFileChip"), number(reader.language, 67.1, 1)
    size = rf"{megabytes}\s{'Mo' if reader.language is Language.FRENCH else 'MB'}"
    expect(chip).to_contain_text(re.compile(size))
    expect(chip).to_have_attribute("aria-label", re.compile(f"^{large.name}, {size}$"))
    chip.hover()
    expect(page.get_by_test_id("stTooltipErrorContent")).to_have_text(too_large)
    for name in (words("Choose more files"), words("Remove {}").format(large.name)):
        expect(uploader.get_by_role("button", name=name, exact=True)).to_be_visible()
    reader.opens("/worklist", WIDE)
    page.get_by_text(words("Add films"), exact=True).click()
    page.get_by_text(words("Folder"), exact=True).click()
    expect(uploader.get_by_role("button", name=words("Choose a folder"), exact=True)).to_be_visible()


def test_a_change_of_the_language_changes_the_words_of_the_uploader(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": WIDE, "height": 900})
    visit(page, url, WIDE)
    for language in (Language.FRENCH, Language.ENGLISH, Language.CHINESE):
        page.get_by_test_id("stSidebar").locator(".st-key-language").get_by_role("combobox").click()
        page.get_by_role("option", name=language.own_name).click()
        name = translated(language, "Choose files")
        expect(page.get_by_test_id("stFileUploaderDropzone").get_by_role("button", name=name)).to_be_visible()
    page.close()


def test_side_and_zone_stand_side_by_side_and_reading_a_case_moves_neither_the_film_nor_the_desk(
    reader: Reader,
) -> None:
    page = reader.page
    visit(page, f"{reader.url}/case?case=1", WIDE)
    choices = page.locator(".st-key-location [data-testid=stButtonGroup]")
    expect(choices).to_have_count(2)
    side, zone = (choices.nth(place).bounding_box() for place in (0, 1))
    assert side and zone and side["y"] == zone["y"] and side["x"] + side["width"] < zone["x"]
    places = [page.locator(part) for part in (".viewer", ".st-key-findings")]
    before = [place.bounding_box() for place in places]
    page.keyboard.press("1")
    undo = page.locator("button:enabled").get_by_text(translated(reader.language, "Undo"), exact=True)
    undo.wait_for()
    until_drawn(page)
    assert [place.bounding_box() for place in places] == before
    page.keyboard.press("u")
    undo.wait_for(state="detached")


def test_the_answers_to_a_refusal_show_all_their_words(reader: Reader) -> None:
    inverted = io.BytesIO()
    with Image.open(sample_paths()[3]) as sample:
        ImageOps.invert(sample.convert("L")).save(inverted, "PNG")
    page = reader.page
    reader.opens("/", WIDE)
    page.get_by_role("radio", name=translated(reader.language, "Child, 1 to 5 years")).click()
    page.locator("input[type=file]").set_input_files(
        {"name": "film.png", "mimeType": "image/png", "buffer": inverted.getvalue()}
    )
    page.locator("[class*=st-key-overrule-] button").wait_for()
    until_drawn(page)
    assert too_wide(page) == []


@pytest.mark.parametrize("language", Language)
def test_the_sign_in_page_speaks_the_browsers_language_where_the_setting_says_so(
    browser: Browser, signing_in: str, language: Language
) -> None:
    for width in (NARROW, WIDE):
        page = browser.new_page(locale=language.value, viewport={"width": width, "height": 844})
        page.goto(signing_in)
        page.locator("input[type=password]").wait_for()
        assert too_wide(page) == []
        expect(page.locator("html")).to_have_attribute("lang", language.tag)
        assert english_left(page, language) == []
        page.locator("[name=name]").fill("nobody")
        page.locator("[name=password]").fill("wrong")
        page.locator("button").click()
        page.get_by_role("alert").wait_for()
        assert english_left(page, language) == []
        page.close()


@pytest.fixture(scope="module")
def signing_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_app(
        tmp_path_factory.mktemp("signing-in"), CXR_SIGN_IN="local", CXR_LANGUAGE="auto"
    ) as address:
        yield address
