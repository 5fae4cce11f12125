"""The uploaded files that sessions hold: how much that is, and how they let go of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cxr.ui.session import SESSION, Session

if TYPE_CHECKING:
    from streamlit.runtime.state import SessionState
    from streamlit.runtime.uploaded_file_manager import UploadedFile

RECORD_BYTES = 1024
"""What a file takes beside its content and name: files without content take memory too."""


def held_bytes() -> Mapping[str, int]:
    """Count the bytes of uploaded files by session: those in an uploader, and those that a page keeps."""
    held: Counter[str] = Counter()
    uploaded = cast(MemoryUploadedFileManager, get_instance().uploaded_file_mgr).file_storage
    for session, files in list(uploaded.items()):
        held[session] += sum(_size(file.name, file.data) for file in list(files.values()))
    for info in get_instance()._session_mgr.list_sessions():
        kept = _kept(info.session.session_state)
        held[info.session.id] += sum(_size(name, content) for name, content in kept)
    return held


def let_go(uploads: Iterable[UploadedFile]) -> None:
    """Free uploaded files that were used: an uploader that is replaced keeps them as long as the session."""
    context = get_script_run_ctx()
    if context:
        manager = cast(MemoryUploadedFileManager, context.uploaded_file_mgr)
        for upload in uploads:
            manager.remove_file(context.session_id, upload.file_id)


def _kept(state: SessionState) -> list[tuple[str, bytes]]:
    try:
        return list(cast(Session, state[SESSION]).kept)
    except KeyError:  # no page was drawn yet
        return []


def _size(name: str, content: bytes) -> int:
    return len(name) + len(content) + RECORD_BYTES
