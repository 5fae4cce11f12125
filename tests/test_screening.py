import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from film.film_files import picture_file
from made_films import bad_files, dicom, made_card, made_film, made_quality_head, png
from PIL import Image

from cxr.film import FilmError, Overruled, Population, read_film
from cxr.model.bundle import load_bundle
from cxr.quality.check import RefusalCode
from cxr.screening import Screener, ScreeningResult, in_batches
from cxr.triage.flag import OVERRULED, Flag

CHILD, ADULT, UNKNOWN = Population.CHILD, Population.ADULT, Population.UNKNOWN


def probability(reading: ScreeningResult) -> float:
    assert reading.score
    return reading.score.probability


def codes(reading: ScreeningResult) -> list[str]:
    return [reason.code for reason in reading.decision.reasons]


def test_full_size_films_read_as_the_resized_copies_that_the_network_learned_from(
    data_dir: Path, screener: Screener
) -> None:
    copies = {path.name: path for path in (data_dir / "kermany").rglob("*.jpeg")}
    paths = sorted((data_dir / "full_size").glob("*.jpeg"))
    assert len(paths) == 32

    full = screener.screen_films([read_film(path) for path in paths], CHILD)
    resized = screener.screen_films([read_film(copies[path.name]) for path in paths], CHILD)

    # A film that lies at an operating point may fall on its other side, but on no more than one.
    points = [
        (a.score.points_reached, b.score.points_reached)
        for a, b in zip(full, resized, strict=True)
        if a.score and b.score
    ]
    assert len(points) == 32
    assert sum(a != b for a, b in points) <= 1 and all(abs(a - b) <= 1 for a, b in points)
    differences = [abs(probability(a) - probability(b)) for a, b in zip(full, resized, strict=True)]
    assert np.median(differences) < 0.01


def test_pneumonia_scores_above_healthy_films_of_the_same_hospital(
    data_dir: Path, screener: Screener
) -> None:
    val = data_dir / "kermany" / "val"
    probabilities = {
        label: [
            probability(reading)
            for reading in screener.screen_films(
                [read_film(path) for path in sorted((val / label).iterdir())], CHILD
            )
        ]
        for label in ("NORMAL", "PNEUMONIA")
    }

    assert [len(found) for found in probabilities.values()] == [8, 8]
    assert np.median(probabilities["PNEUMONIA"]) - np.median(probabilities["NORMAL"]) > 0.5


def test_a_broken_file_stops_none_of_the_others_and_the_order_stays(
    tmp_path: Path, small_screener: Screener
) -> None:
    """Nine files in batches of four; those that cannot be read stand first, last and between."""
    broken, code = bad_files()["cut_short.jpg"]
    (tmp_path / "film.png").write_bytes(png(3))
    sources = [broken, png(1), png(2), tmp_path / "film.png", broken, png(4), png(5), png(6), broken]

    outcomes = list(small_screener.screen((source, CHILD) for source in sources))

    assert [outcome.error.code if outcome.error else None for outcome in outcomes] == [
        *(code, None, None, None, code, None, None, None, code)
    ]
    films = [outcome.film for outcome in outcomes if outcome.film]
    assert [film.sha256 for film in films] == [read_film(png(seed)).sha256 for seed in range(1, 7)]
    found = [probability(outcome.result) for outcome in outcomes if outcome.result]
    alone = [probability(small_screener.screen_films([film], CHILD)[0]) for film in films]
    assert found == pytest.approx(alone, abs=1e-4)
    assert len(set(np.round(alone, 6))) == 6  # six films, six scores: a mixed-up order would show
    assert all(isinstance(o.error, FilmError) and o.result is None for o in outcomes if o.film is None)


def test_a_batch_of_broken_files_is_a_batch_of_errors(small_screener: Screener) -> None:
    outcomes = list(small_screener.screen([(b"", CHILD)] * 5))

    assert [outcome.error and outcome.error.code for outcome in outcomes] == ["empty_file"] * 5


def test_no_files_give_no_outcomes(small_screener: Screener) -> None:
    assert list(small_screener.screen([])) == [] and small_screener.screen_films([]) == []


def test_files_are_taken_a_few_batches_ahead_and_no_more(small_screener: Screener) -> None:
    """A worklist of thousands is never held in memory at once: here each of two cores has four films."""
    taken: list[int] = []

    def files() -> object:
        for seed in range(40):
            taken.append(seed)
            yield png(seed), CHILD

    outcomes = small_screener.screen(files())
    next(outcomes)

    assert 8 <= len(taken) <= 12 + 4


@pytest.mark.parametrize(
    ("films", "sizes"),
    [(0, []), (1, [1]), (7, [4, 3]), (16, [8, 4, 4]), (42, [8, 8, 8, 8, 5, 5]), (48, [8] * 5 + [4, 4])],
)
def test_two_cores_share_the_last_films_evenly(films: int, sizes: list[int]) -> None:
    files = [(bytes([number]), CHILD) for number in range(films)]

    batches = list(in_batches(files, size=8, threads=2))

    assert [len(batch) for batch in batches] == sizes
    assert [file for batch in batches for file in batch] == files


def test_the_header_wins_over_what_was_stated(small_screener: Screener) -> None:
    """The model is for children only: a header that says adult is refused, whatever the user says."""
    sources = [(dicom(1, age="045Y"), CHILD), (dicom(1, age="005Y"), ADULT), (dicom(1, age="005Y"), CHILD)]

    adult, child, agreed = (outcome.result for outcome in small_screener.screen(sources))

    assert adult and child and agreed
    assert adult.decision.flag is Flag.REFUSED and adult.score is None
    assert codes(adult) == ["unsupported_population", "population_differs"]
    assert child.score and child.score.population is CHILD and codes(child) == ["population_differs"]
    assert codes(agreed) == [] and probability(agreed) == pytest.approx(probability(child), abs=1e-5)


def test_what_is_stated_counts_where_there_is_no_header(small_screener: Screener) -> None:
    outcomes = small_screener.screen([(png(1), population) for population in (CHILD, ADULT, UNKNOWN)])

    child, adult, unknown = (outcome.result for outcome in outcomes)

    assert child and adult and unknown
    assert codes(child) == []
    assert codes(adult) == ["unsupported_population"]
    assert codes(unknown) == ["population_unknown"]


def test_refused_and_admitted_films_of_one_batch_keep_their_own_scores(small_screener: Screener) -> None:
    films = [made_film(seed, population=CHILD) for seed in range(4)]
    infant = made_film(9, population=CHILD, age_years=0.2)

    readings = small_screener.screen_films([infant, *films[:2], infant, *films[2:]])

    assert [reading.quality_check.accepted for reading in readings] == [False, True, True, False, True, True]
    assert all(reading.score is reading.heat is None for reading in (readings[0], readings[3]))
    alone = [probability(small_screener.screen_films([film])[0]) for film in films]
    among = [probability(readings[place]) for place in (1, 2, 4, 5)]
    assert among == pytest.approx(alone, abs=1e-4)


def test_score_flag_and_map_belong_together(small_bundle: Path, small_screener: Screener) -> None:
    """The points are put between the films, so that each flag occurs."""
    films = [made_film(seed) for seed in range(6)]
    lowest, _, low, _, high, _ = sorted(map(probability, small_screener.screen_films(films, CHILD)))
    bundle = load_bundle(small_bundle)
    points = made_card(low=(lowest + low) / 2, high=high).populations
    screener = Screener(replace(bundle, card=bundle.card.model_copy(update={"populations": points})))

    readings = screener.screen_films(films, CHILD)

    assert {reading.decision.flag for reading in readings} == {Flag.ROUTINE, Flag.REVIEW, Flag.URGENT}
    for reading in readings:
        assert reading.score and reading.heat
        assert reading.score.operating_points == points[CHILD].operating_points
        assert reading.decision.flag is (Flag.ROUTINE, Flag.REVIEW, Flag.URGENT)[reading.score.points_reached]
        assert reading.heat.shown is (reading.decision.flag is not Flag.ROUTINE)
        assert reading.heat.values.shape == (14, 14)
        assert reading.bundle_version == bundle.version


def test_seconds_add_up_to_no_more_than_the_time_that_passed_on_two_cores(small_screener: Screener) -> None:
    files = [(png(seed), CHILD) for seed in range(6)]
    started = time.perf_counter()
    outcomes = list(small_screener.screen(files))
    passed = time.perf_counter() - started

    seconds = [outcome.result.seconds for outcome in outcomes if outcome.result]

    assert len(seconds) == 6 and min(seconds) > 0
    assert 0.5 * passed < sum(seconds) <= 2 * passed


def test_a_person_overrules_what_the_picture_was_refused_for_and_nothing_else(small_bundle: Path) -> None:
    small = load_bundle(small_bundle)
    refusing = Screener(replace(small, quality_head=made_quality_head(RefusalCode.NOT_CHEST)), threads=1)
    asked = [png(1), Overruled(png(1)), Overruled(picture_file(Image.new("L", (400, 400)), "PNG"))]

    outcomes = list(refusing.screen((source, CHILD) for source in asked))
    refused, scored, still_refused = (outcome.result for outcome in outcomes)

    assert refused and scored and still_refused
    assert codes(refused) == ["not_chest"] and refused.score is None
    assert codes(scored) == [OVERRULED] and scored.score and scored.decision.flag is not Flag.REFUSED
    assert codes(still_refused) == ["blank"] and still_refused.score is None
