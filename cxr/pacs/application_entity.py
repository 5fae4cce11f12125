"""Application entities and threads that log nothing about patients."""

import logging
import ssl
import threading
from dataclasses import dataclass

from pydicom.uid import UID
from pynetdicom import AE, _config

from cxr.pacs.tls import SECONDS_TO_CONNECT

log = logging.getLogger(__name__)

VERIFICATION = UID("1.2.840.10008.1.1")


@dataclass(frozen=True, slots=True)
class Destination:
    """How a PACS is reached: its host and port, its AE title and our calling AE title.

    `tls` is made by `TlsFiles.for_client`; without it nothing is encrypted.
    """

    host: str
    port: int
    title: str
    our_title: str
    tls: ssl.SSLContext | None = None


def application_entity(title: str) -> AE:
    """Create an application entity that logs none of its messages."""
    # Its errors include the text of exceptions, which holds UIDs and whatever else a peer sent.
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
    # Otherwise it would format every message, only to discard it.
    _config.LOG_HANDLER_LEVEL = "none"
    return AE(title)


def requesting_entity(title: str, seconds_to_answer: float) -> AE:
    """Create one that requests associations, and how long it waits for a peer."""
    entity = application_entity(title)
    entity.connection_timeout = entity.acse_timeout = SECONDS_TO_CONNECT
    entity.dimse_timeout = entity.network_timeout = seconds_to_answer
    return entity


def log_only_exception_types() -> None:
    """Log only the type of an exception that ends a thread, as its text may name a patient."""
    threading.excepthook = _log_type


def _log_type(failure: threading.ExceptHookArgs) -> None:
    log.error("A thread ended with %s.", failure.exc_type.__name__)
