"""The walls between the rooms (DESIGN.md), read off the imports."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted([*(ROOT / "cxr").rglob("*.py"), *ROOT.glob("app.py")])

CLINIC = (
    *(
        "film",
        "quality",
        "model",
        "explain",
        "triage",
        "screening",
        "samples",
        "check_films",
        "engine_choice",
    ),
    "score_row",
    *("worklist", "report", "pacs", "api", "ui", "app"),
)
"""The rooms of the clinic's wing: each may enter those to its left."""
UP_TO_SCREENING = set(CLINIC[: CLINIC.index("screening") + 1])
UP_TO_WORKLIST = set(CLINIC[: CLINIC.index("worklist") + 1])

MAY_IMPORT = {room: set(CLINIC[:place]) for place, room in enumerate(CLINIC)}
MAY_IMPORT["setting_values"] = set()
# What the pages say in other languages.
MAY_IMPORT["language"] = set()
MAY_IMPORT["settings"] = {"setting_values"}
for room in ("pacs", "ui", "app"):
    MAY_IMPORT[room] |= {"settings"}
# The frame around the app: allowed hosts, headers, sign-in, health.
MAY_IMPORT["logs"] = {"settings", "__init__"}
MAY_IMPORT["ui"] |= {"logs"}
MAY_IMPORT["access"] = {"settings", "worklist", "language"}
MAY_IMPORT["ui"] |= {"access", "language", "setting_values"}
MAY_IMPORT["api"] = UP_TO_WORKLIST | {"access", "settings"}
MAY_IMPORT["app"] |= {"access"}
# The findings that ship beside a model: the lab writes them, the app shows them.
MAY_IMPORT["evidence"] = {"film", "quality", "model", "explain", "triage"}
MAY_IMPORT["ui"] |= {"evidence"}
MAY_IMPORT["report"] |= {"evidence", "site", "language"}
MAY_IMPORT["ui"] |= {"measure", "site"}
# Labelled films: what a model's results are worth on them, and operating points fitted on them.
MAY_IMPORT["measure"] = UP_TO_SCREENING | {"evidence"}
# One hospital: its acceptance test and its own operating points.
MAY_IMPORT["site"] = UP_TO_WORKLIST | {"evidence", "measure"}
# The lab's wing: what makes and measures a model.
MAY_IMPORT["lab.evaluate"] = UP_TO_SCREENING | {"evidence", "measure"}
MAY_IMPORT["lab.train"] = UP_TO_SCREENING | {"evidence", "measure", "lab.evaluate", "check_films"}
MAY_IMPORT["lab.bench"] = UP_TO_WORKLIST | {"settings", "evidence", "measure", "lab.evaluate"}
# The result of a film as one row, for `score` and for a cluster.
MAY_IMPORT["score_row"] = UP_TO_SCREENING
# More than one machine: the work of one worker, by many.
MAY_IMPORT["cluster"] = UP_TO_WORKLIST | {"score_row"}
LAB = {room for room in MAY_IMPORT if room.startswith("lab.")}
MAY_IMPORT["cli"] = (
    (set(CLINIC) - {"api", "ui", "app"})
    | {"settings", "setting_values", "logs", "evidence", "measure", "site", "cluster", "score_row"}
    | LAB
)
MAY_IMPORT["__main__"] = {"cli"}
MAY_IMPORT["__init__"] = set()
MAY_IMPORT["lab"] = set()

ONLY_IN = {
    "streamlit": {"ui", "app", "lab.bench"},
    "sqlalchemy": {"worklist", "lab.bench"},
    "alembic": {"worklist"},
    "pydicom": {"film", "report", "pacs", "lab.bench"},
    "highdicom": {"report"},
    "reportlab": {"report"},
    "babel": {"language"},
    "typer": {"cli"},
    "starlette": {"access", "api", "ui"},
    "fhir": {"api"},
    "prometheus_client": {"access"},
    "cryptography": {"worklist"},
    "argon2": {"worklist"},
    "authlib": {"access"},
    "httpx2": {"access", "lab.bench", "site"},
    "joserfc": {"access"},
    "ray": {"cluster"},
    "fsspec": {"cluster"},
    "pyarrow": {"cluster"},
    "dicomanonymizer": {"film"},
    "pynetdicom": {"pacs"},
    "pytorch_grad_cam": {"explain", "lab.bench"},
    "dicomweb_client": {"pacs"},
    "pickle": set(),
    "cPickle": set(),
    "cloudpickle": set(),
    "dill": set(),
    "joblib": set(),
    "shelve": set(),
    "marshal": set(),
}
UNPICKLING = {"torch.load", "numpy.load", "np.load", "pd.read_pickle", "pandas.read_pickle"}
IMAGE_OPENING = {"Image.open", "PIL.Image.open", "cv2.imread", "cv2.imdecode"}
PARSING = {
    f"cxr.film.{name}"
    for name in (
        *("clean.clean_film", "dicom.dicom_header", "dicom.read_dicom", "dicom.read_header"),
        *("inflate.inflated", "left_out.left_out", "object_header.object_header", "packed.packed"),
        *("raster.open_picture", "raster.read_picture", "raster.read_raster", "read.decode_film"),
        *("redaction.redacted", "resent.compared"),
    )
}
"""What `cxr.film.sandbox` has a child process do for everybody else."""


@cache
def room_of(path: Path) -> str:
    """Name the room of a file: its folder in `cxr`, or its own name; in the lab, the folder in there."""
    if path.name == "app.py":
        return "app"
    parts = path.relative_to(ROOT / "cxr").with_suffix("").parts
    return ".".join(parts[:2]) if parts[0] == "lab" and len(parts) > 2 else parts[0]


@cache
def nodes(source: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(source)))


@cache
def imported(source: str) -> set[str]:
    """Dotted names of all that a file imports, wherever in the file."""
    names = set()
    for node in nodes(source):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides which room it enters"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms_entered(source: str, rooms: set[str]) -> set[str]:
    parts = [name.split(".") for name in imported(source)]
    named = {".".join(name[1:end]) for name in parts if name[0] == "cxr" for end in (2, 3)}
    return named & (rooms - {"lab"})


@cache
def called(source: str) -> set[str]:
    """What a file calls, as it is written there: `print`, `Image.open`."""
    return {ast.unparse(node.func) for node in nodes(source) if isinstance(node, ast.Call)}


def test_the_checks_see_what_they_look_for() -> None:
    source = "import cxr.lab.train.split, cxr.ui, sqlalchemy.orm\ndef f():\n  Image.open(print(1))"

    assert rooms_entered(source, {"lab.train", "ui", "film"}) == {"lab.train", "ui"}
    assert "sqlalchemy.orm" in imported(source)
    assert called(source) == {"print", "Image.open"}
    assert len(SOURCES) > 40


@pytest.mark.parametrize("room", sorted({room_of(path) for path in SOURCES}))
def test_a_room_imports_only_rooms_to_its_left(room: str) -> None:
    assert room in MAY_IMPORT, f"say in MAY_IMPORT what the new room {room} may enter"
    rooms = {room_of(path) for path in SOURCES}
    own = {path: rooms_entered(path.read_text(), rooms) for path in SOURCES if room_of(path) == room}

    assert [(path, entered) for path, entered in own.items() if entered - MAY_IMPORT[room] - {room}] == []


def test_the_clinic_never_enters_the_lab() -> None:
    rooms = {room_of(path) for path in SOURCES}
    clinic = [path for path in SOURCES if not room_of(path).startswith(("lab", "cli"))]

    assert len(clinic) > 100
    assert [path for path in clinic if rooms_entered(path.read_text(), rooms) & LAB] == []


@pytest.mark.parametrize("package", ONLY_IN)
def test_a_package_is_imported_only_where_it_belongs(package: str) -> None:
    rooms = {
        room_of(path)
        for path in SOURCES
        if any(name.split(".")[0] == package for name in imported(path.read_text()))
    }

    assert rooms <= ONLY_IN[package]


def test_only_the_command_line_prints() -> None:
    assert {room_of(path) for path in SOURCES if "print" in called(path.read_text())} <= {"cli"}


def test_only_the_film_room_opens_image_files() -> None:
    openers = {room_of(path) for path in SOURCES if called(path.read_text()) & IMAGE_OPENING}

    # Training makes JPEGs of films in memory, and reads those; the benchmark's plain pipeline opens its own.
    assert openers - LAB == {"film"}
    assert not any("PIL.Image.open" in imported(path.read_text()) for path in SOURCES)


def test_no_other_room_parses_a_file_from_outside_in_its_own_process() -> None:
    outside = [path for path in SOURCES if room_of(path) != "film"]
    found = {path.name for path in outside if imported(path.read_text()) & PARSING}

    # The program's own samples; training's own pictures.
    assert found == {"check_films.py", "quality_examples.py"}


def test_nothing_is_ever_unpickled() -> None:
    unpickling = [path for path in SOURCES if called(path.read_text()) & UNPICKLING]

    # Training starts from a package's pickle of tensors, which is read without running anything.
    assert [path.name for path in unpickling] == ["imagenet.py"]
    assert "weights_only=True" in unpickling[0].read_text()


def test_no_file_reaches_300_lines() -> None:
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "cxr").rglob("*.js")]

    assert [path.name for path in files if len(path.read_text().splitlines()) >= 300] == []
