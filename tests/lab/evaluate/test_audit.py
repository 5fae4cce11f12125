import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from lab.evaluate.synthetic_clinic import FILM_SIDE, random_bundle, row, write_labels
from made_films import grey_level
from PIL import Image
from torch import nn
from typer.testing import CliRunner

from cxr.cli.main import app
from cxr.evidence.shortcuts import Audit
from cxr.film import Population
from cxr.lab.evaluate.shortcut_audit import audit
from cxr.lab.evaluate.shortcuts import ALL_BUT_BORDER, LUNGS, Patch, leak
from cxr.measure.labels import LabelledFilm, LabelsError, read_labels
from cxr.model.bundle import Bundle, save_bundle
from cxr.model.estimate import Estimate
from cxr.model.network import AnnHead, CxrNet

pytestmark = pytest.mark.long

EDGE, MIDDLE = (slice(0, 6), slice(None)), (slice(48, 80), slice(48, 80))
"""Where on a film of 128 pixels pneumonia is a bright patch."""


class Window(nn.Module):
    """Sees one place of a film, and nothing else."""

    def __init__(self, place: tuple[slice, slice]) -> None:
        super().__init__()
        self.place = tuple(
            slice(side.start and side.start // 2, side.stop and side.stop // 2) for side in place
        )

    def forward(self, films: torch.Tensor) -> torch.Tensor:
        mask = torch.zeros(int(films.shape[2]), int(films.shape[3]))
        mask[self.place] = 1
        return (films * mask).relu()


def reader_of(place: tuple[slice, slice]) -> CxrNet:
    """A network that finds white in one place."""
    network = CxrNet(hidden=16)
    network.trunk = nn.Sequential(Window(place))
    # What is above nothing less what is below it: the head gives on what the trunk found.
    signs = torch.tensor([1.0, -1.0])
    head = AnnHead(features=1, hidden=2, dropout=0.0)
    head[0], head[3] = nn.Linear(1, 2, bias=False), nn.Linear(2, 1, bias=False)
    head[0].weight.data, head[3].weight.data = signs[:, None], signs[None, :]
    network.head = head
    return network.requires_grad_(False)


def written(folder: Path, place: tuple[slice, slice]) -> list[LabelledFilm]:
    """Films of two hospitals with pneumonia in one place; one film is broken, one labelled `other`."""
    rows = []
    for number in range(48):
        sick, west = number % 2 == 1, number % 4 > 1
        pixels = (grey_level(number, FILM_SIDE, FILM_SIDE) // 2 + 20).astype(np.uint8)
        if sick:
            pixels[place] = 220
        Image.fromarray(pixels).save(folder / f"{number}.png")
        source = {"source": "west", "population": "adult"} if west else {}
        rows.append(row(f"{number}.png", "pneumonia" if sick else "normal", **source))
    (folder / "broken.png").write_bytes(b"no film")
    (folder / "other.png").write_bytes((folder / "0.png").read_bytes())
    rows += [row("broken.png", "normal"), row("other.png", "other", patient_id="other")]
    return read_labels(write_labels(folder / "labels.csv", rows))


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[LabelledFilm]:
    """Films on whose edge it stands who has pneumonia."""
    return written(tmp_path_factory.mktemp("edge"), EDGE)


@pytest.fixture(scope="module")
def bundle(films: list[LabelledFilm]) -> Bundle:
    return random_bundle([film.path for film in films[:16]])


@pytest.fixture(scope="module")
def of_border(films: list[LabelledFilm], bundle: Bundle) -> Audit:
    """The audit of a network that looks at the edge only."""
    return audit(films, replace(bundle, network=reader_of(EDGE)), repeats=50)


def test_a_network_that_reads_only_the_border_is_found_out(of_border: Audit) -> None:
    for found in (*of_border.border_alone, *of_border.lungs_blanked):
        assert found.auroc and found.auroc.low > 0.95
        assert found.leak == found.auroc
        assert found.effect and found.effect.low > 0.5


def test_a_network_that_reads_only_the_lungs_is_cleared(bundle: Bundle, tmp_path: Path) -> None:
    of_lungs = audit(written(tmp_path, MIDDLE), replace(bundle, network=reader_of(MIDDLE)), repeats=50)
    for found in (*of_lungs.border_alone, *of_lungs.lungs_blanked):
        assert found.auroc and found.auroc.low < 0.5 < found.auroc.high


def test_a_map_that_does_not_depend_on_the_weights_is_not_called_destroyed(of_border: Audit) -> None:
    assert of_border.randomisation
    everything = of_border.randomisation.parts[-1]
    # Without weights in the trunk the map is the film's own edge, or nothing, whatever the head.
    assert everything.likeness.absolute_correlation
    assert everything.likeness.absolute_correlation.value > 0.3
    assert not everything.destroyed


def test_films_are_counted_by_population_without_broken_ones_and_other(of_border: Audit) -> None:
    assert (of_border.films, of_border.patients) == (48, 48)
    assert [(found.population, found.films) for found in of_border.border_alone] == [
        (Population.ADULT, 24),
        (Population.CHILD, 24),
    ]
    assert [probe.sources for probe in of_border.source_probes] == [("east", "west")]


def test_the_network_audited_stays_as_it_is_and_every_pass_is_counted(
    films: list[LabelledFilm], bundle: Bundle
) -> None:
    before = {name: tensor.clone() for name, tensor in bundle.network.state_dict().items()}
    progress: list[tuple[int, int]] = []
    audit(films[:8], bundle, lambda done, total: progress.append((done, total)), repeats=10)
    assert all(torch.equal(tensor, before[name]) for name, tensor in bundle.network.state_dict().items())
    assert progress == sorted(progress)
    assert progress[-1] == (64, 64)


@pytest.mark.parametrize(
    ("patch", "rows", "columns"),
    [(ALL_BUT_BORDER, slice(10, 90), slice(10, 90)), (LUNGS, slice(8, 85), slice(12, 88))],
)
def test_what_is_covered_leaves_no_trace_and_the_rest_stays(
    patch: Patch, rows: slice, columns: slice
) -> None:
    films = np.stack([grey_level(seed, 100, 100) for seed in range(3)])
    others = films.copy()
    others[:, rows, columns] //= 3
    covered = patch.on(films)
    assert np.array_equal(covered, patch.on(others))
    assert all(len(np.unique(film[rows, columns])) == 1 for film in covered)
    covered[:, rows, columns] = films[:, rows, columns]
    assert np.array_equal(covered, films)


@pytest.mark.parametrize(
    ("auroc", "expected"),
    [
        ((0.8, 0.7, 0.9), (0.8, 0.7, 0.9)),
        ((0.2, 0.1, 0.3), (0.8, 0.7, 0.9)),
        ((0.55, 0.45, 0.65), (0.55, 0.5, 0.65)),
        ((0.45, 0.3, 0.6), (0.55, 0.5, 0.7)),
    ],
)
def test_a_leak_is_the_distance_from_chance_either_way(
    auroc: tuple[float, float, float], expected: tuple[float, float, float]
) -> None:
    value, low, high = auroc
    found = leak(Estimate(value=value, low=low, high=high))
    assert (found.value, found.low, found.high) == pytest.approx(expected)


def test_everything_is_in_the_json_and_the_summary_gives_a_verdict(of_border: Audit) -> None:
    saved = json.loads(of_border.to_json(), parse_constant=pytest.fail)
    assert saved["border_alone"][0]["population"] == "adult"
    assert [part["part"] for part in saved["randomisation"]["parts"]] == [
        "head",
        "head_and_last_stage",
        "everything",
    ]
    assert "not destroyed" in of_border.summary()


def test_without_a_film_that_can_be_read_there_is_no_audit(films: list[LabelledFilm], bundle: Bundle) -> None:
    with pytest.raises(LabelsError, match="No film to audit"):
        audit([film for film in films if "broken" in film.path.name], bundle)


def test_the_command_writes_stress_and_audit_beside_the_metrics(
    films: list[LabelledFilm], bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_bundle(tmp_path / "random", bundle.network, bundle.quality_head, bundle.card)
    monkeypatch.setenv("CXR_MODELS", str(tmp_path))
    monkeypatch.setenv("CXR_BUNDLE", "random")
    rows = [row(f"{number}.png", "pneumonia" if number % 2 else "normal") for number in range(4)]
    labels = write_labels(films[0].path.parent / "four.csv", rows)
    out = tmp_path / "out"
    # One film for two labels is none: thirty-nine shifts with a thousand draws each would take their time.
    options = ["--out", str(out), "--stress", "--stress-films", "1", "--audit"]
    result = CliRunner().invoke(app, ["evaluate", str(labels), *options])
    assert result.exit_code == 0
    stressed, audited = (json.loads((out / f"{name}.json").read_text()) for name in ("stress", "audit"))
    assert (stressed["films"], stressed["groups"], audited["films"]) == (0, [], 4)
    assert result.stdout.endswith(f"Wrote metrics.json, stress.json, audit.json and figures to {out}.\n")
    assert "under shifts: 0 films" in result.stdout and "border alone" in result.stdout
