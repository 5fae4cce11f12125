"""The first week at a new site, in a browser: from silence to flags, and to a stop."""

import datetime
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from ui.app_server import running_app
from ui.browser import choose_age_group, open_row, table_rows, wait_until_drawn
from waiting import until
from worklist.made_cases import made_row

from cxr.film import Population
from cxr.model.card import Card
from cxr.model.score import at_prevalence
from cxr.samples import sample_paths
from cxr.screening import Screener
from cxr.triage.flag import FLAG_OF_POINTS
from cxr.ui.cookies import READER_COOKIE
from cxr.worklist.audit.action import Action
from cxr.worklist.case import Finding
from cxr.worklist.site.mode import Mode
from cxr.worklist.store.database import Database
from cxr.worklist.worklist import Worklist

pytestmark = pytest.mark.long

CHILD = Population.CHILD
WHO = "Dr Osei"
DAY = datetime.timedelta(days=1)
FLAGS = ("Urgent", "Review", "Routine")


class Site:
    """The database beside the app: films of other days, scored and read there."""

    def __init__(self, folder: Path, version: str, card: Card) -> None:
        self.url = f"sqlite:///{folder / 'worklist.sqlite3'}"
        self.worklist = Worklist(self.url, folder / "films")
        self._version, self._fitted = version, card.populations[CHILD]
        self._random, self._number = np.random.default_rng(0), 1000

    def add(self, count: int, back: float, moved: float = 0.0, disagree: bool = False) -> None:
        """Add films that arrived so many days ago at most, and were read an hour later, or just now."""
        now = datetime.datetime.now(datetime.UTC)
        rows = []
        for place in range(count):
            self._number += 1
            ill = place % 2 == 0
            logit = float(self._random.normal(3.5 if ill else -1.5, 1.0)) + moved
            calibration = self._fitted.calibration
            probability, low, high = (
                at_prevalence(value, calibration.fitted_prevalence, 0.2)
                for value in (
                    calibration.probability(logit),
                    self._fitted.operating_points.low,
                    self._fitted.operating_points.high,
                )
            )
            arrived = now - back * DAY * (1 - 0.5 * place / count)
            reached = int(probability >= low) + int(probability >= high)
            finding = (reached == 0) if disagree else ill
            rows.append(
                made_row(
                    self._number,
                    arrived,
                    stated=CHILD,
                    population=CHILD,
                    points_for=CHILD,
                    scored_at=arrived + datetime.timedelta(seconds=20),
                    flag=FLAG_OF_POINTS[reached],
                    **{
                        "logit": logit,
                        "probability": probability,
                        "prevalence": 0.2,
                        "low": low,
                        "high": high,
                    },
                    bundle_version=self._version,
                    reader=WHO,
                    read_at=now if disagree else arrived + datetime.timedelta(minutes=30),
                    finding=Finding.PNEUMONIA if finding else Finding.NO_PNEUMONIA,
                )
            )
        with Database(self.url).writing() as session:
            session.add_all(rows)


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()
    wait_until_drawn(page)


def go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()
    page.get_by_role("heading", name=name, exact=True).first.wait_for()
    wait_until_drawn(page)


def go_silent(page: Page) -> None:
    """An empty site goes silent before its first film."""
    page.get_by_role("heading", name="Are results shown?").wait_for()
    name(page)
    press(page, "Go silent")
    expect(page.get_by_text("Silent mode.")).to_be_visible()


def read_in_silence(page: Page) -> None:
    """Films are scored; nobody sees a flag, and readers record findings."""
    go(page, "Worklist")
    choose_age_group(page, "Child")
    page.locator("input[type=file]").set_input_files(sample_paths())
    page.locator(".stMarkdownBadge", has_text="To read 6").wait_for()
    page.locator(".stMarkdownBadge", has_text="To be scored 0").wait_for()
    assert [row[1] for row in table_rows(page)] == [f"#{number}" for number in range(1, 7)]
    no_flag(page)
    open_row(page, 0)
    expect(page.get_by_text("Results are withheld at this site.")).to_be_visible()
    page.get_by_text("Claim", exact=True).click()
    page.get_by_role("button", name="Release").wait_for()
    page.get_by_role("button", name="No pneumonia").click()
    page.get_by_role("button", name="Undo").wait_for()
    no_flag(page)


def accept_and_fit(page: Page, site: Site) -> None:
    """The acceptance test compares the findings with what was withheld; a profile is fitted and used."""
    site.add(120, back=100)
    go(page, "This site")
    press(page, "Run the test")
    expect(page.get_by_text("limits are met").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download to sign (PDF)").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    press(page, "Fit a profile from findings")
    expect(page.get_by_text("not kept yet")).to_be_visible()
    press(page, "Keep the profile")
    press(page, "Put in use")
    press(page, "Take back")
    press(page, "Put in use")
    page.get_by_role("button", name="Take back").wait_for()
    kept = site.worklist.profiles.in_use()
    assert kept is not None and kept.profile.made_by == WHO


def go_live(page: Page) -> None:
    """Going live shows the flags."""
    press(page, "Go live")
    expect(page.get_by_text("Silent mode.")).to_have_count(0)
    go(page, "Worklist")
    page.locator(".stMarkdownBadge", has_text="Urgent").wait_for()


def drift(page: Page, site: Site) -> None:
    """Scores drift: the page Monitoring says so, and the sidebar of every other."""
    site.add(80, back=6, moved=3.0)
    go(page, "Monitoring")
    expect(page.get_by_text("Scores have drifted (age group: child)")).to_be_visible()
    go(page, "Evidence")
    expect(page.get_by_role("link", name="Scores have drifted")).to_be_visible()


def disagree(page: Page, site: Site) -> None:
    """Readers disagree: the stop rule hides the flags, and says why on every page."""
    go(page, "This site")
    press(page, "Set the limit")
    expect(page.get_by_text("Results are withheld once")).to_be_visible()
    site.add(30, back=0.01, disagree=True)
    go(page, "Monitoring")
    expect(page.get_by_text("Stopped.")).to_be_visible()
    go(page, "Worklist")
    expect(page.get_by_text("Agreement of readers with flags is")).to_be_visible()
    page.locator(".stMarkdownBadge", has_text="To read").wait_for()
    no_flag(page)


def resume(page: Page) -> None:
    """An administrator ends the stop with a reason."""
    go(page, "This site")
    page.get_by_label("Reason", exact=True).fill("The machine is repaired")
    page.keyboard.press("Enter")
    wait_until_drawn(page)
    press(page, "Go live")
    expect(page.get_by_text("Stopped.")).to_have_count(0)


def test_a_site_goes_from_silence_to_flags_and_stops_when_readers_disagree(
    browser: Browser, tmp_path: Path, screener: Screener
) -> None:
    site = Site(tmp_path, screener.version, screener.card)
    with running_app(tmp_path) as url:
        context = browser.new_context(viewport={"width": 1440, "height": 1000})
        page = context.new_page()
        page.goto(f"{url}/this_site")
        go_silent(page)
        read_in_silence(page)
        accept_and_fit(page, site)
        go_live(page)
        drift(page, site)
        disagree(page, site)
        resume(page)
        context.close()

    lines = site.worklist.audit.lines(action=Action.SITE_STATE)
    assert [(line.who, line.details["to"]) for line in reversed(lines)] == [
        *((WHO, Mode.SILENT), (WHO, Mode.LIVE), ("stop rule", Mode.STOPPED), (WHO, Mode.LIVE))
    ]
    assert lines[0].text == "The machine is repaired"
    changes = [line.details["change"] for line in site.worklist.audit.lines(action=Action.SITE_PROFILE)]
    assert changes[::-1] == ["fitted", "put in use", "took back", "put in use"]


def no_flag(page: Page) -> None:
    """Nothing on the page, beside the sidebar, names a flag."""
    words = page.locator("[data-testid=stMain]").inner_text()
    assert not any(flag in words for flag in FLAGS)


def name(page: Page) -> None:
    """Choose a reader name where the page does not ask for one."""
    wait_until_drawn(page)
    page.get_by_role("combobox", name="Reader").fill(WHO)
    # Enter pressed before the name is on offer chooses nothing; the server has it once the browser keeps it.
    page.get_by_role("option", name=WHO).first.click()
    until(lambda: READER_COOKIE in {cookie.get("name") for cookie in page.context.cookies()}, "the name")
    wait_until_drawn(page)
