"""Sentences of the program recognised in their English form, and said in another language.

The rooms below the pages write English: it is stored, hashed into the audit trail, logged and exported. Their
texts are in the catalogues with a placeholder for each value, so a page can recognise a finished sentence,
also one that an earlier version stored, take its values out, and say it in the reader's language.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from cxr.language.catalogue import texts_of
from cxr.language.formats import listed, number, percentage
from cxr.language.language import Language

PLACEHOLDER = re.compile(r"\{(\w+)\}")
NAMES = frozenset({"name", "reader", "person", "who", "path", "folder", "file", "note", "user", "account"})
"""Placeholders for what people named: it stays as it is, even where it looks like a text of the program."""
PERCENTAGE = re.compile(r"(\d+)(?:\.(\d+))? ?%")
ESTIMATE = re.compile(r"(\d+\.\d+) \((\d+\.\d+)-(\d+\.\d+)\)")
"""A measured value with its interval."""
LIST = ", "
"""Between the words of a list."""
MOST_CHARACTERS = 2000
"""Longer texts are none of the program's sentences."""


@lru_cache(maxsize=8192)
def in_language(language: Language, sentence: str) -> str:
    """Say a sentence of the program in a language; any other text stays as it is."""
    if language is Language.ENGLISH or not sentence or len(sentence) > MOST_CHARACTERS:
        return sentence
    return _recognised(language, sentence) or sentence


def _recognised(language: Language, sentence: str) -> str | None:
    single = texts_of(language).single
    if share := PERCENTAGE.fullmatch(sentence):
        return percentage(language, float(sentence.rstrip(" %")) / 100, len(share[2] or ""))
    if ESTIMATE.fullmatch(sentence):
        return re.sub(r"\d+\.\d+", lambda found: _decimal(language, found[0]), sentence)
    if "{" not in sentence and (found := single.get(sentence)):
        return found
    for pattern, text in _patterns(language):
        if match := pattern.fullmatch(sentence):
            values = {name: _value(language, name, value) for name, value in match.groupdict().items()}
            return text.format(**values)
    return None


def _value(language: Language, name: str, value: str) -> str:
    if name in NAMES:
        return value
    if re.fullmatch(r"\d+\.\d+", value):
        return _decimal(language, value)
    single, parts = texts_of(language).single, value.split(LIST)
    if len(parts) > 1 and all(single.get(part) for part in parts):
        return listed(language, (single[part] for part in parts))
    return in_language(language, value)


def _decimal(language: Language, value: str) -> str:
    return number(language, float(value), len(value.partition(".")[2]))


@cache
def _patterns(language: Language) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return each text with placeholders as a pattern, those with the most words of their own first."""
    texts = texts_of(language)
    found = texts.single
    own = {text: len(PLACEHOLDER.sub("", text)) for text in texts.sentences if PLACEHOLDER.search(text)}
    ordered = sorted((text for text in own if own[text] > 1), key=lambda text: (-own[text], text))
    return tuple((pattern_of(text), found[text]) for text in ordered)


def pattern_of(text: str) -> re.Pattern[str]:
    """Make the pattern of a text: each placeholder matches anything, the same one the same thing.

    `{count}` matches a number only. Of two placeholders side by side the first is one word.
    """
    seen: set[str] = set()

    def group(match: re.Match[str]) -> str:
        name = match[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        if name == "count":
            return r"(?P<count>\d[\d.,]*)"
        return f"(?P<{name}>\\S+)" if text[match.end() :].startswith("{") else f"(?P<{name}>.*?)"

    pattern, end = "", 0
    for match in PLACEHOLDER.finditer(text):
        pattern += re.escape(text[end : match.start()]) + group(match)
        end = match.end()
    return re.compile(pattern + re.escape(text[end:]), re.DOTALL)
