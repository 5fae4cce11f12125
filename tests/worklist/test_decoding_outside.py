"""Films are decoded before a transaction and never in one: a slow film keeps nobody from writing."""

import threading
from types import ModuleType
from typing import Any

import pytest
from film.film_files import dicom_file
from made_cases import ADA, BEN, UNKNOWN, now, reading, scored
from made_films import grey_level

from cxr.film import FilmErrorCode
from cxr.film.decoding_pool import DecodingFailedError
from cxr.film.redaction import Corner
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry
from cxr.worklist.case import Case
from cxr.worklist.queue import resends
from cxr.worklist.queue.added_film import Accepted
from cxr.worklist.queue.intake import NOT_REDACTED
from cxr.worklist.reading import redaction
from cxr.worklist.reading.not_possible import ChangedError
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist

PATIENCE = 10.0
"""Less than a writer waits for its turn."""


def film(seed: int = 1, **elements: Any) -> bytes:
    return dicom_file(grey_level(seed), SOPInstanceUID="1.2.3.4.1", StudyInstanceUID="1.2.3.1", **elements)


def add(worklist: Worklist, content: bytes) -> Accepted:
    return worklist.intake.accept("film.dcm", content, UNKNOWN, ADA)


def redact(worklist: Worklist, case: Case) -> Case:
    return worklist.redaction.corners(case, ADA, [Corner.TOP_LEFT], 0.3, 0.1)


def writing_meanwhile(
    worklist: Worklist, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str
) -> None:
    """Let somebody else write a line of the trail each time that films are decoded."""
    decode = getattr(module, name)

    def write_and_decode(*arguments: Any) -> Any:
        note = Entry(BEN, Action.SAW)
        writer = threading.Thread(target=worklist.audit.note, args=[note], daemon=True)
        writer.start()
        writer.join(PATIENCE)
        assert not writer.is_alive(), "nobody can write while a film is decoded"
        return decode(*arguments)

    monkeypatch.setattr(module, name, write_and_decode)


def failing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def fail(*_: Any) -> None:
        raise DecodingFailedError(FilmErrorCode.FAILED, "This film could not be read within 20 seconds.")

    monkeypatch.setattr(resends, name, fail)


@pytest.mark.parametrize("sent", [film(ViewPosition="AP"), film(2)], ids=["the same", "another"])
def test_a_film_that_is_sent_again_is_compared_while_others_write(
    worklist: Worklist, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    first = add(worklist, film(ViewPosition="PA"))
    writing_meanwhile(worklist, monkeypatch, resends, "compare")

    again = add(worklist, sent)

    assert again.number == first.number and again.conflict == (sent == film(2))
    assert len(worklist.audit.lines(who=BEN)) == 1


def test_a_film_is_redacted_and_its_copy_too_while_others_write(
    worklist: Worklist, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = scored(worklist, now(worklist, add(worklist, film()).number), reading(0.9))
    writing_meanwhile(worklist, monkeypatch, redaction, "redacted")
    writing_meanwhile(worklist, monkeypatch, resends, "redacted")

    redacted = redact(worklist, case)
    again = add(worklist, film())

    assert not again.conflict and now(worklist, case.number).sha256 == redacted.sha256 != case.sha256
    assert len(worklist.audit.lines(who=BEN)) == 2


def test_a_case_that_changes_while_its_film_is_redacted_keeps_its_film(
    worklist: Worklist, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = now(worklist, add(worklist, film()).number)
    decode = redaction.redacted

    def claim_and_decode(*arguments: Any) -> bytes:
        worklist.desk.claim(case, BEN)
        return decode(*arguments)

    monkeypatch.setattr(redaction, "redacted", claim_and_decode)

    with pytest.raises(ChangedError):
        redact(worklist, case)
    assert now(worklist, case.number).sha256 == case.sha256 and worklist.film_path(case).exists()


def test_films_that_cannot_be_compared_are_both_kept(
    worklist: Worklist, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = add(worklist, film())
    failing(monkeypatch, "compare")

    again = [add(worklist, film(2)), add(worklist, film(2))]

    assert [one.conflict for one in again] == [True, False]
    assert len(now(worklist, first.number).films) == 2


def test_a_copy_that_cannot_be_redacted_alike_is_not_added(
    worklist: Worklist, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = redact(worklist, now(worklist, add(worklist, film()).number))
    failing(monkeypatch, "redacted")

    with pytest.raises(WorklistError) as refused:
        add(worklist, film())
    assert str(refused.value) == NOT_REDACTED
    assert now(worklist, case.number).version == case.version
