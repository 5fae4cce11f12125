import dataclasses
import re
from pathlib import Path

import pytest
from postgresql import running_postgresql

from cxr.cluster.capacity import Assumptions, limits, needs, page, read_figures, write_figures
from cxr.evidence.evidence import EvidenceError
from cxr.evidence.speed import read_speed
from cxr.film import Population, read_film
from cxr.screening import Screener
from cxr.settings import Settings
from cxr.worklist.throughput import DatabaseFigures, measure_database
from cxr.worklist.worker import thumbnail

PAGE = Path(__file__).resolve().parents[2] / "cxr" / "cluster" / "README.md"
FIGURES = DatabaseFigures(
    server="15",
    cores=2,
    films=100,
    clients=4,
    accepts_alone=50,
    accepts_together=60,
    records=300,
    lines_alone=225,
    lines_together=112.5,
    case_bytes=4000,
    audit_bytes=1000,
    wal_bytes=6000,
)


def test_the_page_shows_what_was_measured() -> None:
    bundle = Settings().models / Settings().bundle
    shown = re.search(r"<!-- capacity -->\n(.*?)\n<!-- /capacity -->", PAGE.read_text(), re.DOTALL)

    assert shown and shown[1] == page(read_figures(bundle), read_speed(bundle).films_a_second_a_core)


@pytest.mark.parametrize("content", [None, "{", "{}"])
def test_figures_that_are_not_there_or_damaged_say_how_to_measure(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "capacity.json").write_text(content)

    with pytest.raises(EvidenceError, match="--server"):
        read_figures(tmp_path)


def test_needs_follow_from_the_figures() -> None:
    given = Assumptions(
        films_a_day=864_000,
        utilisation=0.5,
        peak=2,
        film_bytes=1e6,
        kept_days=10,
        core_hour=0.1,
        gb_month=0.01,
    )

    found = {need.what: need.how_much for need in needs(FIGURES, 4.0, given)}

    assert found["films a second, mean"] == "10.0"
    assert found["cores that score"] == "5"  # 10 a second at 4 x 0.5
    assert found["network in"] == "0.08 Gbit/s"
    assert found["films kept"] == "8.6 TB"
    assert found["rows of cases"] == "3.5 GB a day" and found["audit trail"] == "864.0 MB a day"
    assert found["cores, a month"] == "360 USD"  # 5 x 720 hours at 0.1
    assert found["storage, a month"] == "87 USD"  # 8640 GB of films, 43 of rows


def test_the_narrowest_part_comes_first() -> None:
    found = limits(FIGURES, 4.0, Assumptions(utilisation=0.5))

    assert [(one.what, one.how) for one in found] == [
        ("handing in, one process", "50 a second"),
        ("handing in, 4 processes", "60 a second"),
        ("the audit trail's end, 4 processes", "100 a second"),  # a line at the door, and an 8th later
        ("the audit trail's end, one process", "200 a second"),
        ("writing down scores, one process", "300 a second"),
        ("scoring, 1,000 cores", "2,000 a second"),
    ]
    assert found[0].how_much == "4.3 million"


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_figures(tmp_path, FIGURES)

    assert read_figures(tmp_path) == FIGURES


def test_the_database_is_measured_in_one_of_its_own(small_screener: Screener, films: list[str]) -> None:
    film = read_film(Path(films[0]))
    (reading,) = small_screener.read([film], Population.CHILD)
    picture = thumbnail(film)

    with running_postgresql() as server:
        found = measure_database(server.url("postgres"), [(reading, picture)], films=64, clients=2)

    assert (found.films, found.clients) == (64, 2) and re.match(r"\d+", found.server)
    # A row holds thumbnail and heat map; two lines of the trail hold three hashes each.
    assert reading.heat and found.case_bytes > len(picture) + 2 * reading.heat.values.size
    assert found.audit_bytes > 2 * 3 * 64 and found.wal_bytes > len(picture)
    rates = ("accepts_alone", "accepts_together", "records", "lines_alone", "lines_together")
    assert all(dataclasses.asdict(found)[rate] > 0 for rate in rates)
