"""The walls between the rooms (DESIGN.md), read off the imports."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted([*(ROOT / "cxr").rglob("*.py"), *ROOT.glob("app.py")])

FROM_LEFT_TO_RIGHT = (
    *("film", "gate", "model", "explain", "triage", "screening", "samples", "check_films", "engine_choice"),
    *("worklist", "report", "pacs", "ui", "app"),
)
MAY_IMPORT = {room: set(FROM_LEFT_TO_RIGHT[:place]) for place, room in enumerate(FROM_LEFT_TO_RIGHT)}
MAY_IMPORT["pacs"] |= {"settings"}
MAY_IMPORT["ui"] |= {"settings"}
MAY_IMPORT["app"] |= {"settings"}
MAY_IMPORT["settings"] = set()
# What was measured, without what measures it: evaluation writes it, and the app shows it without evaluation.
MAY_IMPORT["evidence"] = {"film", "gate", "model", "explain", "triage"}
MAY_IMPORT["ui"] |= {"evidence"}
# Training measures what it fits.
MAY_IMPORT["evaluate"] = set(FROM_LEFT_TO_RIGHT[:6]) | {"evidence"}
MAY_IMPORT["train"] = set(FROM_LEFT_TO_RIGHT[:6]) | {"evidence", "evaluate", "check_films"}
MAY_IMPORT["bench"] = set(FROM_LEFT_TO_RIGHT[: FROM_LEFT_TO_RIGHT.index("report")]) | {"settings", "evidence"}
# Past one machine: what a worker of the worklist does, by many.
MAY_IMPORT["cluster"] = set(FROM_LEFT_TO_RIGHT[: FROM_LEFT_TO_RIGHT.index("report")]) | {"evidence"}
MAY_IMPORT["cli"] = set(FROM_LEFT_TO_RIGHT[: FROM_LEFT_TO_RIGHT.index("ui")])
MAY_IMPORT["cli"] |= {"settings", "evidence", "evaluate", "train", "bench", "cluster"}
MAY_IMPORT["__main__"] = {"cli"}
MAY_IMPORT["__init__"] = set()

ONLY_IN = {
    "streamlit": {"ui", "app"},
    "sqlalchemy": {"worklist"},
    "alembic": {"worklist"},
    "pydicom": {"film", "report", "pacs", "bench"},
    "highdicom": {"report"},
    "reportlab": {"report"},
    "typer": {"cli"},
    "simpy": {"triage"},
    "cryptography": {"worklist"},
    "ray": {"cluster"},
    "fsspec": {"cluster"},
    "pyarrow": {"cluster"},
    "dicomanonymizer": {"film"},
    "pynetdicom": {"pacs"},
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


def room_of(path: Path) -> str:
    return path.stem if path.name == "app.py" else path.relative_to(ROOT / "cxr").parts[0].removesuffix(".py")


def imported(source: str) -> set[str]:
    """Dotted names of all that a file imports, wherever in the file."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import hides which room it enters"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms_entered(source: str, rooms: set[str]) -> set[str]:
    parts = [name.split(".") for name in imported(source)]
    return {name[1] for name in parts if name[0] == "cxr" and len(name) > 1 and name[1] in rooms}


def called(source: str) -> set[str]:
    """What a file calls, as it is written there: `print`, `Image.open`."""
    return {ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)}


def test_the_checks_see_what_they_look_for() -> None:
    source = (
        "def f():\n  from cxr.train.run import train\n  import cxr.ui, sqlalchemy.orm\n  Image.open(print(1))"
    )

    assert rooms_entered(source, {"train", "ui", "film"}) == {"train", "ui"}
    assert "sqlalchemy.orm" in imported(source)
    assert called(source) == {"print", "Image.open"}
    assert len(SOURCES) > 40


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_room_imports_only_rooms_to_its_left(path: Path) -> None:
    room = room_of(path)
    assert room in MAY_IMPORT, f"say in MAY_IMPORT what the new room {room} may enter"

    entered = rooms_entered(path.read_text(), {room_of(source) for source in SOURCES})

    assert entered <= MAY_IMPORT[room] | {room}


def test_training_and_evaluation_stay_out_of_the_app() -> None:
    for room in ("app", "ui", "worklist", "screening", "report", "pacs", "evidence"):
        assert not MAY_IMPORT[room] & {"train", "evaluate", "cli"}


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
    assert openers - {"train", "bench"} == {"film"}
    assert not any("PIL.Image.open" in imported(path.read_text()) for path in SOURCES)


def test_nothing_is_ever_unpickled() -> None:
    assert not [path for path in SOURCES if called(path.read_text()) & UNPICKLING]


def test_no_file_reaches_300_lines() -> None:
    files = [*SOURCES, *(ROOT / "tests").rglob("*.py")]

    assert [path.name for path in files if len(path.read_text().splitlines()) >= 300] == []
