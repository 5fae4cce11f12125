"""What libraries and threads that fail say in the log of the program."""

import logging
import threading

import pytest
from waiting import PATIENCE

from cxr.pacs.application_entity import application_entity, log_only_exception_types


def test_a_thread_that_ends_with_an_exception_tells_its_type_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        raise ValueError("ROSSI^MARIA")

    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    log_only_exception_types()
    thread = threading.Thread(target=fails)
    thread.start()
    thread.join(PATIENCE)

    assert "A thread ended with ValueError." in caplog.text and "ROSSI" not in caplog.text


def test_the_network_library_does_not_log_what_went_wrong_with_what() -> None:
    logging.getLogger("pynetdicom").setLevel(logging.NOTSET)
    application_entity("CXR")
    assert not logging.getLogger("pynetdicom.dul").isEnabledFor(logging.ERROR)
