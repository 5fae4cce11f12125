"""A decoder whose fault brings the process down: for processes that have this folder in PYTHONPATH."""

import os
import signal
from typing import Any

from PIL import ImageFile

DEADLY_SIZE = (300, 224)
_load = ImageFile.ImageFile.load


def _load_or_die(self: ImageFile.ImageFile) -> Any:
    if self.size == DEADLY_SIZE:
        os.kill(os.getpid(), signal.SIGSEGV)
    return _load(self)


ImageFile.ImageFile.load = _load_or_die
