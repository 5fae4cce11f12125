"""Every text of the pages is translated into every language, and no page has a text of its own."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from texts import ROOT, TRANSLATED, page_texts, template, updated

from cxr.language.catalogue import catalogue_of, file_of
from cxr.language.language import Language

PAGES = [ROOT / "app.py", *sorted((ROOT / "cxr" / "ui").rglob("*.py"))]
UPDATE = "Run `just texts`, then translate what is new."
# What Streamlit shows of a call: its first argument, and these.
SHOWN = {"label", "help", "placeholder", "body", "text", "alt", "caption", "title", "page_title"}
CALLS = {
    *("button", "caption", "checkbox", "download_button", "error", "expander", "file_uploader", "header"),
    *("image", "info", "link_button", "markdown", "metric", "multiselect", "number_input", "page_link"),
    *("pills", "popover", "progress", "radio", "segmented_control", "selectbox", "slider", "spinner"),
    *("subheader", "success", "tabs", "text_area", "text_input", "title", "toast", "toggle", "warning"),
    *("form_submit_button", "NumberColumn", "TextColumn", "show_head", "set_page_config", "dialog", "Axis"),
    *("altair_chart", "write", "text", "status", "date_input", "time_input", "ImageColumn", "Column"),
}
NO_TEXT = re.compile(r":material/\w+:|:\w+-badge|<[^>]*>|[*_`\W\d]+")
# What is not Streamlit's: a log, and an identifier of DICOM.
OTHERS = ("log.", "identity.")


def forms(message: Message) -> list[str]:
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return [str(string or "") for string in strings]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{\w*\}|%\w", text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_has_all_texts_and_no_others(language: Language) -> None:
    expected = {str(message.id) for message in template()}
    found = {str(message.id) for message in catalogue_of(language)}

    assert expected - found == set(), UPDATE
    assert found - expected == set(), UPDATE
    assert not catalogue_of(language).obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_none_only_perhaps(language: Language) -> None:
    messages = [message for message in catalogue_of(language) if message.id]

    assert [message.id for message in messages if message.fuzzy or not all(forms(message))] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_placeholders_and_the_layout_of_its_text(language: Language) -> None:
    for message in catalogue_of(language):
        if not message.id:
            continue
        english = message.id if isinstance(message.id, tuple) else (message.id,)
        allowed = placeholders(english[-1])
        for form in forms(message):
            assert placeholders(form) == allowed, message.id
            assert re.findall(r":material/\w+:", form) == re.findall(r":material/\w+:", english[0])
            assert form.count("**") == english[0].count("**"), message.id
            assert form.count("\n") == english[0].count("\n"), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_marks_the_sentences_that_pages_recognise(language: Language) -> None:
    def marked(catalogue: Catalog) -> set[str]:
        return {str(message.id) for message in catalogue if message.auto_comments}

    assert marked(catalogue_of(language)) == marked(updated(language)) != set(), UPDATE
    assert "POT-Creation-Date" not in file_of(language).read_text()


def literals(source: str) -> list[str]:
    """Texts that a source gives to Streamlit as they are, without looking for their translation."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).split(".")[-1]
        if called not in CALLS or ast.unparse(node.func).startswith(OTHERS):
            continue
        given = node.args[:1] if called not in ("progress", "page_link", "image") else node.args[1:2]
        given = [*given, *(word.value for word in node.keywords if word.arg in SHOWN)]
        for value in given:
            text = "".join(
                str(part.value)
                for part in ([value] if isinstance(value, ast.Constant) else getattr(value, "values", []))
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
            if NO_TEXT.sub("", text):
                found.append(text)
    return found


def test_the_check_sees_what_it_looks_for() -> None:
    source = (
        'st.button("Go", help=f"to {x}")\nst.caption(_("Words"))\nst.markdown(f":material/check: {x} · {y}")'
    )

    assert literals(source) == ["Go", "to "]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_page_gives_streamlit_a_text_that_cannot_be_translated(path: Path) -> None:
    assert set(literals(path.read_text())) == set()


def unmarked(source: str, texts: set[str]) -> list[str]:
    """Texts of the catalogues that stand in a page without going through the catalogue."""
    nodes = list(ast.walk(ast.parse(source)))
    calls = [
        node for node in nodes if isinstance(node, ast.Call) and ast.unparse(node.func) in ("_", "_n", "N_")
    ]
    marked = {id(part) for call in calls for part in ast.walk(call)}
    found = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in marked]
    return [node.value for node in found if isinstance(node.value, str) and node.value in texts]


def test_a_text_that_is_translated_somewhere_is_nowhere_shown_untranslated() -> None:
    # A word in lower case may be a code, and sentences of other rooms are said where they are shown.
    texts = {text for text, _ in page_texts() if isinstance(text, str) and text[:1].isupper()}

    assert unmarked('badges = [("To read", 1), (_("Read"), 2)]', {"To read", "Read"}) == ["To read"]
    assert {path.name: found for path in PAGES if (found := unmarked(path.read_text(), texts))} == {}
