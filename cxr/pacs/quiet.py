"""Nothing of a patient in the log: libraries and threads that fail tell what they were working on."""

import logging
import threading

from pydicom.uid import UID
from pynetdicom import AE, _config

log = logging.getLogger(__name__)

VERIFICATION = UID("1.2.840.10008.1.1")


def quiet_entity(title: str) -> AE:
    """Make an application entity that writes nothing of its messages into the log."""
    # Its errors come with the text of exceptions, and that holds UIDs and whatever else a peer sent.
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
    # And it would write every message down, only to throw it away.
    _config.LOG_HANDLER_LEVEL = "none"
    return AE(title)


def tell_type_only() -> None:
    """Have a thread that ends with an exception say of what type it was, and not what its text is."""
    threading.excepthook = _tell


def _tell(failure: threading.ExceptHookArgs) -> None:
    log.error("A thread ended with %s.", failure.exc_type.__name__)
