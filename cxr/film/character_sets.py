"""Read text in the character set that was meant, whether or not the header declares it."""

from contextlib import suppress

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset

from cxr.film.character_set_terms import UNKNOWN
from cxr.film.dicom_file import values_of

UTF_8 = "ISO_IR 192"
MOST_CHARACTERS = 256
"""Of a text whose meaning is looked for; a code string has 16 a value."""
_ASCII = frozenset({"", "ISO_IR 6", "ISO 2022 IR 6"})
_TEXTS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})


def declared(dataset: Dataset) -> list[str]:
    """Give the character sets that a header declares; none where it declares ASCII or unknown ones."""
    names = [name for name in values_of(dataset, "SpecificCharacterSet") if name != UNKNOWN]
    return [] if set(names) <= _ASCII else names


def meanings_of(dataset: Dataset, keyword: str, charsets: list[str]) -> tuple[str, ...]:
    """Give all values of an attribute as one text, in each character set that it may have been written in.

    pydicom reads a code string as Latin-1, whatever the header declares.

    Parameters
    ----------
    charsets
        Those that the header declares.
    """
    text = "\\".join(values_of(dataset, keyword)).strip(" \0")[:MOST_CHARACTERS]
    return tuple(dict.fromkeys((text, *_decoded(text, charsets))))


def _decoded(text: str, charsets: list[str]) -> list[str]:
    if text.isascii() and "\x1b" not in text:
        return []
    found = []
    with suppress(UnicodeError):
        found.append(text.encode("latin-1").decode("utf-8"))
    with suppress(UnicodeError, LookupError):
        if charsets:
            found.append(decode_bytes(text.encode("latin-1"), convert_encodings(charsets), set()))
    return found


def declare_utf_8(dataset: FileDataset) -> bool:
    """Declare UTF-8 in place where no character set is declared and the texts are UTF-8 beyond ASCII.

    Returns
    -------
    Whether a set had to be assumed, UTF-8 or else Latin-1; `recode_names` returns whether it recoded any.
    """
    if declared(dataset):
        return False
    texts = [bytes(element.value or b"") for element in dataset.values() if _is_text(element)]
    if all(text.isascii() for text in texts):
        return False
    with suppress(UnicodeDecodeError):
        for text in texts:
            text.decode("utf-8")
        dataset.SpecificCharacterSet = UTF_8
        is_implicit, is_little_endian = dataset.original_encoding
        dataset.set_original_encoding(is_implicit, is_little_endian, convert_encodings(UTF_8))
    return True


def recode_names(dataset: FileDataset) -> bool:
    """Write names in place as UTF-8 that are declared as such but are not; they are taken for Latin-1.

    Decoded as declared, each letter beyond ASCII would be lost. Identifiers stay as they are.
    """
    if declared(dataset) != [UTF_8]:
        return False
    recoded = False
    for tag, element in list(dataset.items()):
        if isinstance(element, RawDataElement) and _vr_of(element) == "PN" and element.value:
            try:
                element.value.decode("utf-8")
            except UnicodeDecodeError:
                dataset[tag] = element._replace(value=element.value.decode("latin-1").encode())
                recoded = True
    return recoded


def name_as_meant(name: str) -> str:
    """Give a name for people: UTF-8 that was declared as Latin-1 is read as UTF-8."""
    with suppress(UnicodeError):
        return name.encode("latin-1").decode("utf-8")
    return name


def _vr_of(element: RawDataElement) -> str:
    if element.VR not in (None, "UN"):
        return element.VR
    return dictionary_VR(element.tag) if dictionary_has_tag(element.tag) else "UN"


def _is_text(element: object) -> bool:
    if not isinstance(element, RawDataElement) or not element.value:
        return False
    return _vr_of(element) in _TEXTS
