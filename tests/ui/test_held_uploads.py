"""The memory of uploaded films: what a page keeps counts, and what it has let go of does not."""

from types import SimpleNamespace

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest
from test_read_film import page

from cxr.film import Population
from cxr.ui import held_uploads
from cxr.ui.held_uploads import RECORD_BYTES, held_bytes, let_go
from cxr.ui.session import SESSION, Session

__all__ = ["page"]


@pytest.fixture
def uploads(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """Three sessions: Ann has uploaded a film, Ben's page keeps one, and Cem has drawn no page yet."""
    manager = MemoryUploadedFileManager("/upload")
    manager.add_file("ann", UploadedFileRec("1", "a.png", "image/png", bytes(1000)))
    sessions: dict[str, dict[str, Session]] = {
        "ann": {SESSION: Session()},
        "ben": {SESSION: Session(kept=[("b.png", bytes(500))])},
        "cem": {},
    }
    infos = [
        SimpleNamespace(session=SimpleNamespace(id=one, session_state=state))
        for one, state in sessions.items()
    ]
    runtime = SimpleNamespace(
        uploaded_file_mgr=manager, _session_mgr=SimpleNamespace(list_sessions=lambda: infos)
    )
    monkeypatch.setattr(held_uploads, "get_instance", lambda: runtime)
    return manager


@pytest.mark.usefixtures("uploads")
def test_films_in_an_uploader_and_films_that_a_page_keeps_count() -> None:
    assert held_bytes() == {"ann": 1005 + RECORD_BYTES, "ben": 505 + RECORD_BYTES, "cem": 0}


def test_a_file_without_content_counts_too(uploads: MemoryUploadedFileManager) -> None:
    for number in range(3):
        uploads.add_file("dan", UploadedFileRec(str(number), "n" * 4000, "image/png", b""))

    assert held_bytes()["dan"] == 3 * (4000 + RECORD_BYTES)


def test_films_that_were_used_are_let_go(
    uploads: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = SimpleNamespace(session_id="ann", uploaded_file_mgr=uploads)
    monkeypatch.setattr(held_uploads, "get_script_run_ctx", lambda: context)

    let_go([SimpleNamespace(file_id="1")])

    assert held_bytes()["ann"] == 0


@pytest.mark.long
@pytest.mark.usefixtures("app_folder")
def test_read_a_film_keeps_a_film_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []
    remove = MemoryUploadedFileManager.remove_file

    def note(manager: MemoryUploadedFileManager, session_id: str, file_id: str) -> None:
        gone.append(file_id)
        remove(manager, session_id, file_id)

    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", note)
    app: AppTest = page(Population.CHILD)

    app.file_uploader[0].set_value([("film.txt", b"no film", "text/plain")]).run()

    assert not app.exception
    assert len(gone) == 1 and app.session_state[SESSION].kept == [("film.txt", b"no film")]
