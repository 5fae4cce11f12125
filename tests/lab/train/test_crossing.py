from dataclasses import replace

import numpy as np
import pytest
import torch
from lab.evaluate.synthetic_clinic import row, write_labels
from lab.train.synthetic_films import cloudy, scale_to_films
from PIL import Image
from safetensors.torch import save_file
from tiny_fit import tiny_fit
from torchvision.models import mobilenet_v2

from cxr.film import Population
from cxr.lab.train.crossing import MEASURES, leave_out
from cxr.lab.train.split import Part, _part
from cxr.lab.train.training_run import RunSettings
from cxr.measure.labels import LabelsError
from cxr.model.preprocess import to_input

FIT_SETTINGS = replace(tiny_fit(3), steps=4)
# As many patients as operating points need, and some to learn from.
WANTED = {"east": {Part.FIT: 12, Part.TUNE: 20}, "west": {Part.FIT: 10}}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> RunSettings:
    """Cloudy films of two hospitals, speckled in pneumonia, and random weights with torchvision's names."""
    folder = tmp_path_factory.mktemp("crossing")
    rows = []
    for source, wanted in WANTED.items():
        for label in ("normal", "pneumonia"):
            left, number = dict(wanted), 0
            while any(left.values()):
                patient = f"{label}{number}"
                number += 1
                if left.get(part := _part((source, patient))):
                    left[part] -= 1
                    name = f"{source}-{patient}.png"
                    rows.append(row(name, label, patient_id=patient, split="train", source=source))
    for seed, line in enumerate(rows):
        Image.fromarray(cloudy(seed, line["label"] == "pneumonia", 128)).save(folder / line["file"])
    write_labels(folder / "labels.csv", rows)
    torch.manual_seed(0)
    network = mobilenet_v2(weights=None)
    some = np.stack([cloudy(seed, seed % 2 == 0, 64) for seed in range(16)])
    scale_to_films(network, to_input(some, FIT_SETTINGS.preprocessing).repeat(1, 3, 1, 1))
    save_file(network.state_dict(), folder / "random.safetensors")
    return RunSettings(
        labels=folder / "labels.csv",
        sources=("east", "west"),
        weights=str(folder / "random.safetensors"),
        run=folder / "run",
        bundle=folder / "without-west",
        command="",
        hidden=8,
        trunk="mobilenet_v2",
    )


def test_a_hospital_is_measured_by_a_network_and_points_of_the_others(settings: RunSettings) -> None:
    (found,) = leave_out(settings, FIT_SETTINGS, ["west"])

    assert (found.sources, found.population, found.films) == (("west",), Population.CHILD, 20)
    assert found.measures.keys() == set(MEASURES)
    auroc = found.measures["auroc"]
    assert auroc and auroc.value > 0.9
    assert found.line.startswith("| west | child | 20 | ")
    assert not settings.bundle.exists()


def test_leaving_out_every_hospital_is_refused(settings: RunSettings) -> None:
    with pytest.raises(LabelsError, match="name some more"):
        leave_out(settings, FIT_SETTINGS, ["east", "west"])
