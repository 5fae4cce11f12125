"""A decoder with faults, for processes with this folder in PYTHONPATH. The size of a film chooses one.

A DICOM object with the words of `DEADLY_HEADER` ends whoever parses it.
"""

import os
import signal
from io import BytesIO
from typing import Any

import pydicom
from PIL import ImageFile

DEADLY, ENDLESS, HUGE = (300, 224), (301, 224), (302, 224)
DEADLY_HEADER = b"ends whoever parses it"
_dcmread = pydicom.dcmread
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


def _dcmread_badly(file: Any, *arguments: Any, **options: Any) -> Any:
    if isinstance(file, BytesIO) and DEADLY_HEADER in file.getbuffer().tobytes():
        os.kill(os.getpid(), signal.SIGSEGV)
    return _dcmread(file, *arguments, **options)


pydicom.dcmread = _dcmread_badly
