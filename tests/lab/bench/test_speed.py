from pathlib import Path

import pytest
from lab.bench.made_speed import made_speed

from cxr.evidence.metrics_file import EvidenceError
from cxr.lab.bench.speed import SPEED, read_speed


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
