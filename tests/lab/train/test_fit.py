from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from lab.train.synthetic_films import film_set
from made_films import scale_to_films
from safetensors.torch import load_file
from tiny_fit import tiny_fit
from torch.nn.functional import adaptive_avg_pool2d

from cxr.lab.train.checkpoint import AVERAGED, STATE
from cxr.lab.train.film_set import FilmSet
from cxr.lab.train.fit import EPOCHS_CSV, Fit
from cxr.lab.train.fit_settings import FitSettings
from cxr.lab.train.split import Part
from cxr.lab.train.tuning import predict
from cxr.measure.metrics import auroc
from cxr.model.network import CxrNet
from cxr.model.preprocess import to_input

SETTINGS = tiny_fit(2)
FILMS = {Part.FIT: film_set(24), Part.TUNE: film_set(16, first=24)}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Sums in the order of one thread: two threads share them differently from run to run."""
    before = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as module:
        module.setattr("cxr.lab.train.fit.ALL", 1)
        module.setattr("cxr.lab.train.fit.SETTLING", 3)
        yield
    torch.set_num_threads(before)


class StoppedAfterOneEpoch(Fit):
    """A run that someone stops."""

    def _finish_epoch(self, losses: dict[str, float], seconds: float) -> None:
        super()._finish_epoch(losses, seconds)
        raise KeyboardInterrupt


def fit_in(
    folder: Path, settings: FitSettings = SETTINGS, films: dict[Part, FilmSet] = FILMS, kind: type[Fit] = Fit
) -> Fit:
    torch.manual_seed(settings.seed)
    network = CxrNet(hidden=8, lungs=True)
    scale_to_films(network, to_input(FILMS[Part.FIT].resized, settings.preprocessing))
    return kind(network, films, {}, settings, folder)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run of two epochs."""
    folder = tmp_path_factory.mktemp("unbroken")
    fit_in(folder).run()
    return folder


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the same run, stopped after its first epoch."""
    folder = tmp_path_factory.mktemp("stopped")
    with pytest.raises(KeyboardInterrupt):
        fit_in(folder, kind=StoppedAfterOneEpoch).run()
    return folder


def test_a_resumed_run_ends_bit_by_bit_like_an_unbroken_one(unbroken: Path, stopped: Path) -> None:
    resumed = fit_in(stopped)
    assert resumed.epochs_done == 1
    last = resumed.run()
    assert resumed.epochs_done == 2
    once, twice = load_file(unbroken / STATE), load_file(stopped / STATE)
    assert once.keys() == twice.keys()
    assert [key for key in once if not torch.equal(once[key], twice[key])] == []
    assert all(torch.equal(tensor, twice[f"{AVERAGED}{key}"]) for key, tensor in last.state_dict().items())


def test_a_finished_run_returns_its_averaged_weights_without_training(unbroken: Path) -> None:
    before = (unbroken / STATE).read_bytes()
    last = fit_in(unbroken).run()
    assert (unbroken / STATE).read_bytes() == before
    state = load_file(unbroken / STATE)
    assert all(torch.equal(tensor, state[f"{AVERAGED}{key}"]) for key, tensor in last.state_dict().items())


def test_each_epoch_is_a_line_of_the_log(unbroken: Path) -> None:
    header, *lines = (unbroken / EPOCHS_CSV).read_text().splitlines()
    assert header == (
        "epoch,size,output_stride,flag,heat,lungs,tune_loss,auroc_east,hit_rate,energy_in_box,"
        "learning_rate,seconds"
    )
    assert [line.split(",")[:3] for line in lines] == [["1", "64", "16"], ["2", "64", "16"]]


def test_without_losses_on_maps_only_the_flag_is_trained_and_logged(tmp_path: Path) -> None:
    fit = fit_in(tmp_path, replace(SETTINGS, epochs=1, focus=0, lungs=0))
    assert fit._network.lungs is not None
    before = fit._network.lungs.weight.clone()
    fit.run()
    header = (tmp_path / EPOCHS_CSV).read_text().splitlines()[0]
    assert header.startswith("epoch,size,output_stride,flag,tune_loss,")
    assert torch.equal(fit._network.lungs.weight, before)


def test_films_grow_and_the_map_becomes_finer_as_training_goes_on(tmp_path: Path) -> None:
    fit = fit_in(tmp_path, replace(SETTINGS, epochs=4, coarse=0.25, fine=0.25, size=192))
    found = []
    for done in range(4):
        fit._progress.epochs_done = done
        found.append(fit._resolution())
    assert found == [(160, 32), (192, 32), (192, 32), (192, 16)]


def test_each_epoch_is_trained_on_as_many_threads_as_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxr.lab.train.fit.ALL", 2)
    fit = fit_in(tmp_path, replace(SETTINGS, steps=1))
    threads = []
    fit._network.trunk.register_forward_pre_hook(lambda *_: threads.append(torch.get_num_threads()))

    fit.run()

    assert set(threads) == {2}


@pytest.mark.parametrize("other", [{"learning_rate": 1.0}, {"slope_limit": 2.0}, {"focus": 0.0}])
def test_a_run_with_other_settings_is_not_gone_on_with(unbroken: Path, other: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"other settings.*another folder"):
        fit_in(unbroken, replace(SETTINGS, **other))


def test_a_run_on_other_films_is_not_gone_on_with(unbroken: Path) -> None:
    films = {part: replace(of_part, sha256="others") for part, of_part in FILMS.items()}
    with pytest.raises(ValueError, match=r"other films: SHA-256 made, not others"):
        fit_in(unbroken, films=films)


def test_training_learns_to_tell_the_labels_apart(tmp_path: Path) -> None:
    settings = replace(SETTINGS, epochs=4, steps=6)
    last = fit_in(tmp_path, settings).run()
    tune = FILMS[Part.TUNE]
    logits, _ = predict(last, tune, settings.preprocessing)
    assert auroc(logits, tune.targets == 1) > 0.9


def test_boxes_move_with_the_films_that_they_lie_on(tmp_path: Path) -> None:
    """Films that are bright in their box, off the middle, and dark elsewhere."""
    films = FILMS[Part.FIT]
    boxed = tuple(replace(film, boxes=((20, 30, 40, 60),)) for film in films.films)
    pixels = np.random.default_rng(0).integers(40, 80, films.resized.shape, dtype=np.uint8)
    # Films are 128 pixels a side, and half of that here.
    pixels[:, 15:45, 10:30] += 120
    fit = fit_in(tmp_path)
    moved = FilmSet(boxed, pixels, "made")
    inputs, boxes, outlines = fit._augmented(moved, 64, torch.Generator().manual_seed(0))
    assert inputs.shape == (24, 1, 64, 64) and outlines.sum() == 0
    fields = adaptive_avg_pool2d(boxes, (64, 64))
    within, around = (
        (inputs * place).sum(dim=(1, 2, 3)) / place.sum(dim=(1, 2, 3)) for place in (fields, 1 - fields)
    )
    # Markers, borders and shading may hide a box, but not many.
    assert (within > around + 0.5).float().mean() > 0.9
