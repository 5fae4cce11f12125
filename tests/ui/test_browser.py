import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from ui.app_server import running_app
from ui.browser import calls_outside, choose_age_group, table_rows, wait_until_drawn, wait_until_scored
from wanting import missing

from cxr.film import read_film
from cxr.lab.bench.served_app import served_app
from cxr.model.bundle import WEIGHTS, Bundle
from cxr.screening import Screener
from cxr.settings import Settings
from cxr.triage.flag import Flag
from cxr.triage.priority import LANES
from cxr.triage.words import percent

pytestmark = pytest.mark.long

MOST_MB = 1000


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Iterator[str]:
    with running_app(tmp_path_factory.mktemp("app")) as address:
        yield address


@pytest.fixture(scope="module")
def screener(bundle: Bundle) -> Screener:
    """The shipped bundle as the app has it at work."""
    return Screener(bundle, prevalence=Settings().prevalence)


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def narrow_page(browser: Browser, url: str) -> Iterator[Page]:
    """One page of a phone's size, in which each address is loaded again with cached scripts."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def films(data_dir: Path) -> list[Path]:
    return sorted((data_dir / "full_size").glob("*.jpeg"))


def test_the_page_shows_while_the_model_is_still_warming_up(page: Page, tmp_path: Path) -> None:
    settings = Settings()
    folder = tmp_path / "models" / settings.bundle
    shutil.copytree(settings.models / settings.bundle, folder)
    (folder / WEIGHTS).unlink()
    # Whoever reads a pipe waits until somebody writes.
    os.mkfifo(folder / WEIGHTS)
    with running_app(tmp_path, CXR_MODELS=str(folder.parent)) as fresh:
        page.goto(fresh)
        page.get_by_text("The model is warming up").wait_for()
        assert page.get_by_role("heading", name="Read a film").is_visible()


def test_the_app_takes_less_than_a_gigabyte_for_thirty_two_films_of_full_size(
    page: Page, tmp_path: Path, films: list[Path]
) -> None:
    if not Path("/proc/self/status").is_file():
        missing("no /proc on this machine, which tells a process's memory")
    with served_app(tmp_path) as app:
        page.goto(app.url)
        choose_age_group(page)
        page.locator("input[type=file]").set_input_files(films)
        page.get_by_role("img", name="The film").nth(len(films) - 1).wait_for()
        assert len(films) == 32 and app.memory_mb(peak=True) < MOST_MB


def test_a_film_dropped_on_the_page_gets_flag_probability_and_heat_map(
    page: Page, url: str, films: list[Path], screener: Screener
) -> None:
    sick = next(path for path in films if path.name.startswith("person1946"))
    outside = calls_outside(page)
    page.goto(url)
    choose_age_group(page)
    page.locator("input[type=file]").set_input_files(sick)
    page.get_by_text("Read this film next").wait_for()
    page.locator(".stMarkdownBadge", has_text="Urgent").wait_for()
    page.locator(".viewer[data-shows=full]").wait_for()
    page.keyboard.press("h")
    page.get_by_role("img", name="The film with its heat map").wait_for()
    score = screener.screen_films([read_film(sick)])[0].score
    assert score
    page.get_by_role("img", name=f"Probability {percent(score.probability)}").first.wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download overlay").click()
    assert read_overlay_size(download.value.path()) > (200, 200)
    assert sick.stem not in download.value.suggested_filename
    assert outside == []


def test_a_batch_of_twelve_is_shown_in_the_order_of_the_scores(
    page: Page, url: str, films: list[Path], screener: Screener
) -> None:
    batch = films[:6] + films[-6:]
    readings = screener.screen_films([read_film(path) for path in batch])
    probability = {path.name: r.score.probability for path, r in zip(batch, readings, strict=True) if r.score}
    flag = {path.name: r.decision.flag for path, r in zip(batch, readings, strict=True)}
    numbers = {f"#{number}": path.name for number, path in enumerate(batch, start=1)}
    expected = sorted(probability, key=lambda name: (LANES[flag[name]], -probability[name]))
    outside = calls_outside(page)
    page.goto(f"{url}/worklist")
    page.get_by_text("The worklist is empty").wait_for()
    choose_age_group(page)
    page.locator("input[type=file]").set_input_files(batch)
    wait_until_scored(page)
    routine = [name for name in expected if flag[name] is Flag.ROUTINE]
    assert until_shown(page, expected, probability, numbers) == rounded(expected, probability)
    page.reload()
    assert until_shown(page, expected, probability, numbers) == rounded(expected, probability)
    page.get_by_role("button", name="Routine").click()
    assert until_shown(page, routine, probability, numbers) == rounded(routine, probability)
    assert outside == []


@pytest.mark.parametrize("path", ["", "/worklist", "/case?case=1", "/audit", "/evidence", "/simulation"])
def test_a_narrow_screen_needs_no_sideways_scrolling_and_no_page_needs_more_than_the_policy_allows(
    narrow_page: Page, url: str, path: str
) -> None:
    page = narrow_page
    outside = calls_outside(page)
    page.goto(url + path)
    page.get_by_role("heading", level=1).wait_for()
    wait_until_drawn(page)
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("main => main.scrollWidth - main.clientWidth") <= 0
    assert outside == []


def until_shown(
    page: Page, wanted: list[str], probability: dict[str, float], numbers: dict[str, str]
) -> list[float]:
    """Look at the table until it shows films of these probabilities, or for twenty seconds."""
    deadline = time.monotonic() + 20
    while (seen := rounded(names_shown(page, numbers), probability)) != rounded(wanted, probability):
        if time.monotonic() > deadline:
            break
    return seen


def names_shown(page: Page, numbers: dict[str, str]) -> list[str]:
    """Names of the films in the rows of the table that are on the screen, in order, by their numbers."""
    cells = (cell for row in table_rows(page) for cell in row)
    return [numbers[cell] for cell in cells if cell in numbers]


def rounded(names: list[str], probability: dict[str, float]) -> list[float]:
    """Probabilities of films, of which a batch's last digits differ from those of a film alone."""
    return [round(probability[name], 3) for name in names]


def read_overlay_size(path: Path) -> tuple[int, int]:
    from PIL import Image

    with Image.open(path) as picture:
        return picture.size
