"""A PACS that answers without end or with what fills the memory: that fails, and nothing else does."""

import datetime
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler

import pydicom
import pytest
from film.film_files import dicom_file, ramp, with_element
from peers import LOCALHOST, PACS, US
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
)
from web_peer import begin, web_peer

from cxr.film.limits import MAX_FILE_BYTES
from cxr.pacs import bounded_http, query_scu
from cxr.pacs.application_entity import Destination
from cxr.pacs.archive import AnswerError, FetchError, PastFilm, UnreachableError
from cxr.pacs.dicomweb import WebArchive
from cxr.pacs.query_scu import DimseArchive
from cxr.pacs.result_sender import SendingError
from cxr.pacs.stow import WebStore

DAY = datetime.date(2024, 5, 3)
FILM = PastFilm("1.2.3", "1.2.4", "1.2.5")
PENDING, SUCCESS = 0xFF00, 0
FILMS = 'multipart/related; type="application/dicom"; boundary=x'


@contextmanager
def service(pieces: Iterator[bytes], kind: str, **headers: str) -> Iterator[str]:
    """Answer a request with as many pieces as the other end reads; gives the address."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        begin(to, 200, {"Content-Type": kind} | headers)
        with suppress(OSError):
            for piece in pieces:
                to.wfile.write(piece)

    with web_peer(answer) as url:
        yield url


def deflated_bomb() -> bytes:
    """A deflated file of one element that is larger than any film."""
    data = dicom_file(ramp(), transfer_syntax=DeflatedExplicitVRLittleEndian)
    meta = data[: data.index(DeflatedExplicitVRLittleEndian.encode()) + len(DeflatedExplicitVRLittleEndian)]
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    element = b"\x29\0\x10\x10OB\0\0\xff\xff\xff\x7f" + bytes(MAX_FILE_BYTES)
    return meta + deflater.compress(element) + deflater.flush()


def endless() -> Iterator[bytes]:
    while True:
        yield b" " * 65536


def bomb() -> Iterator[bytes]:
    yield gzip.compress(b" " * 100_000_000)


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}], ids=["plain", "gzip"])
def test_an_answer_of_dicomweb_that_has_no_end_is_given_up(headers: dict[str, str]) -> None:
    pieces = bomb if headers else endless
    with service(pieces(), "application/dicom+json", **headers) as url, pytest.raises(AnswerError):
        WebArchive(url).studies(DAY)
    with service(pieces(), "application/dicom+json", **headers) as url, pytest.raises(SendingError):
        WebStore(url).send([film()])
    with service(pieces(), FILMS, **headers) as url, pytest.raises(FetchError):
        WebArchive(url).fetch(FILM)


def test_an_answer_of_dicomweb_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_http, "LONGEST_SECONDS", 0.0)
    with service(iter([b" " * 65536] * 3), "application/dicom+json") as url, pytest.raises(AnswerError):
        WebArchive(url).studies(DAY)


@pytest.mark.parametrize(
    "content",
    [
        with_element(dicom_file(ramp()), 0x00411010, "SQ", b"\xfe\xff\0\xe0\0\0\0\0" * 100_000),
        deflated_bomb(),
    ],
    ids=["items", "deflated"],
)
def test_a_film_that_would_fill_the_memory_is_not_parsed(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[object] = []
    monkeypatch.setattr(pydicom, "dcmread", parsed.append)
    body = b"--x\r\nContent-Type: application/dicom\r\n\r\n" + content + b"\r\n--x--\r\n"
    with service(iter([body]), FILMS) as url, pytest.raises(AnswerError):
        WebArchive(url).fetch(FILM)
    assert not parsed


def test_an_ordinary_film_comes_as_before() -> None:
    content = dicom_file(ramp())
    body = b"--x\r\nContent-Type: application/dicom\r\n\r\n" + content + b"\r\n--x--\r\n"
    with service(iter([body]), FILMS) as url:
        fetched = WebArchive(url).fetch(FILM)
    assert fetched and fetched[132:] == content[132:]


def film() -> Dataset:
    found = Dataset()
    found.SOPClassUID, found.SOPInstanceUID, found.Modality = "1.2.840.10008.5.1.4.1.1.88.33", "1.2", "SR"
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return found


class Endless:
    """A PACS that answers each query without end, or with one answer that is far too large."""

    def __init__(self, answer: Dataset, count: int = 10**9) -> None:
        self._answer, self._count = answer, count
        entity = AE(PACS)
        entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
        entity.add_supported_context(StudyRootQueryRetrieveInformationModelGet)
        self._server = entity.start_server(
            (LOCALHOST, 0), block=False, evt_handlers=[(evt.EVT_C_FIND, self._find)]
        )
        self.port = self._server.server_address[1]

    def _find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        for _ in range(self._count):
            if not event.assoc.is_established:
                return
            yield PENDING, self._answer
        yield SUCCESS, None

    def close(self) -> None:
        self._server.shutdown()
        for association in self._server.active_associations:
            association.abort()


def answer(items: int = 0) -> Dataset:
    found = Dataset()
    found.StudyInstanceUID, found.StudyDate = "1.2.3", f"{DAY:%Y%m%d}"
    if items:
        found.ReferencedStudySequence = Sequence([Dataset()] * items)
    return found


@pytest.mark.parametrize(
    ("peer", "fault"),
    [(lambda: Endless(answer()), AnswerError), (lambda: Endless(answer(50_000), 1), UnreachableError)],
    ids=["without end", "too large"],
)
def test_an_answer_to_a_query_is_bounded(
    peer: object, fault: type[FetchError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_scu, "MOST_ANSWERS", 50)
    assert callable(peer)
    running = peer()
    try:
        archive = DimseArchive(Destination(LOCALHOST, running.port, PACS, US))
        with pytest.raises(fault):
            archive.studies(DAY)
        archive.close()
    finally:
        running.close()


def test_ordinary_answers_are_taken() -> None:
    running = Endless(answer(20), 40)
    try:
        archive = DimseArchive(Destination(LOCALHOST, running.port, PACS, US))
        assert archive.studies(DAY) == {"1.2.3"}
        archive.close()
    finally:
        running.close()
