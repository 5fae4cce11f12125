from pathlib import Path

import pytest
from made_films import png

from cxr.lab.bench.memory_growth import measure_memory
from cxr.lab.bench.parts import measure_parts
from cxr.lab.bench.worklist_overhead import measure_worklist
from cxr.model.bundle import Bundle
from cxr.model.engines import make_engine
from cxr.screening import Screener


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


def test_memory_is_recorded_ten_times(small_screener: Screener, films: list[Path]) -> None:
    found = measure_memory(small_screener, films, 40)

    assert sorted(found.by_films) == [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40]
    assert found.peak >= max(found.by_films.values()) * 0.9 > 100


def test_every_step_takes_time(bundle: Bundle, films: list[Path]) -> None:
    parts = measure_parts(bundle, make_engine(bundle), films[:4])

    assert parts.forward > 5 * (parts.map + parts.calibration) > 0
    assert min(parts.read, parts.resize, parts.head, parts.quality) > 0
