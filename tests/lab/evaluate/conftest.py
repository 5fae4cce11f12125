import pytest
from lab.evaluate.synthetic_clinic import Clinic, random_bundle, row, write_film, write_labels

from cxr.lab.evaluate.evaluation_run import evaluate
from cxr.measure.labels import read_labels
from cxr.screening import Screener


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    """Twenty child films of both labels, one of label `other`, one broken; six adult films, all normal."""
    folder = tmp_path_factory.mktemp("clinic")
    rows = [
        *(row(f"n{i}.png", "normal", patient_id=f"p{i // 2}") for i in range(10)),
        *(row(f"p{i}.png", "pneumonia", boxes_xywh="[[0, 0, 64, 128]]") for i in range(10)),
        row("other.png", "other"),
        *(row(f"a{i}.png", "normal", population="adult", source="west") for i in range(6)),
    ]
    for seed, line in enumerate(rows):
        write_film(folder / line["file"], seed)
    (folder / "broken.png").write_bytes((folder / "p0.png").read_bytes()[:300])
    films = read_labels(write_labels(folder / "labels.csv", [*rows, row("broken.png", "pneumonia")]))
    screener = Screener(random_bundle([folder / line["file"] for line in rows]))
    progress: list[tuple[int, int]] = []
    evaluation = evaluate(
        films, screener, folder / "out", lambda done, total: progress.append((done, total)), repeats=200
    )
    return Clinic(films, screener, folder / "out", evaluation, progress)
