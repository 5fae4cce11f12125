from pathlib import Path

import pytest
from lab.bench.made_speed import made_speed

from cxr.evidence.metrics_file import EvidenceError
from cxr.lab.bench.speed import SPEED, Memory, read_speed


def test_speed_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / SPEED).write_text(made_speed().to_json())

    assert read_speed(tmp_path) == made_speed()


@pytest.mark.parametrize("content", [None, "{}", "no JSON"])
def test_missing_or_outdated_speed_figures_name_the_command_that_measures_them(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / SPEED).write_text(content)

    with pytest.raises(EvidenceError, match="bench --save"):
        read_speed(tmp_path)


def test_memory_growth_is_counted_from_the_warm_process() -> None:
    """The first films fill pools; later films must not add to them."""
    assert Memory({0: 600.0, 100: 700.0, 1000: 800.0}, 800.0).growth == 100.0


def test_extras_are_a_share_of_the_forward_pass() -> None:
    assert made_speed().parts["torch"].extras == pytest.approx(0.0323)
