"""A decoder with faults, for processes with this folder in PYTHONPATH. The size of a film chooses one."""

import os
import signal
from typing import Any

from PIL import ImageFile

DEADLY, ENDLESS, HUGE = (300, 224), (301, 224), (302, 224)
_load = ImageFile.ImageFile.load


def _load_badly(self: ImageFile.ImageFile) -> Any:
    if self.size == DEADLY:
        os.kill(os.getpid(), signal.SIGSEGV)
    while self.size == ENDLESS:
        pass
    if self.size == HUGE:
        return [bytes(10_000_000) for _ in range(1_000)]
    return _load(self)


ImageFile.ImageFile.load = _load_badly
