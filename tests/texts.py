"""Bring the catalogues of translations up to date with the code: `python tests/texts.py`.

New texts are added without a translation, and texts that no page shows any more are removed. Then translate
what `tests/language/test_catalogues.py` names.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from shown_sentences import sentences

from cxr.language.catalogue import SENTENCE, catalogue_of, file_of
from cxr.language.language import Language

Text = str | tuple[str, str]
TRANSLATED = [language for language in Language if language is not Language.ENGLISH]


def page_texts() -> Iterator[tuple[Text, str]]:
    """Each text of a page, and the file that has it."""
    for path in [ROOT / "app.py", *sorted((ROOT / "cxr").rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                file = path.relative_to(ROOT).as_posix()
                given = [one.value for one in node.args if isinstance(one, ast.Constant)]
                if node.func.id in ("_", "N_") and given:
                    yield str(given[0]), file
                elif node.func.id == "_n":
                    yield (str(given[0]), str(given[1])), file


@cache
def template() -> Catalog:
    """All texts, without translations."""
    catalogue = Catalog()
    files: dict[Text, list[str]] = {}
    marked: set[Text] = set()
    for text, file in page_texts():
        files.setdefault(text, []).append(file)
    for sentence, file in sentences():
        files.setdefault(sentence, []).append(file)
        marked.add(sentence)
    for known, found in files.items():
        catalogue.add(
            known,
            locations=[(file, None) for file in dict.fromkeys(found)],
            auto_comments=[SENTENCE] if known in marked else [],
        )
    return catalogue


def updated(language: Language) -> Catalog:
    """The catalogue of a language with the texts as they are now."""
    known = catalogue_of(language) if file_of(language).is_file() else Catalog()
    fresh = Catalog(
        locale=language, project="cxr", version="", copyright_holder="", fuzzy=False, header_comment="#"
    )
    for message in template():
        if message.id:
            before = known.get(message.id)
            string = before.string if before else None
            fresh.add(message.id, string, message.locations, auto_comments=message.auto_comments)
    return fresh


def write(language: Language) -> None:
    """Write a catalogue: without dates and line numbers, so that only texts make a difference."""
    file_of(language).parent.mkdir(parents=True, exist_ok=True)
    catalogue = updated(language)  # read before the file is opened, which empties it
    with file_of(language).open("wb") as file:
        write_po(file, catalogue, width=110, include_lineno=False, omit_header=False)
    lines = file_of(language).read_text().splitlines(keepends=True)
    dated = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By', '"Last-Translator', '"Report-Msgid')
    file_of(language).write_text("".join(line for line in lines if not line.startswith(dated)))


if __name__ == "__main__":
    for each in TRANSLATED:
        write(each)
