"""What the words for body part and view mean, in any spelling; a word that is not known here means nothing.

Body parts are the defined terms of Body Part Examined other than those of the chest (PS3.16 L, table L-1),
common spellings of them, and the same parts in the languages that modalities are often set to. Views are
those of View Position (PS3.3 C.8.7.1.1.1 and C.8.11.5.1) and of CID 4010, with common spellings.
"""

import re
import unicodedata
from contextlib import suppress

_CHEST = re.compile(
    "CHEST|THORA|TORA[XCK]|TORAK|LUNG|PULM|POUMON|CXR|RIB|STERN|PECHO|BRUST|"
    "ГРУД|ЛЕГК|ΘΩΡΑΚ|胸|肺|흉부|가슴|صدر|חזה|ทรวงอก"
)
_OTHER_PARTS_WORDS = """
    ABDOMEN ABDOMENPELVIS ABDPELV ABDPELVIS ADRENAL ANKLE ANUS AORTA APPENDIX ARM AXILLA BACK BLADDER
    BRAIN BREAST BUTTOCK CALCANEUS CALF CAROTID CEREBELLUM CERVIX CHEEK CLAVICLE COCCYX COLON CSPINE
    CTSPINE DUODENUM EAR ELBOW ESOPHAGUS EXTREMITY EYE EYELID FACE FACIAL FEMUR FIBULA FINGER FOOT FOREARM
    FOREFOOT GALLBLADDER GLUTEUS GROIN HAND HEAD HEADNECK HEEL HINDFOOT HIP HIPJOINT HUMERUS ILEUM ILIUM
    JAW JEJUNUM KIDNEY KNEE KUB LARYNX LEG LEGS LIVER LSPINE LSSPINE LUMBAR LUMBARSPINE MANDIBLE MASTOID
    MAXILLA METACARPUS METATARSUS MOUTH NASAL NASALBONE NECK NECKABDOMEN NOSE OESOPHAGUS ORBIT OVARY
    PANCREAS PAROTID PATELLA PELVIS PENIS PHARYNX PROSTATE RADIUS RECTUM SACRUM SCALP SCAPULA SCLERA
    SCROTUM SHOULDER SIJOINT SINUS SINUSES SKULL SPINE SPLEEN SSPINE STOMACH SUBMANDIBULAR TARSUS TEETH
    TESTIS THIGH THUMB THYROID TIBIA TLSPINE TMJ TOE TONGUE TOOTH TSPINE ULNA URETER URETHRA UTERUS VAGINA
    VULVA WRIST ZYGOMA ABDO ABDOM CERVICAL CERVICALSPINE COLLARBONE DENTAL FEET FINGERS HANDS HIPS KNEES
    LOWERLEG PARANASAL PELVIC THORACICSPINE TOES UPPERARM VERTEBRA VERTEBRAE
    BAUCH BECKEN DAUMEN ELLBOGEN ELLENBOGEN FERSE FUSS FUSSE FINGERGELENK GESICHT HALS HALSWIRBELSAULE
    HANDGELENK HUFTE HWS BWS LWS KIEFER KNIE KNOCHEL KOPF KREUZBEIN LENDENWIRBELSAULE OBERARM OBERSCHENKEL
    SCHADEL SCHLUSSELBEIN SCHULTER SPRUNGGELENK UNTERARM UNTERSCHENKEL WIRBELSAULE ZAHN ZEHE
    AVANTBRAS BASSIN BRAS CHEVILLE COUDE CRANE CUISSE DOIGT EPAULE GENOU HANCHE JAMBE MACHOIRE PIED
    POIGNET RACHIS TETE VENTRE
    BRAZO CABEZA CADERA CODO COLUMNA CRANEO CUELLO DEDO ESPALDA HOMBRO MANDIBULA MANO MUNECA MUSLO PIERNA
    RODILLA TOBILLO
    ADDOME ANCA BACINO BRACCIO CAVIGLIA COLLO CRANIO GAMBA GINOCCHIO GOMITO PIEDE POLSO RACHIDE SPALLA
    TESTA
    BACIA BRACO CABECA COLUNA COTOVELO JOELHO OMBRO PERNA PESCOCO PUNHO QUADRIL TORNOZELO
    КИСТЬ КОЛЕНО ПЛЕЧО ПОЗВОНОЧНИК СТОПА ТАЗ ЧЕРЕП ЖИВОТ ГОЛОВА ШЕЯ
    手 足 膝 頭部 头部 頭 骨盆 骨盤 腹部 肩 腰椎 頸椎 颈椎 膝関節 膝关节
"""
_OTHER_PARTS = frozenset(_OTHER_PARTS_WORDS.split())
# Lateral, by the standard's codes and by words.
_LATERAL = re.compile(
    "[LR]L|[LR](?:T|EFT|IGHT)?LAT|X?LAT[LR]?|(?!BI).*LATERAL[EIO]?|SEITLICH|SEITE|SEITENAUFNAHME|PROFIL[EO]?|"
    "PERFIL|СБОКУ|БОК.*|SWIMMERS?"
)
# Oblique and lateral decubitus, also where a frontal direction is named beside them.
_OBLIQUE = re.compile("[LR]L[DO]|[LR][AP]O|OBL.*|DECUB.*|SCHRAG|КОС[АОЫ].*")
_NOT_FRONTAL_SIGNS = re.compile("側面|侧位|側位|斜位|측면")
_FRONTAL = {
    **dict.fromkeys(("PA", "POSTEROANTERIOR", "POSTERIORANTERIOR"), "PA"),
    **dict.fromkeys(("AP", "ANTEROPOSTERIOR", "ANTERIORPOSTERIOR"), "AP"),
}


def names_other_part(text: str) -> bool:
    """Whether a body part is known not to be the chest; a word for the chest outweighs it."""
    words = _words(text)
    joined = "".join(words)
    if _CHEST.search(joined):
        return bool({"TSPINE", "THORACICSPINE"} & {*words, joined})
    return joined in _OTHER_PARTS or any(word in _OTHER_PARTS for word in words)


def names_chest(text: str) -> bool:
    """Whether a body part names the chest."""
    return bool(_CHEST.search("".join(_words(text)))) and not names_other_part(text)


def is_not_frontal(view: str) -> bool:
    """Whether a view is lateral or oblique; PA and LATERAL together, as of a whole study, say neither."""
    words = _words(view)
    joined = "".join(words)
    if _NOT_FRONTAL_SIGNS.search(joined) or is_oblique(view):
        return True
    return not frontal_view(view) and any(map(_LATERAL.fullmatch, (joined, *words)))


def is_oblique(view: str) -> bool:
    """Whether a view is oblique or lateral decubitus."""
    words = _words(view)
    return any(map(_OBLIQUE.fullmatch, ("".join(words), *words)))


def frontal_view(view: str) -> str | None:
    """`PA` or `AP` where a view names one of them, in any of its spellings."""
    words = _words(view)
    named = {_FRONTAL[word] for word in (*words, "".join(words)) if word in _FRONTAL}
    return named.pop() if len(named) == 1 else None


def _words(text: str) -> list[str]:
    """Split into words of upper-case letters without accents."""
    # A code string is read as Latin-1, whatever character set it was written in.
    with suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    plain = unicodedata.normalize("NFKD", text).upper()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.findall(r"[^\W\d_]+", plain)
