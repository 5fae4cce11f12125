"""What the words for body part and view mean, in any spelling; a word that is not known here means nothing.

Views are those of View Position (PS3.3 C.8.7.1.1.1 and C.8.11.5.1) and of CID 4010, with common spellings.
"""

import re
import unicodedata

from cxr.film.body_parts import CHEST, IDEOGRAPHS, OTHER_PARTS


def _plain(text: str) -> str:
    """Give the text in upper case without accents."""
    decomposed = unicodedata.normalize("NFKD", text).upper()
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _words(text: str) -> list[str]:
    """Split into words of upper-case letters without accents; the vowel signs of Indian scripts stay."""
    plain = _plain(text)
    return "".join(
        c if c.isalpha() or unicodedata.category(c).startswith("M") else " " for c in plain
    ).split()


_CHEST = re.compile(_plain(CHEST))
_IDEOGRAPHS = re.compile(IDEOGRAPHS)
_THORACIC_SPINE = re.compile(
    r"T[\W_]*SPINE|THORACIC[\W_]*(?:SPINE|VERTEBRA)|THORACO[\W_]*LUMBAR|BRUSTWIRBEL\w*|RINTARANKA"
    r"|胸椎|흉추|ГРУДН\w*[\W_]*(?:ОТДЕЛ\w*[\W_]*)?ПОЗВОН\w*"
    r"|(?:COLUMNA|COLUNA|COLONNA|RACHIS|RACHIDE)[\W_]*(?:VERTEBRAL\w*[\W_]*)?T(?:H)?ORAC\w*"
)
_SIDE = "LEFT|RIGHT|LT|RT|L|R"
# A side may be written without a space before or after its part, and an Arabic article before it.
_OTHER_PART = re.compile(
    f"(?:{_SIDE}|ال)?(?:{'|'.join({''.join(_words(part)) for part in OTHER_PARTS})})(?:E?[SN])?(?:{_SIDE})?"
)
_NOT_A_RIGHT_EAR = frozenset({"REAR", "LEAR"})

# Lateral, by the standard's codes and by words.
_LATERAL = re.compile(
    _plain(
        "[LR]L|[LR](?:T|EFT|IGHT)?LAT|X?T?LAT(?:[LR]T?|RL|LR)?|LATE?RE?A?L?|SIDE(?:VIEW)?|(?:X|CROSS)TABLE|"
        "(?:LEFT|RIGHT|[LR]T?|TRUE|TRANS|[A-Z]{4,6}O|CROSS|X|TABLE|CHEST|THORAX)?(?:TABLE)?LATERAA?L(?!ITY)[A-Z]*|"
        "SAG(?:ITTAL[A-Z]*)?|SEIT(?:L|E|LICH|EN)?(?:E|ER|ES|AUFNAHME|ANSICHT|BILD)?|PROFIL(?:[EO]|N[AEIOY]|OV[AEIY])?|PERFIL|"
        "ZIJ(?:DELINGSE?|AANZICHT|WAARTSE?)?|DWARSE?|LATEROMEDIAL[A-Z]*|NGHIENG|SAMPING|"
        "SIDO?BILD|SIDEBILLEDE|SIDEBILDE|SIVU|SIVUKUVA|BOCZN[AEY]|BOCN[AEIOY]|BOKU?|OLDAL(?:IRANY[A-Z]*|KEP)?|"
        "STRANSK[AIO]|SONIN[EI]|KULG(?:VAADE)?|YAN|"
        "СБОКУ|БОК.*|БІЧН.*|ЛАТЕРАЛ.*|ПРОФИЛ(?:Ь|НА)?|СТРАНИЧ.*|ΠΛΑΓΙ.*|ΠΡΟΦΙΛ|"
        "(?:ال)?جانبي[ةه]?|نيمرخ|نیمرخ|צד|צדדי|צידי|ด้านข้าง|पार्श्व.*|बगल.*|(?:लेटरल|लैटरल).*|SWIMMERS?"
    )
)
# One side, or both: which says nothing about the direction.
_SIDES = re.compile(r"(?:BI|UNI|IPSI|CONTRA|AMBI)[\W_]*LATERAL[A-Z]*")
_LATERAL_CODES = frozenset({"LL", "RL", "XTL", "ML", "LM"})
# Oblique, also in the codes of Romance languages, and lateral decubitus; also beside a frontal direction.
_OBLIQUE = re.compile(
    _plain(
        "[LR]L[DO]|[LR][AP]O|O[AP][DGIES]|OBL.*|DECUB.*|SCHRAG.*|SCHUIN[E]?|SKRA|U?SKOSN[AEY]|UKOSN[AEY]|"
        "SIKM[AEIY]|FERDE|VIISTO|EGIK|КОС[АОЫ].*|ΛΟΞ.*|مائل[ةه]?|तिरछ.*|तिर्यक.*|(?:ओ|ऑ)ब्लिक"
    )
)
_NOT_FRONTAL_CHARACTERS = re.compile("側面|侧面|侧位|側位|側臥|侧卧|斜位|측면|측위|측와|사위")
_FRONTAL = {
    **dict.fromkeys(("PA", "POSTEROANTERIOR", "POSTERIORANTERIOR"), "PA"),
    **dict.fromkeys(("AP", "ANTEROPOSTERIOR", "ANTERIORPOSTERIOR"), "AP"),
}


def names_other_part(*texts: str) -> bool:
    """Whether a body part is known not to be the chest; a word for the chest in any text outweighs it."""
    found = [_words(_THORACIC_SPINE.sub(" SPINE ", _plain(text))) for text in texts]
    if any(_CHEST.search("".join(words)) for words in found):
        return False
    return any(_is_other_part(word) for words in found for word in (*words, "".join(words)))


def names_chest(*texts: str) -> bool:
    """Whether one of the texts for a body part names the chest."""
    return any(_CHEST.search("".join(_words(text))) for text in texts)


def _is_other_part(word: str) -> bool:
    is_part = _OTHER_PART.fullmatch(word) and word not in _NOT_A_RIGHT_EAR
    return bool(is_part or _IDEOGRAPHS.search(word))


def is_not_frontal(*texts: str) -> bool:
    """Whether a view is lateral or oblique; PA and LATERAL together, as of a whole study, say neither."""
    return any(map(_is_not_frontal, texts))


def _is_not_frontal(view: str) -> bool:
    words = _words(_SIDES.sub(" ", _plain(view)))
    joined = "".join(words)
    if _NOT_FRONTAL_CHARACTERS.search(joined) or is_oblique(view):
        return True
    if _LATERAL_CODES & {*words}:
        return True
    return not frontal_view(view) and any(map(_LATERAL.fullmatch, (joined, *words)))


def is_oblique(view: str) -> bool:
    """Whether a view is oblique or lateral decubitus."""
    words = _words(_SIDES.sub(" ", _plain(view)))
    return any(map(_OBLIQUE.fullmatch, ("".join(words), *words)))


def frontal_view(view: str) -> str | None:
    """`PA` or `AP` where a view names one of them, in any of its spellings."""
    words = _words(view)
    named = {_FRONTAL[word] for word in (*words, "".join(words)) if word in _FRONTAL}
    return named.pop() if len(named) == 1 else None
