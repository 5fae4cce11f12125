"""The documentation is tested: what it names exists, what exists it names, and its commands are valid."""

import os
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from generated_docs import GENERATED, ROOT, between
from typer.main import get_command

from cxr import __version__
from cxr.cli.main import COMMANDS, app
from cxr.settings import Settings

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "deploy").glob("*.md")])
TEXT = "\n".join(page.read_text() for page in PAGES)
# Placeholders of the examples, as the types of their options want them.
VALUES = {"N": "3", "LINES:HASH": "3:" + "0" * 64}


def loaded(name: str) -> Any:
    return get_command(app).commands[name].load()


def every_command() -> list[str]:
    """All commands as they are typed, also those within a group."""
    found = []
    for name in COMMANDS:
        within = getattr(loaded(name), "commands", {})
        found += [f"{name} {inner}" for inner in within] or [name]
    return found


def examples() -> list[str]:
    """Lines of `cxr ...` in the code blocks of all pages."""
    blocks = re.findall(r"```\w*\n(.*?)```", TEXT, re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return sorted({line.split("<")[0].strip() for line in lines if re.match(r"(\S*/)?cxr ", line)})


def test_the_checks_see_what_they_look_for() -> None:
    assert "worklist add" in every_command() and "score" in every_command()
    assert len(examples()) > 20 and len(PAGES) > 10


def test_every_command_is_documented() -> None:
    assert [name for name in every_command() if f"cxr {name}" not in TEXT] == []


def test_every_setting_is_documented() -> None:
    names = [f"CXR_{name.upper()}" for name in Settings.model_fields]

    assert [name for name in names if name not in TEXT] == []


def test_every_setting_that_the_pages_name_exists() -> None:
    named = {name.lower() for name in re.findall(r"\bCXR_([A-Z_]*[A-Z])\b", TEXT)}

    # The first is an example of a misspelling.
    assert named - {"prevalance"} <= set(Settings.model_fields)


def test_every_command_that_the_pages_name_exists() -> None:
    named = {name for name in re.findall(r"`cxr ([a-z][a-z-]*)", TEXT)}

    assert named <= set(COMMANDS)


@pytest.mark.parametrize("line", examples())
def test_a_command_that_the_pages_show_is_one_that_cxr_accepts(line: str) -> None:
    _, name, *arguments = shlex.split(line)
    values = [VALUES.get(argument, argument.removesuffix("...")) for argument in arguments]

    loaded(name).make_context(name, values)


@pytest.mark.parametrize(("page", "name"), GENERATED)
def test_a_generated_part_is_up_to_date(page: str, name: str) -> None:
    up_to_date = GENERATED[page, name]() + "\n"

    assert between(page, name)[0] == up_to_date, "run python tests/generated_docs.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?://)([^)\s]+)\)", page.read_text()):
        file, _, heading = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), f"{page.name} links to {link}"
        if heading:
            headings = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}
            assert heading in anchors, f"{page.name} links to {link}"


FOLDERS = ("cxr", "tests", "docs", "deploy", "models", ".ci", ".github", ".streamlit")
NAMES = {file.name for folder in FOLDERS for file in (ROOT / folder).rglob("*")} | set(os.listdir(ROOT))
# Files that a user or a command makes, and the example of a new page.
NOT_OURS = {"LIST.txt", "comparison.md", "cxr.toml", "cxr/ui/pages/NAME.py", "deploy/.env"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_of_the_repository_that_the_pages_name_exists(page: Path) -> None:
    text = page.read_text()
    if page.name == "CHANGELOG.md":  # Earlier versions name what they had.
        text = text.split("\n## ")[1]
    rooted = re.findall(rf"(?<![\w/.-])(?:{'|'.join(FOLDERS)})/(?:[\w./*-]*[\w/*])?", text)
    bare = re.findall(r"(?<![\w/*.-])[\w.-]+\.(?:css|js|lock|md|py|toml|txt)\b", text)

    missing = [path for path in rooted if not any(ROOT.glob(path))]
    missing += [name for name in bare if name not in NAMES]
    assert set(missing) <= NOT_OURS


def test_the_readme_is_short_and_shows_pictures() -> None:
    readme = (ROOT / "README.md").read_text()
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", readme)

    assert len(readme.splitlines()) <= 150
    assert len(pictures) >= 2
    assert all((ROOT / picture).read_bytes().startswith(b"\x89PNG") for picture in pictures)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-all.lock", "tests/requirements.lock"])
def test_a_lock_file_holds_every_requirement_with_hashes_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    wanted = pinned((ROOT / "requirements.txt").read_text())
    if lock != "requirements.lock":
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        wanted |= {re.sub(r"\[.*\]", "", one) for extra in extras.values() for one in extra}
    if lock.startswith("tests"):
        wanted |= pinned((ROOT / "tests" / "requirements.txt").read_text())

    assert wanted <= pinned(text), "run just lock"
    assert all("--hash=sha256:" in one for one in re.split(r"\n(?=[a-z])", text)[1:])
    assert "://" not in text and "--index" not in text


def pinned(text: str) -> set[str]:
    return set(re.findall(r"^[\w.-]+==[\w.+]+", text, re.MULTILINE))


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"] == __version__
    assert f"\n## {__version__}" in (ROOT / "CHANGELOG.md").read_text()
