"""The examples of docs/api.md, as a shell runs them, against the app as it is served."""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ui.app_server import ROOT, forked_app
from waiting import output_of, until
from wanting import missing

pytestmark = pytest.mark.long
EXAMPLES = re.findall(r"<!-- curl -->\n```sh\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell in a folder with a film, and the variables of the page."""

    folder: Path
    environment: dict[str, str]

    def run(self, lines: str) -> str:
        return output_of("bash", "-euc", lines, cwd=self.folder, env=self.environment, stderr=None)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    if not shutil.which("curl"):
        missing("curl is not installed")
    folder = tmp_path_factory.mktemp("app")
    shutil.copy(ROOT / "cxr" / "samples" / "composite-pneumonia-1.png", folder / "film.png")
    with forked_app(folder) as app:
        environment = os.environ | {
            "CXR_DATABASE": f"sqlite:///{folder / 'worklist.sqlite3'}",
            "CXR_FILMS": str(folder / "films"),
        }
        command = [sys.executable, "-m", "cxr", "token", "add", "ris"]
        added = output_of(*command, cwd=ROOT, env=environment, stderr=None)
        yield Shell(folder, os.environ | {"APP": app.url, "TOKEN": added.strip()})


def test_the_examples_work_in_their_order(shell: Shell) -> None:
    raw, form, result, fhir, worklist, finding, report, health = EXAMPLES

    film = json.loads(shell.run(raw))
    assert (film["id"], film["known"], film["href"]) == (1, False, "/api/v1/films/1")
    assert json.loads(shell.run(form)) == film | {"known": True}
    assert [one["films"] for one in json.loads(shell.run(worklist))["cases"]] == [[1]]

    until(lambda: json.loads(shell.run(result))["flag"], "a result")
    found = json.loads(shell.run(result))
    assert found["flag"] == "urgent" and found["probability"] > 0.5
    assert json.loads(shell.run(fhir))["entry"][0]["resource"]["status"] == "preliminary"

    assert json.loads(shell.run(finding)) == {"case": 1, "outcome": "stored"}
    # The report names another reader, or rather none.
    assert json.loads(shell.run(report)) == {"case": 1, "outcome": "replaced"}
    state, document = shell.run(health).split("}", 1)
    assert json.loads(f"{state}}}")["status"] == "ok" and json.loads(document)["openapi"] == "3.1.0"


def test_the_log_of_the_app_names_neither_token_nor_film(shell: Shell) -> None:
    shell.run('curl -sS -H "Authorization: Bearer $TOKEN" -F film=@film.png "$APP/api/v1/films?name=MARIA"')
    log = (shell.folder / "app.log").read_text()

    assert "address:" in log
    assert shell.environment["TOKEN"] not in log and "MARIA" not in log and "film.png" not in log


def test_pages_stay_what_they_are_beside_the_api(shell: Shell) -> None:
    page = shell.run('curl -sS "$APP/api/v1"')
    refused = shell.run('curl -sS -o answer -w "%{http_code} %{content_type}" "$APP/api/v1/films/1"')

    assert "<html" in page.lower()
    assert refused == "401 application/problem+json"
