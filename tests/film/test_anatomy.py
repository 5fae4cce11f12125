"""Body parts and views mean the same in every spelling; unknown words refuse nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr.film.anatomy import frontal_view, is_not_frontal, names_other_part

CHEST = [
    *(
        "CHEST",
        "THORAX",
        "thorax ap",
        "TÓRAX",
        "Tórax",
        "CHEST/ABDOMEN",
        "BRUSTKORB",
        "RIBS",
        "STERNUM",
        "PULMÃO",
    ),
    *("THX FACE", "RX THX", "THORAX FACE"),
    *("HAND\\CHEST", "ANKLE-CHEST", "CHEST TSPINE", "HAND 흉부"),
    *("Грудная клетка", "ГРУДЬ", "胸部", "胸", "肺", "흉부", "POUMONS", "CXR"),
    *("छाती", "सीना", "छाती का एक्स-रे"),
]
UNKNOWN = [
    "",
    "UNKNOWN",
    "UNK",
    "0",
    "NONE",
    "WHOLEBODY",
    "XRAY",
    "ROUTINE",
    "BODY",
    "???",
    "Ð",
    "PORTABLE",
    "REAR",
]
OTHER_PARTS = [
    *("胸椎正侧位", "흉추", "Грудной отдел позвоночника", "WHOLE SPINE", "ABD", "staw kolanowy", "zuby"),
    *(
        "HAND",
        "CSPINE",
        "C SPINE",
        "L-SPINE",
        "TSPINE",
        "T_SPINE",
        "KNEE LEFT",
        "Knee_Left",
        "abdomen",
        "SKULL",
    ),
    *("Abdômen", "SCHÄDEL", "Hüfte", "Füße", "GENOU", "Épaule", "RODILLA", "CRÁNEO", "GINOCCHIO", "JOELHO"),
    *("КОЛЕНО", "手", "腰椎", "LHAND", "RHAND", "RT_KNEE", "KNEELT", "ELBOWS", "KNÄ", "mão", "무릎", "ركبة"),
    *("الركبة", "髋关节", "右膝关节", "DŁOŃ", "เข่า", "ברך", "THORACIC SPINE", "Коленный сустав"),
    *("Zehen", "Hüften", "TIB/FIB", "Os calcis", "ZYGOMATIC ARCH", "khớp gối", "bàn tay", "PNS"),
    *("Colonna lombare", "Mamma", "Rachis lombaire"),
    *("घुटना", "दायाँ घुटना", "खोपड़ी", "हाथ", "कंधा", "เข่า ซ้าย"),
]
NOT_FRONTAL = [
    *("ML", "LM", "Side", "SIDE VIEW", "LAT RL"),
    *("LL", "RL", "LLD", "RLD", "LLO", "RLO", "RAO", "LAO", "RPO", "LPO", "LAT", "LATERAL", "OBL", "OBLIQUE"),
    *("LEFT LATERAL", "RT. LATERAL", "LT LAT", "L-LAT", "LLAT", "RLAT", "L.L.", "X-TABLE LATERAL", "LAO45"),
    *(
        "Latéral",
        "LATERALE",
        "LATERO-LATERALE",
        "Seitlich",
        "PROFIL",
        "perfil",
        "OBLIQUO",
        "Schräg",
        "側面",
        "Боковая",
    ),
    *(
        "Seitaufnahme",
        "LL/PA?",
        "Zijdelings",
        "boczne",
        "Боковой",
        "측면",
        "جانبي",
        "Laterální",
        "プロファイル側面",
        "bočno",
        "профилна",
        "XTL",
    ),
    *("profilna", "profilní", "z boku", "bočný", "oldalkép", "stranski", "šoninė", "странична", "نیم رخ"),
    *(
        "LATLT",
        "XTLAT",
        "ukośne",
        "šikmá",
        "ferde",
        "viisto",
        "eğik",
        "λοξή",
        "مائل",
        "側臥位",
        "左侧卧位",
        "측와위",
        "CROSS TABLE",
    ),
    *("LATER", "LATERL", "LATRAL", "X-TABLE", "lateromedial", "Zij", "dwarse", "nghiêng", "samping"),
    *(
        "OAD",
        "OAI",
        "OAG",
        "OPD",
        "opg",
        "O.A.E.",
        "LATERAL DECUBITUS AP",
        "AP OBLIQUE",
        "RIGHT ANTERIOR OBLIQUE",
    ),
    *("पार्श्व", "पार्श्विक दृश्य", "बगल से", "लेटरल", "तिरछा"),
]
FRONTAL_OR_SILENT = [
    "",
    "PA",
    "AP",
    "PA ERECT",
    "AP SUPINE",
    "BILATERAL",
    "UNILATERAL",
    "BI-LATERAL",
    "LATERALITY",
    "LORDOTIC",
    "LATEST",
    "OP",
    "OAP",
    "UNKNOWN",
    "PA/LAT",
    "FRONTAL",
    "सामने",
]


@pytest.mark.parametrize("word", [*CHEST, *UNKNOWN])
def test_the_chest_and_unknown_words_refuse_nothing(word: str) -> None:
    assert not names_other_part(word)


@pytest.mark.parametrize("word", OTHER_PARTS)
def test_another_part_is_recognised_in_any_spelling(word: str) -> None:
    assert names_other_part(word)


@pytest.mark.parametrize("view", NOT_FRONTAL)
def test_lateral_and_oblique_views_are_not_frontal_in_any_spelling(view: str) -> None:
    assert is_not_frontal(view)


@pytest.mark.parametrize("view", FRONTAL_OR_SILENT)
def test_frontal_views_and_views_that_say_nothing_are_not_refused(view: str) -> None:
    assert not is_not_frontal(view)


@given(
    st.sampled_from(["LL", "RL", "LAT", "LATERAL", "OBL", "RAO", "LAO", "RPO", "LPO", "LEFT LATERAL"]),
    st.sampled_from([str.lower, str.upper, str.title]),
    st.sampled_from(["", " ", "_", ".", "-", "\0"]),
    st.sampled_from([" ", "_", "-", ".", ""]),
)
def test_case_and_marks_do_not_change_a_view(view: str, case: object, end: str, between: str) -> None:
    assert callable(case)
    assert is_not_frontal(case(view).replace(" ", between) + end)


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        *(("PA", "PA"), ("ap", "AP"), ("P.A.", "PA"), ("PA ERECT", "PA"), ("Postero-anterior", "PA")),
        *(("AP SUPINE", "AP"), ("", None), ("LL", None), ("PA AP", None), ("PAPA", None)),
    ],
)
def test_a_frontal_view_is_read_in_its_spellings(view: str, expected: str | None) -> None:
    assert frontal_view(view) == expected


@given(st.text(max_size=40))
def test_any_text_is_understood_or_means_nothing(text: str) -> None:
    assert names_other_part(text) in (True, False) and is_not_frontal(text) in (True, False)
