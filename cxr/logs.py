"""What the program logs, as text or as one JSON object a line, and never the words of an exception."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from types import TracebackType

from cxr import __version__
from cxr.settings import Settings

AT_THE_START = ("database", "films", "prevalence", "sign_in")
"""Settings that the log shows at the start; engine and precision follow once the model is loaded."""
OTHERS = ("uvicorn", "streamlit")
"""Packages that set up logs of their own."""
SILENT = "uvicorn.access"
"""Streamlit switches the log of requests off, and it stays off: addresses name cases."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class _Text(logging.Formatter):
    """The message, and of an exception where it was raised and its type: its words may name a patient.

    A message is one line, whatever a name in it holds: a peer could otherwise write lines of its own.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        return _CONTROL.sub(" ", super().formatMessage(record))

    def formatException(self, ei: _ExceptionInfo) -> str:
        kind, _, where = ei
        return f"{''.join(traceback.format_tb(where))}{kind.__name__ if kind else ''}"


class _Json(_Text):
    """A JSON object with time, level, logger, message and, for an exception, its type and place."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configure_logs(settings: Settings) -> None:
    """Log in the format of `CXR_LOG_FORMAT` to standard error, what other packages log included."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if settings.log_format == "json" else _Text("%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("cxr").setLevel(logging.INFO)
    for name, logger in logging.root.manager.loggerDict.items():
        if name.split(".")[0] in OTHERS and name != SILENT and isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True


def log_start(settings: Settings) -> None:
    """Log the version, and the settings that decide what the program works on."""
    log = logging.getLogger(__name__)
    log.info("version: %s", __version__)
    for name in AT_THE_START:
        log.info("%s: %s", name.replace("_", "-"), settings.shown(name))
