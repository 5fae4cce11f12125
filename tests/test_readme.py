import re
from pathlib import Path

import typer

from cxr.cli.main import app
from cxr.evidence.metrics_file import read_evidence
from cxr.lab.bench.speed import read_speed
from cxr.lab.bench.speed_table import speed_tables
from cxr.lab.evaluate.readme_results import results_table
from cxr.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


def between(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n(.*?)\n?<!-- /{marker} -->", README, re.DOTALL)
    assert found
    return found[1]


def test_the_results_are_those_of_the_shipped_evidence() -> None:
    settings = Settings()
    assert between("results") == results_table(read_evidence(settings.models / settings.bundle))


def test_the_speed_is_that_of_the_shipped_figures() -> None:
    settings = Settings()
    assert between("speed") == speed_tables(read_speed(settings.models / settings.bundle))


def test_every_command_is_documented_and_every_documented_command_exists() -> None:
    commands = set(typer.main.get_group(app).commands)
    assert set(re.findall(r"python -m cxr ([\w-]+)", README)) == commands


def test_the_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert len(pictures) == 2
    for picture in pictures:
        assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")


def test_the_test_command_installs_and_runs_pytest() -> None:
    command = between("test-command")
    assert "requirements.txt -r tests/requirements.txt" in command
    assert command.rstrip("`\n").endswith("python -m pytest")
