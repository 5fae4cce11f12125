import json
import logging
from collections.abc import Iterator

import pytest

from cxr.logs import configure_logs, log_start
from cxr.settings import Settings

PATIENT = "Garcia Lopez"


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("cxr")
    before = (root.handlers[:], root.level, ours.level)
    yield
    root.handlers[:], root.level = before[0], before[1]
    ours.setLevel(before[2])


def test_each_line_of_the_json_log_is_an_object(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(log_format="json"))
    logging.getLogger("cxr.worklist").info("Scored %d films\nin a batch.", 8)
    logging.getLogger("another").warning("Slow.")

    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]

    assert [(line["level"], line["logger"], line["message"]) for line in lines] == [
        ("info", "cxr.worklist", "Scored 8 films\nin a batch."),
        ("warning", "another", "Slow."),
    ]
    assert lines[0]["time"].endswith("+00:00")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_name_with_line_ends_and_terminal_codes_writes_no_line_of_its_own(
    capfd: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logs(Settings.model_validate({"log_format": log_format}))
    logging.getLogger("cxr").warning("An association from %s.", "A\n\r\x1b[2J\x9b\u2028sign-in: admin")

    logged = capfd.readouterr().err
    assert len(logged.splitlines()) == 1 and not {"\x1b", "\x9b", "\u2028"} & {*logged}


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_exception_is_logged_by_type_and_place_but_not_by_its_words(
    capfd: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logs(Settings.model_validate({"log_format": log_format}))
    try:
        raise ValueError(PATIENT)
    except ValueError:
        logging.getLogger("cxr").exception("Reading a film failed.")

    logged = capfd.readouterr().err
    assert "Reading a film failed." in logged and "ValueError" in logged and "test_logs.py" in logged
    assert not any(name in logged for name in PATIENT.split())


def test_what_a_program_works_on_is_logged_at_its_start_without_a_password(
    capfd: pytest.CaptureFixture[str],
) -> None:
    settings = Settings(database="postgresql://clinic:s3cret@db/worklist", prevalence=0.1)
    configure_logs(settings)
    log_start(settings)

    logged = capfd.readouterr().err
    assert "version: 0." in logged and "prevalence: 0.1" in logged and f"films: {settings.films}" in logged
    assert "database: postgresql://clinic:***@db/worklist" in logged and "s3cret" not in logged
