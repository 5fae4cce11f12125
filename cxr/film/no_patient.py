"""Patient IDs that name nobody: what modalities send where nobody entered one.

Two films with such an ID are two strangers, so a doubtful word counts as a filler: at worst a patient's
earlier films are not found.
"""

import re
import unicodedata

# Sources: the codes of HL7's NullFlavor (v3 vocabulary 2.16.840.1.113883.5.1008) and aliases of unidentified
# emergency patients; fillers in dcm4che/dcm4chee-arc-light#2758 and mmiv-center/DICOMAnonymizer#19. In other
# languages, translations of: unknown, unidentified, anonymous, none, missing, no name, not stated.
_FILLERS = {
    "HL7": "ASKU INV MSK NA NASK NAV NAVU NI NULL OTH QS TRC UNC UNK",
    "English": """
        ABC ABSENT ANON ANONYM ANONYMISED ANONYMIZED ANONYMOUS ASDF BABY BABYBOY BABYGIRL BLANK CALIBRATION
        CONFIDENTIAL DEFAULT DEIDENTIFIED DELETED DEMO DUMMY EMERGENCY EMPTY ERROR INVALID JANEDOE JOHNDOE
        BABYDOE DOEJANE DOEJOHN MASKED MISSING NAN NC ND NEWBORN NIL NO NOBODY NON NONE NONEGIVEN
        NOTAPPLICABLE NOTASSIGNED NOTAVAILABLE NOTENTERED NOTGIVEN NOTKNOWN NOTPROVIDED NOTRECORDED
        NOTSPECIFIED NOTSTATED PENDING PHANTOM PRIVATE QATEST QC QWERTY REDACTED REMOVED SERVICE TBA TBC TBD
        TEMP TEMPORARY TEST TESTING TMP TRAUMA UNASSIGNED UNAVAILABLE UNDEFINED UNIDENTIFIED UNKN UNKNOWN
        UNNAMED UNREGISTERED UNSPECIFIED WITHOUT X XX
        ADMIN CALIB DELETE ER ICU MERGED NEW OPD SAMPLE USER VOID WALKIN
    """,
    "German": """
        ANONYMISIERT FEHLT KA KEIN KEINE KEINEANGABE LEER NAMENLOS NB NICHTANGEGEBEN NICHTBEKANNT
        NICHTVERFUGBAR NOTFALL OA OHNE UNBEK UNBEKANNT UNBEKANNTER UNBENANNT
    """,
    "French": """
        ANONYME ANONYMISE AUCUN INCONNU INCONNUE INDISPONIBLE INDETERMINE MANQUANT NEANT NONCOMMUNIQUE
        NONCONNU NONDISPONIBLE NONIDENTIFIE NONRENSEIGNE NONSPECIFIE NOUVEAUNE SANS SANSNOM SOUSX URGENCE VIDE
    """,
    "Spanish": """
        ANONIMA ANONIMO DESCONOCIDA DESCONOCIDO NINGUNO NN NOCONOCIDO NODISPONIBLE NOESPECIFICADO
        NOIDENTIFICADO SD SIN SINCEDULA SINDATOS SINDNI SINNOMBRE SINNUMERO URGENCIA VACIO
    """,
    "Portuguese": """
        DESCONHECIDA DESCONHECIDO INDISPONIVEL NAODISPONIVEL NAOESPECIFICADO NAOIDENTIFICADO NAOINFORMADO
        NENHUM SEM SEMNOME SEMREGISTRO SN VAZIO
    """,
    "Italian": """
        IGNOTA IGNOTO MANCANTE NESSUNO NONDISPONIBILE NONIDENTIFICATO NONNOTO NONSPECIFICATO SCONOSCIUTA
        SCONOSCIUTO SENZA SENZANOME URGENZA VUOTO
    """,
    "Dutch": "ANONIEM GEEN LEEG NAAMLOOS NIETBEKEND NIETBESCHIKBAAR ONBEKEND ONBEKENDE SPOED ZONDER",
    "Swedish": "AKUT ANONYM INGEN OIDENTIFIERAD OKAND SAKNAS TOM UTAN",
    "Danish, Norwegian": "IKKEKENDT INGEN MANGLER UKENDT UKJENT UKJEND UDEN UTEN",
    "Finnish": "EITIEDOSSA NIMETON PUUTTUU TUNTEMATON TYHJA",
    "Icelandic, Baltic": "NEZINAMS NEZINOMAS OTHEKKT TUNDMATU ANONUUMNE",
    "Polish": "ANONIMOWY BEZ BRAK BRAKDANYCH NIEOKRESLONY NIEZNANA NIEZNANY PUSTY",
    "Czech, Slovak": "ANONYMNI ANONYMNY BEZEJMENA BEZJMENA NEIDENTIFIKOVAN NEUVEDENO NEZNAM NEZNAMY NEZNAMA",
    "Hungarian": "ISMERETLEN NINCS NEVTELEN",
    "Romanian": "NECUNOSCUT NECUNOSCUTA FARA NEIDENTIFICAT NESPECIFICAT",
    "Croatian, Serbian, Slovenian": "NEPOZNAT NEPOZNATA NEPOZNATO NEZNAN NEZNANA NEMA",
    "Turkish": "BILINMEYEN BILINMIYOR BOS ISIMSIZ KIMLIGIBELIRSIZ YOK",
    "Indonesian, Malay, Vietnamese": "TIDAKADA TIDAKDIKETAHUI TANPANAMA KHONGRO KHONGCO VODANH",
    "Greek": "ΑΓΝΩΣΤΟΣ ΑΓΝΩΣΤΗ ΑΓΝΩΣΤΟ ΑΝΩΝΥΜΟΣ ΚΑΝΕΝΑΣ",
    "Russian": """
        АНОНИМ АНОНИМНО АНОНИМНЫЙ БЕЗЫМЯННЫЙ БЕЗИМЕНИ БН БЕЗНОМЕРА НЕТ НЕТДАННЫХ НЕИЗВ НЕИЗВЕСТЕН НЕИЗВЕСТНА
        НЕИЗВЕСТНАЯ НЕИЗВЕСТНО НЕИЗВЕСТНЫЙ НЕУКАЗАН НЕУКАЗАНО ОТСУТСТВУЕТ ПУСТО
    """,
    "Ukrainian, Bulgarian, Serbian": "АНОНІМ НЕВІДОМИЙ НЕВІДОМА НЕВІДОМО НЯМА НЕИЗВЕСТНИ НЕПОЗНАТ НЕПОЗНАТО",
    "Arabic, Persian, Urdu": """
        غيرمعروف غيرمعروفة مجهول مجهولة مجهولالهوية لايوجد بدون بدوناسم غيرمتوفر فارغ
        ناشناس نامعلوم نامشخص ندارد
    """,
    "Hebrew": "אלמוני אלמונית לאידוע לאידועה לאמזוהה אנונימי חסר",
    "Hindi, Thai": "अज्ञात अनाम ไม่ทราบ ไม่ทราบชื่อ ไม่ระบุ ไม่มี",
    "Chinese": "不明 不详 不詳 未知 无 無 无名 無名 无名氏 無名氏 匿名 未登记 未登記 未填 佚名 空",
    "Japanese": "不明 不詳 未登録 未入力 未定 匿名 名無し なし 無し 身元不明",
    "Korean": "미상 불명 무명 무명씨 익명 없음 미등록 미입력 알수없음",
}
_LABELS = """
    ID IDS PID PATID PATIENT PATIENTID PATIENTNAME PATIENTNUMBER NAME NUMBER NUM NR MRN IDENTIFIER MALE FEMALE
    MAN WOMAN MR MRS PATIENTIN NUMMER NOM NUMERO NOMBRE NOME PACIENTE PAZIENTE PATIENTEN PATIENTENID PASIENT
    PACJENT PACIENT BEMOR HASTA ALFA ALPHA BRAVO CHARLIE DELTA ECHO FOXTROT GOLF HOTEL INDIA JULIET JULIETT
    KILO LIMA MIKE NOVEMBER OSCAR PAPA QUEBEC ROMEO SIERRA TANGO UNIFORM VICTOR WHISKEY WHISKY XRAY YANKEE
    ZULU ПАЦИЕНТ ИМЯ НОМЕР 患者 患者ID 病人 氏名 姓名 番号 환자 مريض مريضة المريض
"""
"""Words beside a filler, as in *ID unknown* or, of the spelling alphabet, *Trauma Alpha*."""
_NO_NUMBER = "-1"
_TRAILING_DIGITS_AFTER = 4
"""Letters of a filler that stays one with digits after it, as `UNKNOWN2`: `NA12` may be a number."""
_REPEATED, _COUNTED = 3, 4
"""Characters from which one repeated character, or a sequence that counts, is a filler."""
_COUNTS = ("0123456789" * 4, "1234567890" * 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_COUNTS_DOWN = ("9876543210", "0987654321")


def names_patient(patient_id: str) -> bool:
    """Whether a Patient ID is more than a filler: not a word for unknown, zeros, `999999` or `123456`."""
    if patient_id.strip() == _NO_NUMBER:
        return False
    words = _words(patient_id)
    joined = "".join(words)
    if not joined.strip("0") or _is_keyed_in(joined):
        return False
    return not (_is_filler(joined) or all(_is_filler(word) for word in words))


def _is_filler(word: str) -> bool:
    letters = word.rstrip("0123456789")
    number = word[len(letters) :].strip("0")
    if not letters or letters in _LABEL_WORDS:
        return not number
    cores = {letters, *(letters.removeprefix(label) for label in _LABEL_WORDS)}
    cores |= {letters.removesuffix(label) for label in _LABEL_WORDS}
    found = cores & _FILLER_WORDS
    return any(not number or len(core) >= _TRAILING_DIGITS_AFTER for core in found) or (
        not number and _is_keyed_in(letters)
    )


def _is_keyed_in(text: str) -> bool:
    """Whether somebody held a key down, or typed along a row of them."""
    if len(set(text)) == 1 and len(text) >= _REPEATED:
        return True
    counts = any(row.startswith(text) for row in _COUNTS) or any(row.endswith(text) for row in _COUNTS_DOWN)
    counts |= any(row.startswith(text) for row in _COUNTS_DOWN)
    return len(text) >= _COUNTED and counts


def _words(text: str) -> list[str]:
    """Split into words of upper-case letters and ASCII digits, without accents."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).upper())
    plain = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in plain)
    plain = "".join(one for one in plain if not unicodedata.category(one).startswith("M"))
    return re.findall(r"[^\W_]+", plain)


_FILLER_WORDS = frozenset("".join(_words(word)) for words in _FILLERS.values() for word in words.split())
_LABEL_WORDS = frozenset("".join(_words(word)) for word in _LABELS.split())
