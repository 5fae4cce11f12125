from dataclasses import replace

import pytest
from lab.train.synthetic_films import training_folder
from tiny_fit import tiny_fit

from cxr.film import Population
from cxr.lab.train.crossing import MEASURES, leave_out
from cxr.lab.train.split import Part
from cxr.lab.train.training_run import RunSettings
from cxr.measure.labels import LabelsError

FIT_SETTINGS = replace(tiny_fit(3), steps=4)
# As many patients as operating points need, and some to learn from.
WANTED = {"east": {Part.FIT: 12, Part.TUNE: 20}, "west": {Part.FIT: 10}}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> RunSettings:
    """Cloudy films of two hospitals, speckled in pneumonia, and random weights with torchvision's names."""
    folder = training_folder(tmp_path_factory.mktemp("crossing"), WANTED, FIT_SETTINGS.preprocessing)
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
    assert found.row[:3] == ("west", "child", 20)
    assert not settings.bundle.exists()


def test_leaving_out_every_hospital_is_refused(settings: RunSettings) -> None:
    with pytest.raises(LabelsError, match="name some more"):
        leave_out(settings, FIT_SETTINGS, ["east", "west"])
