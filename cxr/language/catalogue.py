"""The catalogues of texts: English is the source, and each other language has a file of translations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from pathlib import Path
from types import MappingProxyType

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from cxr.language.formats import number
from cxr.language.language import Language

FOLDER = Path(__file__).resolve().parent


SENTENCE = "sentence"
"""Comment in the catalogues on texts of the rooms below the pages, which are recognised in English."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a language by their English ones.

    Attributes
    ----------
    single
        Translations of texts without a number.
    plural
        Forms of the texts that depend on a number, by the English singular and plural.
    form
        Which of the forms a number takes.
    sentences
        The English texts of the rooms below the pages.
    """

    single: Mapping[str, str]
    plural: Mapping[tuple[str, str], tuple[str, ...]]
    form: Callable[[int], int]
    sentences: frozenset[str]


def N_(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


def file_of(language: Language) -> Path:
    """Return the file with the translations into a language."""
    return FOLDER / language / "LC_MESSAGES" / "cxr.po"


def catalogue_of(language: Language) -> Catalog:
    """Read the file with the translations into a language."""
    with file_of(language).open("rb") as file:
        return read_po(file, locale=language)


@cache
def texts_of(language: Language) -> Texts:
    """Load the texts of a language, once; English has none, because it is the source."""
    if language is Language.ENGLISH:
        return Texts(MappingProxyType({}), MappingProxyType({}), lambda count: int(count != 1), frozenset())
    single: dict[str, str] = {}
    plural: dict[tuple[str, str], tuple[str, ...]] = {}
    sentences = set()
    catalogue = catalogue_of(language)
    for message in catalogue:
        if isinstance(message.id, tuple):
            plural[message.id[0], message.id[1]] = tuple(message.string or ())
        elif message.id:
            single[str(message.id)] = str(message.string)
            if SENTENCE in message.auto_comments:
                sentences.add(str(message.id))
    form = c2py(catalogue.plural_expr)
    return Texts(MappingProxyType(single), MappingProxyType(plural), form, frozenset(sentences))


def translated(language: Language, text: str, /, **values: object) -> str:
    """Translate a text, and fill its placeholders; one without a translation stays English."""
    found = texts_of(language).single.get(text) or text
    return found.format(**values) if values else found


def counted(language: Language, one: str, many: str, count: int, /, **values: object) -> str:
    """Translate a text that depends on a number, and fill its placeholders, `{count}` among them."""
    texts = texts_of(language)
    forms = texts.plural.get((one, many)) or (one, many)
    return forms[texts.form(count)].format(count=number(language, count), **values)
