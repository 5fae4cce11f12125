"""The process that opens and decodes films for another one: `python -m cxr.film.decoding_child PARENT MB`.

It reads requests on its standard input and answers on its standard output: a JSON line, then as many bytes as
that says. It has limits on memory and processor time, writes no log, and ends with its parent.
"""

import ctypes
import json
import math
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, fields
from io import FileIO, RawIOBase
from pathlib import Path
from typing import Any

import numpy as np

from cxr.film.clean import CleanHeader, clean_film, clean_header
from cxr.film.decoding_pool import write_all
from cxr.film.deidentify import Deidentifier, Keep, pseudonym
from cxr.film.document import document_of
from cxr.film.errors import FilmError
from cxr.film.film import Adjusted, Film
from cxr.film.left_out import left_out
from cxr.film.object_header import object_header
from cxr.film.orientation import Orientation
from cxr.film.packed import packed
from cxr.film.read import decode_film
from cxr.film.redaction import Corner, redacted
from cxr.film.resent import compared

MEBIBYTE = 1024 * 1024
PR_SET_PDEATHSIG = 1

Answer = tuple[dict[str, Any], bytes | memoryview]


def read(content: bytes, side: int | None, any_view: bool, **source: Any) -> Answer:
    """Decode a film from its bytes, or from the file at a path."""
    film = decode_film(_source(content, **source), side, any_view)
    header = {one.name: getattr(film, one.name) for one in fields(Film) if one.name != "pixels"}
    header["window"] = film.window and asdict(film.window)
    header["orientation"] = film.orientation.code
    pixels = np.ascontiguousarray(film.pixels)
    return header | {"shape": pixels.shape, "dtype": pixels.dtype.name}, pixels.data.cast("B")


def pack(content: bytes, **source: Any) -> Answer:
    """Decode a film, and pack its grey levels for the viewer."""
    return {}, packed(decode_film(_source(content, **source), any_view=True))


def _source(content: bytes, path: str | None, inverted: bool, orientation: int) -> Adjusted:
    file = content if path is None else Path(path)
    return Adjusted(file, inverted, Orientation.of(orientation))


def clean(content: bytes, key: str, keep: list[str]) -> Answer:
    """Take out of a film file what identifies the patient."""
    try:
        film = clean_film(content, *_secretly(key, keep))
    except FilmError as error:
        if error.header is None:
            raise
        return _held(error.header) | {"refusal": _refusal(error)}, b""
    return _held(film), film.content


def clean_header_alone(content: bytes, key: str, keep: list[str]) -> Answer:
    """Read what may be kept of the header of a film whose pixels ended another process."""
    return _held(clean_header(content, *_secretly(key, keep))), b""


def _secretly(key: str, keep: list[str]) -> tuple[Deidentifier, Callable[[str], str]]:
    secret = bytes.fromhex(key)
    deidentifier = Deidentifier(secret, [Keep(option) for option in keep])
    return deidentifier, lambda patient_id: pseudonym(secret, patient_id)


def _held(header: CleanHeader) -> dict[str, Any]:
    identity = header.identity and header.identity.json
    patient = header.patient and asdict(header.patient)
    age = header.age and asdict(header.age)
    held = {"pseudonym": header.pseudonym, "requested": header.requested, "identity": identity}
    return held | {"patient": patient, "age": age}


def redact(content: bytes, corners: list[str], width: float, height: float, inverted: bool) -> Answer:
    """Set boxes in the corners of a film file to black."""
    return {}, redacted(content, [Corner(corner) for corner in corners], width, height, inverted)


def compare(content: bytes, kept: int) -> Answer:
    """Compare a film that is kept, the first so many bytes, with the same one sent again."""
    return asdict(compared(content[:kept], content[kept:])), b""


def check_kind(content: bytes) -> Answer:
    """Refuse a file that never was a film."""
    if other := left_out(content):
        raise other
    return {}, b""


def header(content: bytes) -> Answer:
    """Read what tells a DICOM object from others."""
    return asdict(object_header(content)), b""


def document(content: bytes) -> Answer:
    """Read a report or another object without pixels."""
    return {}, document_of(content).encode()


TASKS: dict[str, Callable[..., Answer]] = {
    "read": read,
    "pack": pack,
    "clean": clean,
    "clean_header": clean_header_alone,
    "redact": redact,
    "compare": compare,
    "check_kind": check_kind,
    "header": header,
    "document": document,
}


def main(parent: int, megabytes: int) -> None:
    """Answer requests until the other end is closed."""
    limit_memory(parent, megabytes)
    requests, answers = sys.stdin.buffer, FileIO(os.dup(1), "wb")
    _write(answers, {"ready": True}, b"")
    # Decoders write about files on both, and what they write may be a patient's name.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    while line := requests.readline():
        request = json.loads(line)
        content = requests.read(request["bytes"])
        limit_seconds(request["seconds"])
        try:
            header, body = TASKS[request["task"]](content, **request["arguments"])
        except FilmError as error:
            header, body = _refusal(error), b""
        except MemoryError:
            # What is left of this process is of no use to the next film.
            _write(answers, {"out_of_memory": True}, b"")
            return
        except Exception as error:
            header, body = {"failed": type(error).__name__}, b""
        _write(answers, header, body)
        del content, body


def limit_memory(parent: int, megabytes: int) -> None:
    """Limit this process, and let the kernel end it with its parent, and first where memory runs out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches it too
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for limit in (resource.RLIMIT_DATA, resource.RLIMIT_AS):
            # Of address space, libraries and the stacks of threads take a share that costs no memory.
            room = megabytes * MEBIBYTE if limit == resource.RLIMIT_DATA else 2 * megabytes * MEBIBYTE
            resource.setrlimit(limit, (room, room))
        Path("/proc/self/oom_score_adj").write_text("1000")
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit()


def limit_seconds(seconds: float) -> None:
    """Let the kernel end this process once it has computed for so many seconds more."""
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _refusal(error: FilmError) -> dict[str, Any]:
    said = {"code": error.code, "sentence": error.sentence, "kind": error.kind}
    return said | {"population": error.population}


def _write(answers: RawIOBase, header: dict[str, Any], body: bytes | memoryview) -> None:
    write_all(answers, json.dumps(header | {"bytes": len(body)}).encode() + b"\n", body)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
