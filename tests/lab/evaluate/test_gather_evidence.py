import json
from pathlib import Path

import pytest
from evidence.made_evidence import full_evidence, quality
from lab.evaluate.synthetic_clinic import Clinic, random_bundle
from pydantic import TypeAdapter

from cxr.evidence.heat_comparison import HEAT_COMPARISON
from cxr.evidence.metrics_file import Evidence, EvidenceError
from cxr.evidence.quality_evidence import QUALITY, QualityEvidence
from cxr.film import Population
from cxr.lab.evaluate.measurement import EvidenceFilms, gather_evidence
from cxr.model.bundle import Bundle


@pytest.fixture(scope="module")
def bundle(clinic: Clinic) -> Bundle:
    return random_bundle([film.path for film in clinic.films if film.path.name != "broken.png"])


@pytest.fixture(scope="module")
def told() -> list[tuple[str, int, int]]:
    return []


@pytest.fixture(scope="module")
def evidence(
    clinic: Clinic, bundle: Bundle, told: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> Evidence:
    """Children as tune and holdout, adults as another hospital; figures of the quality head beside it."""
    folder = tmp_path_factory.mktemp("bundle")
    (folder / QUALITY).write_bytes(TypeAdapter(QualityEvidence).dump_json(quality()))
    children = [film for film in clinic.films if film.population is Population.CHILD]
    adults = [film for film in clinic.films if film.population is Population.ADULT]
    films = EvidenceFilms(tune=children[:8], holdout=children, external=adults)
    return gather_evidence(films, bundle, folder, 8, 1000, lambda *step: told.append(step), repeats=20)


def test_every_set_is_measured_as_evaluate_measures_it(evidence: Evidence, clinic: Clinic) -> None:
    found = evidence.holdout.group(Population.CHILD)
    expected = clinic.evaluation.group(Population.CHILD)
    assert found.auroc and expected.auroc
    assert found.auroc.value == expected.auroc.value
    assert found.refusals.reasons == {"damaged": 1}
    assert evidence.external and evidence.external.films == 6
    assert evidence.val is None


def test_all_of_it_names_one_version(evidence: Evidence, bundle: Bundle) -> None:
    assert evidence.stress and evidence.audit
    assert {evidence.bundle, evidence.tune.bundle, evidence.stress.bundle, evidence.audit.bundle} == {
        bundle.version
    }
    assert evidence.stress.films <= 8


def test_what_training_left_beside_the_bundle_is_taken_in(evidence: Evidence) -> None:
    assert evidence.quality == quality()
    assert evidence.heat_comparison is None


def test_it_is_told_what_is_measured_and_how_far(
    evidence: Evidence, told: list[tuple[str, int, int]]
) -> None:
    assert {name for name, _, _ in told} == {"tune", "holdout", "external", "stress", "audit"}
    last = {name: (done, total) for name, done, total in told}
    assert all(done == total for done, total in last.values())


def test_a_file_that_holds_something_else_is_named(clinic: Clinic, bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / HEAT_COMPARISON).write_text('{"without": 3}')
    films = EvidenceFilms(tune=clinic.films[:2], holdout=clinic.films[:4])
    with pytest.raises(EvidenceError, match=r"heat_comparison\.json has invalid content"):
        gather_evidence(films, bundle, tmp_path, 4, 1000, repeats=5)


def test_the_comparison_is_read_under_the_names_that_training_writes(
    clinic: Clinic, bundle: Bundle, tmp_path: Path
) -> None:
    written = json.loads(full_evidence().to_json())["heat_comparison"]
    (tmp_path / HEAT_COMPARISON).write_text(json.dumps(written))
    films = EvidenceFilms(tune=clinic.films[:2], holdout=clinic.films[:4])
    found = gather_evidence(films, bundle, tmp_path, 4, 1000, repeats=5)
    assert found.heat_comparison == full_evidence().heat_comparison
