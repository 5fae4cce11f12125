"""The service files are valid, and agree with the program's commands and settings."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command
from waiting import output_of
from wanting import missing

from cxr.cli.main import app
from cxr.settings import Settings

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def test_systemd_accepts_every_unit(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        missing("systemd-analyze is not installed")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("streamlit", "cxr"):
        (programs / name).symlink_to("/bin/true")
    for unit in (DEPLOY / "systemd").glob("cxr-*"):
        text = unit.read_text().replace("/opt/cxr/.venv/bin/", f"{programs}/")
        (tmp_path / unit.name).write_text(text)

    units = [str(unit) for unit in tmp_path.glob("cxr-*")]
    said = output_of("systemd-analyze", "verify", "--man=no", *units)

    assert len(units) == 5
    assert [line for line in said.splitlines() if "cxr" in line] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_exists(unit: Path) -> None:
    found = re.search(r"^ExecStart=/opt/cxr/\.venv/bin/(\S+) (.*)$", unit.read_text(), re.MULTILINE)
    assert found
    accept(found[1], found[2].split())


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_decoder_that_is_killed_stops_no_service_and_no_core_holds_a_film(unit: Path) -> None:
    options = unit.read_text().splitlines()

    # By default systemd stops all of a service where the kernel ended one of its processes.
    assert "OOMPolicy=continue" in options or "Type=oneshot" in options
    assert "LimitCORE=0" in options


def test_the_services_of_compose_start_commands_that_exist_and_share_one_worklist() -> None:
    services = compose()["services"]

    assert set(services) == {"database", "app", "worker", "receiver"}
    for name in ("worker", "receiver"):
        accept(services[name]["command"][0], services[name]["command"][1:])
    ours = [services[name]["environment"] for name in ("app", "worker", "receiver")]
    assert len({(one["CXR_DATABASE"], one["CXR_FILMS"]) for one in ours}) == 1
    assert all(name[4:].lower() in Settings.model_fields for one in ours for name in one)


def test_nothing_but_the_receiver_is_reachable_from_outside() -> None:
    ports = {name: one.get("ports", []) for name, one in compose()["services"].items()}

    assert ports["app"] == ["127.0.0.1:8501:8501"]
    assert {name for name, published in ports.items() if published} == {"app", "receiver"}


def test_every_volume_that_is_mounted_is_declared() -> None:
    found = compose()
    mounted = {volume.split(":")[0] for one in found["services"].values() for volume in one["volumes"]}

    assert mounted == set(found["volumes"])


def test_the_image_gets_every_file_that_it_copies() -> None:
    root = DEPLOY.parent
    copied = re.findall(r"^COPY (.*) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    sent = {line[1:] for line in (root / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert names == sent
    assert all((root / name).exists() for name in names)


def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def accept(program: str, arguments: list[str]) -> None:
    """Parse a command line of `cxr`; of Streamlit's it is enough that it runs the app."""
    if program == "streamlit":
        assert arguments[:2] == ["run", "app.py"]
    else:
        assert program == "cxr"
        name, *rest = arguments
        get_command(app).commands[name].load().make_context(name, rest)


@pytest.mark.parametrize("proxy", ["nginx/cxr.conf", "caddy/Caddyfile"])
def test_the_examples_of_a_proxy_keep_browsers_on_tls_for_a_year(proxy: str) -> None:
    assert re.search(r'header Strict-Transport-Security "max-age=31536000"', (DEPLOY / proxy).read_text())
