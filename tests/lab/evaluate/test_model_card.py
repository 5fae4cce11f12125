import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from evidence.made_evidence import VERSION, bare_evidence, both_populations, estimate, full_evidence
from made_films import made_card

from cxr.evidence.metrics_file import MODEL_CARD, Evidence, EvidenceError
from cxr.film import Population
from cxr.lab.evaluate.model_card import NOT_MEASURED, differing, write_model_card

pytestmark = pytest.mark.long

CARD = made_card(populations=(Population.ADULT, Population.CHILD))


def written(folder: Path, evidence: Evidence) -> str:
    write_model_card(folder, CARD, VERSION, evidence)
    return (folder / MODEL_CARD).read_text()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A card with figures of the full evidence, drawn once."""
    folder = tmp_path_factory.mktemp("card")
    written(folder, full_evidence())
    return folder


@pytest.fixture
def full(made: Path, tmp_path: Path) -> Path:
    """The same card, to be changed."""
    return shutil.copytree(made, tmp_path / "full")


@pytest.fixture(scope="module")
def text(made: Path) -> str:
    """The text of that card."""
    return (made / MODEL_CARD).read_text()


def section(text: str, title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"no section {title}"
    return found[1].strip()


def test_a_card_that_was_just_written_is_what_it_should_be(made: Path) -> None:
    assert differing(made, CARD, VERSION, full_evidence()) == []


def test_a_changed_figure_a_changed_card_and_a_missing_one_are_named(full: Path) -> None:
    (full / "figures" / "flags.svg").write_text("<svg/>")
    (full / "figures" / "reliability_adult.svg").unlink()
    (full / MODEL_CARD).write_text("All is well.")
    assert differing(full, CARD, VERSION, full_evidence()) == [
        MODEL_CARD,
        "figures/flags.svg",
        "figures/reliability_adult.svg",
    ]


def test_other_measurements_make_another_card(made: Path) -> None:
    holdout = both_populations()
    first = replace(holdout.groups[-1], auroc=estimate(0.951))
    other = replace(full_evidence(), holdout=replace(holdout, groups=(*holdout.groups[:-1], first)))
    assert differing(made, CARD, VERSION, other) == [MODEL_CARD]


def test_figures_of_an_earlier_card_are_cleared_away(full: Path) -> None:
    text = written(full, bare_evidence())
    assert {path.name for path in (full / "figures").iterdir()} == {
        "flags.svg",
        "reliability_adult.svg",
        "reliability_child.svg",
    }
    assert differing(full, CARD, VERSION, bare_evidence()) == []
    assert section(text, "Shortcuts") == NOT_MEASURED


def test_every_figure_in_the_card_is_there(made: Path, text: str) -> None:
    paths = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert len(paths) == 5
    assert all((made / path).read_text().startswith("<?xml") for path in paths)


def test_the_figures_of_another_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=f"The figures are of {VERSION}, and this is other-11111111"):
        write_model_card(tmp_path, CARD, "other-11111111", full_evidence())
    assert not (tmp_path / MODEL_CARD).exists()


def test_a_source_that_forbids_commerce_forbids_it_for_the_weights(text: str, tmp_path: Path) -> None:
    data = section(text, "Data and licences")
    assert "non-commercial use only, because of the films of siim" in data
    assert re.search(r"\| hannover \|.*\| CC BY 3\.0 \| no \|", data)
    children = replace(full_evidence().tune, groups=full_evidence().tune.groups[-2:-1])
    data = section(written(tmp_path, replace(full_evidence(), tune=children)), "Data and licences")
    assert "allow commercial use" in data


def test_goals_say_whether_they_were_reached(text: str, tmp_path: Path) -> None:
    goals = section(text, "Goals and what was reached")
    assert "| AUROC, adults | at least 0.92 | 0.950 (0.930-0.970) | reached |" in goals
    assert "| AUROC, children | at least 0.995 | 0.950 (0.930-0.970) | not reached |" in goals
    bare = section(written(tmp_path, bare_evidence()), "Goals and what was reached")
    assert "| Quality check: films refused without need | at most 0.01 | – | not measured |" in bare


def test_a_shift_has_a_line_with_what_is_left_and_what_is_lost(text: str) -> None:
    stressed = section(text, "Shifts between hospitals")
    assert "| noise | 2 | 0.5 | 0.890 (0.870-0.910) | 0.060 | 0.680 (0.660-0.700) | 0.120 |" in stressed


def test_the_card_says_how_to_train_it_again_and_nothing_about_who_measured(text: str) -> None:
    training = section(text, "Training")
    assert f"`{CARD.training.command}`" in training and CARD.training.data_sha256 in training


def test_the_same_evidence_draws_the_same_figures(made: Path, tmp_path: Path) -> None:
    written(tmp_path, full_evidence())
    first, second = ((folder / "figures" / "flags.svg").read_bytes() for folder in (made, tmp_path))
    assert first == second
