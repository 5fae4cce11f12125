import datetime
from pathlib import Path

import pytest
from made_films import png

from cxr.bench.memory import measure_memory
from cxr.bench.parts import measure_floor, measure_parts
from cxr.bench.workers import BenchError, steady_rate
from cxr.bench.worklist import measure_worklist
from cxr.check_films import check_films
from cxr.model.bundle import Bundle
from cxr.model.engines import make_engine
from cxr.screening import Screener
from cxr.worklist.audit import Action, Line

BEGAN = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)


def line(who: str, second: float) -> Line:
    at = BEGAN + datetime.timedelta(seconds=second)
    return Line(0, at, who, Action.SCORED, 1, "model", {}, None)


def test_only_the_time_in_which_all_processes_work_counts() -> None:
    """One begins two seconds before the other, and one ends before the other: 20 films in between."""
    first = [line("first", second / 10) for second in range(61)]  # from 0 to 6
    second = [line("second", 2 + second / 10) for second in range(61)]  # from 2 to 8

    assert steady_rate([*first, *second], 2) == pytest.approx(20.0, rel=0.02)
    assert steady_rate(first, 1) == pytest.approx(10.0, rel=0.02)


def test_a_process_without_a_share_is_no_scaling() -> None:
    with pytest.raises(BenchError, match="1 of 2"):
        steady_rate([line("first", 0), line("first", 1)], 2)


def test_processes_that_never_worked_side_by_side_are_no_scaling() -> None:
    with pytest.raises(BenchError, match="more films"):
        steady_rate([line("first", 0), line("first", 1), line("second", 2), line("second", 3)], 2)


@pytest.fixture
def films(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{seed}.png" for seed in range(12)]
    for seed, path in enumerate(paths):
        path.write_bytes(png(seed))
    return paths


def test_films_go_through_a_worklist_and_without_one(small_screener: Screener, films: list[Path]) -> None:
    found = measure_worklist(small_screener, 4, films, rounds=1)

    assert found.films == 12
    assert min(found.batch.low, found.scored.low, found.accepted.low) > 0


def test_memory_is_looked_at_ten_times(small_screener: Screener, films: list[Path]) -> None:
    told: list[tuple[int, int]] = []
    found = measure_memory(small_screener, films, 40, lambda done, total: told.append((done, total)))

    assert sorted(found.by_films) == [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40]
    assert told[-1] == (40, 40)
    assert found.peak >= max(found.by_films.values()) * 0.9 > 100


def test_every_part_of_the_way_takes_its_time(bundle: Bundle, films: list[Path]) -> None:
    parts = measure_parts(bundle, make_engine(bundle), films[:4])

    assert parts.forward > 5 * (parts.map + parts.calibration) > 0
    assert min(parts.read, parts.squash, parts.head, parts.gate) > 0


def test_the_trunk_multiplies_a_thousand_million_times_a_film_and_is_no_faster_than_its_floor(
    bundle: Bundle,
) -> None:
    squashed = check_films(224)[:8]
    floor = measure_floor(bundle, make_engine(bundle), squashed)

    assert floor.gflop == pytest.approx(1.0573, abs=0.001) and floor.gflop_bfloat16 == 0
    assert 0.02 < floor.share < 1
