"""A process that has imported the app, and forks for each app that a test starts.

Each line of its input is a JSON object with `environment`, `command` (of Streamlit) and `log`; it answers
with a line that holds the process ID. Imports take most of an app's start, and two dozen are started.
"""

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
import threading
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
IMPORTED = ("streamlit.web.cli", "streamlit.web.bootstrap", "cxr.engine_choice", "cxr.model.bundle")
PACKAGES = ("cxr.ui", "cxr.ui.widgets", "cxr.ui.viewer", "cxr.access", "cxr.api")


def _import() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    for package in map(importlib.import_module, PACKAGES):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not module.ispkg:
                importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def _be_the_app(wanted: dict[str, Any]) -> None:
    """Become the app; the process ends with it."""
    from streamlit.web.cli import main

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(wanted["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.argv = ["streamlit", *wanted["command"]]
    main(wanted["command"], prog_name="streamlit")


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an import prints is no answer
    _import()
    # A fork has none of the other threads, and whoever asks them would wait for ever.
    assert threading.active_count() == 1, threading.enumerate()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in iter(sys.stdin.buffer.raw.readline, b""):
        if not (process := os.fork()):
            answers.close()
            try:
                _be_the_app(json.loads(line))
            finally:
                os._exit(1)
        print(process, file=answers, flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    _serve()
