from dataclasses import replace
from pathlib import Path

import pytest
from evidence.made_speed import exactly, made_speed

from cxr.evidence.metrics_file import EvidenceError
from cxr.evidence.speed import SPEED, Memory, Speed, WorklistSpeed, read_speed
from cxr.evidence.speed_goals import speed_goals


def reached(speed: Speed) -> dict[str, bool | None]:
    return {goal.name: goal.reached for goal in speed_goals(speed)}


def test_speed_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / SPEED).write_text(made_speed().to_json())

    assert read_speed(tmp_path) == made_speed()


@pytest.mark.parametrize("content", [None, "{}", "no JSON"])
def test_speed_that_is_not_there_or_of_another_version_says_how_to_measure(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / SPEED).write_text(content)

    with pytest.raises(EvidenceError, match="bench --save"):
        read_speed(tmp_path)


def test_goals_of_what_was_not_measured_are_neither_reached_nor_missed() -> None:
    found = reached(made_speed(worklist=None, workers=None, start=None))

    assert {name for name, good in found.items() if good is None} == {
        "one film, OpenVINO",
        "batch, OpenVINO",
        "what waits on the worklist, of batch scoring",
        "the same with handing in, one film after the other",
        "two worker processes, of one",
        "memory of the app with the model",
        "first paint of the app",
        "heading of the page",
        "first result from a cold start",
    }
    assert not [name for name, good in found.items() if good is False]


def test_a_worklist_that_takes_half_as_long_again_misses_its_goal() -> None:
    slow = made_speed(worklist=WorklistSpeed(256, exactly(6.0), exactly(9.0), exactly(5.0)))

    assert reached(slow)["what waits on the worklist, of batch scoring"] is False


def test_memory_is_held_against_its_size_once_warm() -> None:
    """The first films fill pools; what comes after must not grow."""
    grows = Memory({0: 600.0, 100: 700.0, 1000: 800.0}, 800.0)

    assert grows.growth == 100.0
    assert reached(made_speed(memory=grows))["growth of memory over the films"] is False


def test_extras_are_a_share_of_the_forward_pass() -> None:
    parts = made_speed().parts["torch"]

    assert parts.extras == pytest.approx(0.0323)
    costly = made_speed(parts={"torch": replace(parts, gate=0.6)})
    assert reached(costly)["map, gate and calibration, of the forward pass"] is False


def test_a_core_does_half_of_what_two_do() -> None:
    assert made_speed().films_a_second_a_core == pytest.approx(1000 / 8 / 2)
