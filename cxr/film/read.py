"""Read one radiograph from a file or from bytes; its format is detected from the content, not the name."""

import hashlib

from cxr.film.dicom import read_dicom, read_header
from cxr.film.dicom_start import is_dicom
from cxr.film.errors import FilmError, FilmErrorCode
from cxr.film.film import Adjusted, Film, FilmSource, Population
from cxr.film.folder import read_content
from cxr.film.limits import check_file_size
from cxr.film.not_a_film import check_content
from cxr.film.raster import read_raster
from cxr.film.voi import VoiTable, Window

_RASTER_FORMATS = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)
DAMAGED = "This file is damaged or cut short and cannot be decoded. Copy or export it again."
# Sizes of the header that follows (those that Pillow reads): a text may begin with the same two letters.
_BMP_HEADERS = tuple(size.to_bytes(4, "little") for size in (12, 16, 40, 52, 56, 64, 108, 124))
_JPEG_2000 = (b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51")
_JPEG_XL = (b"\x00\x00\x00\x0cJXL ", b"\xff\x0a")
# By the brand of an ISO base media file (ISO/IEC 23008-12, AV1 Image File Format).
_BRANDS = {
    "a HEIC": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"),
    "an AVIF": (b"avif", b"avis"),
}


def decode_film(source: FilmSource | str, side: int | None = None, any_view: bool = False) -> Film:
    """Read a film from a path or from a file's bytes, in this process; others call `cxr.film.read_film`.

    Parameters
    ----------
    source
        A path, or the content of a file: PNG, JPEG, TIFF, BMP, WebP or DICOM.
    side
        Pixels needed on the film's shorter side. A JPEG, JPEG 2000 or uncompressed DICOM
        film with at least twice as many is reduced to a half, a quarter or an eighth of its size, which is
        faster. `None` for full resolution.
    any_view
        Whether a lateral is read too, which is shown but not scored.

    Returns
    -------
    Film
        0 = black. The population comes from a DICOM header and is `UNKNOWN` for every other file.

    Raises
    ------
    FilmError
        Whatever is wrong with the file. No input makes this function raise any other exception,
        except `MemoryError`.
    """
    if isinstance(source, Adjusted):
        film = decode_film(source.file, side, any_view).oriented(source.orientation)
        return film.inverted() if source.inverted else film
    data = source if isinstance(source, bytes) else read_content(source)
    check_file_size(len(data))
    try:
        return _decode(data, side, any_view)
    except MemoryError:
        raise
    except FilmError as error:
        error.population = _population(data)
        raise
    except Exception:  # decoders fail in a dozen ways, and their messages may hold patient data
        raise FilmError(FilmErrorCode.DAMAGED, DAMAGED, population=_population(data)) from None


def _population(data: bytes) -> Population:
    """Read the population of a film that cannot be read otherwise."""
    try:
        return read_header(data).age.population if is_dicom(data) else Population.UNKNOWN
    except Exception:
        return Population.UNKNOWN


def _decode(data: bytes, side: int | None, any_view: bool) -> Film:
    sha256 = hashlib.sha256(data).hexdigest()
    if is_dicom(data):
        shown, header = read_dicom(data, side, any_view)
        return Film(
            shown.pixels,
            sha256,
            header.age.population,
            header.age.years,
            header.sex,
            header.view,
            header.burned_in,
            age_unreadable=header.age.unreadable,
            age_contradictory=header.age.contradictory,
            ignored=shown.ignored,
            voi_table=shown.voi.place if isinstance(shown.voi, VoiTable) else None,
            window=shown.voi if isinstance(shown.voi, Window) else None,
            spacing_mm=header.spacing.mm if header.spacing else None,
            spacing_at_detector=bool(header.spacing and header.spacing.at_detector),
        )
    return Film(read_raster(data, raster_format(data), side), sha256, Population.UNKNOWN)


def unsupported_picture(data: bytes) -> str | None:
    """Name a picture format that is not read; phones and archives store films in these."""
    if data.startswith(_JPEG_2000):
        return "a JPEG 2000 image, which is read in DICOM files only"
    if data.startswith(_JPEG_XL):
        return "a JPEG XL image"
    brand = data[8:12] if data[4:8] == b"ftyp" else b""
    return next((f"{kind} image" for kind, brands in _BRANDS.items() if brand in brands), None)


def raster_format(data: bytes) -> str:
    """Detect the format from the first bytes (Pillow's name); `FilmError` where it is not a picture."""
    for magic, picture_format in _RASTER_FORMATS:
        if data.startswith(magic):
            return picture_format
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith(b"BM") and data[14:18] in _BMP_HEADERS:
        return "BMP"
    kind = unsupported_picture(data)
    if kind is None:
        check_content(data)
        kind = "not an image in a supported format"
    raise FilmError(
        FilmErrorCode.NOT_AN_IMAGE,
        f"This file is {kind}. Films can be DICOM, JPEG, PNG, TIFF, BMP or WebP; export it "
        "in one of these formats.",
    )
