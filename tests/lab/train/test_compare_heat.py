from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from lab.train.synthetic_films import film_set
from torch.optim.swa_utils import AveragedModel

from cxr.lab.train.checkpoint import Progress, save_checkpoint
from cxr.lab.train.compare_heat import compare_heat
from cxr.lab.train.film_set import FilmSet
from cxr.measure.labels import LabelledFilm
from cxr.model.bundle import Bundle, load_bundle
from cxr.model.network import CxrNet

WHOLE = ((0.0, 0.0, 128.0, 128.0),)
DATA = "0" * 64


def boxed(film: LabelledFilm) -> LabelledFilm:
    return replace(film, boxes=WHOLE if film.positive else ())


@pytest.fixture
def films() -> FilmSet:
    made = film_set(8, side=224)
    return replace(made, films=tuple(boxed(film) for film in made.films))


@pytest.fixture
def made(small_bundle: Path) -> Bundle:
    return load_bundle(small_bundle)


def run_in(folder: Path, network: CxrNet, focus: float = 0.0, data: str = DATA) -> Path:
    """Leave behind a run whose averaged network is the given one."""
    progress = Progress(epochs_done=3, settings={"focus": focus, "epochs": 3}, data_sha256=data)
    optimizer = torch.optim.AdamW(network.parameters())
    save_checkpoint(folder, {"averaged": AveragedModel(network)}, optimizer, progress)
    return folder


def test_the_same_network_points_the_same_way(made: Bundle, films: FilmSet, tmp_path: Path) -> None:
    network = CxrNet(hidden=16)
    network.load_state_dict(made.network.state_dict())
    found = compare_heat(made, run_in(tmp_path, network), films)
    assert found.without.hit_rate == found.with_boxes.hit_rate
    assert found.energy_ratio == pytest.approx(1)
    assert found.without.command == "none --focus 0 --epochs 3" and found.without.epochs == 3


def test_a_box_over_the_whole_film_holds_all_heat_there_is(
    made: Bundle, films: FilmSet, tmp_path: Path
) -> None:
    found = compare_heat(made, run_in(tmp_path, CxrNet(hidden=16)), films)
    assert found.with_boxes.hit_rate.value == found.with_boxes.energy_in_box.value
    assert np.isclose(
        found.with_boxes.energy_in_box.value, round(found.with_boxes.energy_in_box.value * 4) / 4
    )


@pytest.mark.parametrize(("focus", "data"), [(0.5, DATA), (0.0, "others")])
def test_a_run_that_is_no_comparison_is_refused(
    made: Bundle, films: FilmSet, tmp_path: Path, focus: float, data: str
) -> None:
    with pytest.raises(ValueError, match="--focus 0"):
        compare_heat(made, run_in(tmp_path, CxrNet(hidden=16), focus, data), films)


def test_a_folder_without_a_run_is_named(made: Bundle, films: FilmSet, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="No training run"):
        compare_heat(made, tmp_path, films)


def test_a_run_of_another_network_is_refused_and_a_layer_for_lungs_makes_none(
    made: Bundle, films: FilmSet, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="another network than that of"):
        compare_heat(made, run_in(tmp_path / "wide", CxrNet(hidden=17)), films)

    found = compare_heat(made, run_in(tmp_path / "lungs", CxrNet(hidden=16, lungs=True)), films)
    assert found.without.epochs == 3
