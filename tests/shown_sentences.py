"""Which texts of the rooms below the pages are shown on pages, by file and name; read off their source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from pydicom.datadict import tag_for_keyword

ROOT = Path(__file__).resolve().parents[1]

SHOWN: dict[str, tuple[str, ...]] = {
    "cxr/__init__.py": ("RESEARCH_USE",),
    "cxr/language/formats.py": ("raise",),
    "cxr/film/film.py": ("Population",),
    "cxr/film/errors.py": ("FAILED", "missing_attribute"),
    "cxr/film/limits.py": ("raise",),
    "cxr/film/element_count.py": ("raise",),
    "cxr/film/jpeg_markers.py": ("raise",),
    "cxr/film/png_chunks.py": ("raise",),
    "cxr/film/tiff_parts.py": ("raise",),
    "cxr/film/raster.py": ("raise",),
    "cxr/film/display.py": ("raise",),
    "cxr/film/inflate.py": ("raise",),
    "cxr/film/dicom_header.py": ("raise", "wrong_modality"),
    "cxr/film/read.py": ("raise", "DAMAGED"),
    "cxr/film/folder.py": ("NOT_READABLE",),
    "cxr/film/resent.py": ("EXCHANGED", "_OF_HEADER", "compared", "_changed_words"),
    "cxr/film/corrections.py": ("_WORDS",),
    "cxr/film/colour.py": ("raise",),
    "cxr/film/dicom_pixels.py": ("raise", "_unreadable", "no_image", "_more_pixels"),
    "cxr/film/palette.py": ("raise",),
    "cxr/film/decoding_pool.py": ("raise",),
    "cxr/film/redaction.py": ("Corner",),
    "cxr/film/not_a_film.py": (
        *("_MAGIC", "_CLASSES", "_MODALITIES", "_OTHER_CLASSES", "_OTHER_MODALITIES"),
        *("kind", "not_a_film"),
    ),
    "cxr/film/left_out.py": ("left_out", "_kind_of_picture"),
    "cxr/quality/check.py": ("_grey_levels", "_shape", "_population", "_age"),
    "cxr/quality/head.py": ("SENTENCES",),
    "cxr/explain/region.py": ("NOTHING_DRAWN", "NO_REGION", "OUTLINED"),
    "cxr/explain/place.py": ("ZONES", "OUTSIDE", "place_sentence"),
    "cxr/triage/flag.py": ("ADVICE", "decide"),
    "cxr/triage/priority.py": ("Urgency", "why", "why_first_come"),
    "cxr/triage/words.py": (
        *("FLAG_WORDS", "LIKELIHOOD", "POPULATION_WORDS"),
        *("at_prevalence", "of_a_hundred_films", "age_words", "percent"),
    ),
    "cxr/triage/waits.py": ("ORDER_WORDS", "TRUTH_WORDS", "MEASURE_WORDS", "Comparison"),
    "cxr/triage/clinic.py": ("Clinic",),
    "cxr/triage/queue_simulation.py": ("raise",),
    "cxr/evidence/use.py": ("PURPOSE", "NOT_FOR", "LIMITS"),
    "cxr/evidence/metrics_file.py": ("raise", "SETS", "MEASURE_IT"),
    "cxr/evidence/sources.py": ("place",),
    "cxr/worklist/case.py": ("Finding",),
    "cxr/worklist/reading/desk.py": ("raise", "GONE"),
    "cxr/worklist/reading/not_possible.py": ("ClaimedError", "ChangedError", "PurgedError"),
    "cxr/worklist/reading/redaction.py": ("raise",),
    "cxr/worklist/reading/filters.py": ("ListView",),
    "cxr/model/released.py": ("UNRELEASED",),
    "cxr/worklist/queue/worker.py": ("CHANGED",),
    "cxr/worklist/queue/intake.py": ("raise", "ANOTHER_PATIENT, NO_PATIENT", "NOT_REDACTED"),
    "cxr/worklist/queue/resends.py": ("compared", "CHANGED", "RETURNED", "NOT_COMPARED"),
    "cxr/worklist/store/rows.py": ("_of_study",),
    "cxr/worklist/store/database.py": ("raise", "NO_URL", "BUSY", "notice"),
    "cxr/worklist/audit/trail.py": ("append", "_missing"),
    "cxr/worklist/accounts/accounts.py": ("WrongError",),
    "cxr/worklist/accounts/throttle.py": ("PausedError",),
    "cxr/worklist/accounts/role.py": ("Role",),
    "cxr/worklist/identity/identities.py": ("raise", "keep"),
    "cxr/access/rights.py": ("Right",),
    "cxr/access/uploads.py": ("SESSION_FULL", "SERVER_FULL"),
    "cxr/report/pdf.py": (
        *("WAITING", "report_pdf", "_head", "_facts", "_population", "_show_facts", "_result"),
        *("_pictures", "_reading", "_foot", "_lines"),
    ),
    "cxr/report/acceptance_pdf.py": ("COLUMNS", "acceptance_pdf", "_signatures", "_foot"),
    "cxr/report/text.py": ("report_text",),
    "cxr/report/pdf_page.py": ("GOES_ON",),
    "cxr/report/pdf_scale.py": ("draw_scale",),
    "cxr/site/acceptance.py": ("AGES", "PARTS"),
    "cxr/site/fit_profile.py": ("raise", "NO_FILM", "NO_AGE_GROUP"),
    "cxr/site/limits.py": ("raise", "judge", "__str__"),
    "cxr/site/local_profile.py": ("raise", "changes"),
    "cxr/site/monitor.py": ("reference", "_alarms"),
    "cxr/site/stop_rule.py": ("WHO", "reason"),
    "cxr/site/uploaded_labels.py": ("raise",),
    "cxr/measure/labels.py": ("labelled_films", "refuse", "_copied"),
    "cxr/measure/table.py": ("raise",),
    "cxr/ui/acceptance_test.py": ("FAILED", "raise"),
    "cxr/worklist/site/profiles.py": ("raise",),
    "cxr/worklist/site/state.py": ("raise", "verb"),
    "cxr/access/sign_in.py": ("FOR_PROGRAMS",),
    "cxr/access/provider.py": ("NO_ANSWER", "NOT_CONFIRMED", "NO_ROLE", "DISABLED"),
    "cxr/ui/widgets/film_view.py": ("SEXES", "header_words"),
}
"""`raise` stands for what a file raises, `append` for what it adds to a list."""

MADE_OF_CODES = (
    # Kinds of images that the quality check must refuse, and ways in which films are altered for a test.
    *("Abdomen CT", "Chest CT", "Chest CT slice", "Chest lateral", "Hand radiograph", "Knee radiograph"),
    *("Limb radiograph", "Photograph", "Screenshot or diagram", "Inverted", "Upside down", "Rotated"),
    *("Cropped", "Multiple images", "Scrambled", "Noise", "Shapes", "Page of text"),
    *("Blur", "Darker", "Brighter", "Gamma bright", "Gamma dark", "Marker", "Contrast up", "Contrast down"),
    *("Downscale", "Border", "Rotation", "Jpeg"),
    # Codes of refusals, as a line of the audit trail shows them.
    *("blank", "too dark", "too bright", "not chest", "lateral", "inverted", "upside down", "rotated"),
    *("cropped", "multiple images", "unsupported population", "unsupported age"),
    # Populations that a model was trained on, samples, and what was exported.
    *("adult and child", "Composite normal {number}", "Composite pneumonia {number}", "report as PDF"),
    # What a film that was sent again says that it did not before.
    *("oblique", "chest", "another part"),
    # Documents, and what was done with a site profile or a token of the API.
    *("acceptance test", "fitted", "put in use", "took back", "revoked", "added, until {day}"),
    # Where a reader sees pneumonia.
    *("right lung", "left lung", "both lungs", "upper zone", "middle zone", "lower zone"),
    *("both upper zones", "both middle zones", "both lower zones"),
    "{hours} h",
    # What belongs into a cell of a list of labels.
    *("a value", "one of {words}"),
    # Sentences of the simulation, whose parts are made one by one.
    *("mean", "longest", "{what} shortens {wait} from {before} to {after} hours."),
    *(
        "{what} shortens {wait} from {before} to {after} hours",
        "{what} lengthens {wait} from {before} to {after} hours",
    ),
    "{what} lengthens {wait} from {before} to {after} hours.",
    "{what} lengthens {wait} from {before} to {after} hours: those that the model misses are read last.",
    "{what} does not measurably change {wait}: {before} and {after} hours.",
    # Fields of a clinic that cannot be simulated.
    *("Opens", "Closes", "Readers", "Days", "Repeats", "Outside share", "Children share", "Warm up days"),
    *("Films per day", "Reading minutes", "Reading spread", "Cap hours"),
)
"""Texts that a page makes of codes."""
LEFT_OUT = {
    "en",
    *(": those that the model misses are read last", "shortens", "lengthens"),
    "{what} {verb} {wait} from {before} to {after} hours",
    *("opens", "closes", "readers", "days", "repeats"),
    *("holdout", "external", "val", "tune", "failed", "an unknown transfer syntax", " and ", "PDF"),
    *(
        "Photometric Interpretation",
        "Red Palette Color Lookup Table Descriptor",
        "{colour} Palette Color Lookup Table Data",
        "DICOMDIR",
        "seed",
        "Modality",
    ),
    "Evidence of {bundle} holds figures of {others}.",
    # Said by the pages part by part, or as another text is.
    "The list",
}
"""Strings found beside the texts that no page shows, or that are the same in each language."""


def sentences() -> Iterator[tuple[str, str]]:
    """Each text, with the file that has it."""
    for file, names in SHOWN.items():
        tree = ast.parse((ROOT / file).read_text())
        found = [(name, node) for name in names for node in _named(tree, name)]
        missing = set(names) - {name for name, _ in found}
        assert not missing, f"{file} has no {', '.join(sorted(missing))}"
        for _, node in found:
            for text in _texts(node):
                if text not in LEFT_OUT:
                    yield text, file
    for text in MADE_OF_CODES:
        yield text, "cxr/ui"


def _named(tree: ast.Module, name: str) -> Iterator[ast.AST]:
    if name == "raise":
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Raise))
        return
    if name == "append":
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".append"):
                yield node
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == name:
            yield node.value
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name:
            yield node
        elif (
            isinstance(node, ast.Assign)
            and name in {ast.unparse(target).strip("()").split(".")[-1] for target in node.targets}
        ) or (isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name and node.value):
            yield node.value


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and _is_text(node.value):
            yield node.value
        return
    if isinstance(node, ast.JoinedStr):
        text, inner = template(node)
        if _is_text(re.sub(r"\{\w+\}", "", text)):
            yield text
        for value in inner:
            yield from _texts(value)
        return
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "counted":
        one, *many = (ast.literal_eval(word) for word in node.args[1:])
        yield from (f"1 {one}", f"{{count}} {many[0] if many else f'{one}s'}")
        return
    if isinstance(node, ast.Subscript):
        yield from _texts(node.value)
        return
    for child in ast.iter_child_nodes(node):
        docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if not docstring and child not in (getattr(node, "returns", None), getattr(node, "args", None)):
            yield from _texts(child)


def template(node: ast.JoinedStr) -> tuple[str, list[ast.AST]]:
    """An f-string with its expressions as named placeholders, and the expressions."""
    names: dict[str, str] = {}
    text, inner = "", []
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.FormattedValue):
            written = ast.unparse(part.value)
            words = re.findall(r"[A-Za-z_]+", re.sub(r"'[^']*'|\".*?\"", "", written))
            name = words[-1].strip("_").lower() if words and not words[-1].isupper() else "value"
            if isinstance(part.value, ast.Call) and ast.unparse(part.value.func).startswith("_"):
                name = ast.unparse(part.value.func).strip("_")
            if len(name) < 2 or name in ("else", "or", "if", "and", "join", "len"):
                name = "value"
            plain, number = name, 2
            while names.get(name, written) != written:
                name, number = f"{plain}_{number}", number + 1
            names[name] = written
            # A format may put a sign of its own behind the number.
            text += "{" + name + "}"
            inner.append(part.value)
    return text, inner


def _is_text(text: str) -> bool:
    if tag_for_keyword(text) and not text.istitle():  # an attribute such as PatientName
        return False
    return bool(re.search(r"[A-Za-z]{2}", text)) and not re.fullmatch(
        r"[a-z0-9]+(_[a-z0-9]+)+|[A-Z]+|%[\w%:. -]+", text
    )
