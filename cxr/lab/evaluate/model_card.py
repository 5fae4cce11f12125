"""The model card, `MODEL_CARD.md`: generated from card and evidence alone, with no figure typed by hand."""

from pathlib import Path

from cxr import RESEARCH_USE
from cxr.evidence.metrics_file import MEASURE_IT, MODEL_CARD, Evidence, EvidenceError
from cxr.evidence.sources import SOURCES
from cxr.evidence.use import LIMITS, NOT_FOR, PURPOSE
from cxr.lab.evaluate import card_sections
from cxr.lab.evaluate.card_figures import card_figures
from cxr.lab.evaluate.tables import table
from cxr.model.card import Card

FIGURES = "figures"
NOT_MEASURED = "Not measured."


def write_model_card(folder: Path, card: Card, version: str, evidence: Evidence) -> list[Path]:
    """Write the model card and its figures into a bundle's folder; return what was written."""
    files = _files(card, version, evidence)
    (folder / FIGURES).mkdir(exist_ok=True)
    for old in (folder / FIGURES).glob("*.svg"):
        old.unlink()
    for name, text in files.items():
        (folder / name).write_text(text)
    return [folder / name for name in files]


def differing(folder: Path, card: Card, version: str, evidence: Evidence) -> list[str]:
    """Name the files of a model card that do not match the card and the evidence."""
    files = _files(card, version, evidence)
    written = {path.relative_to(folder).as_posix() for path in (folder / FIGURES).glob("*.svg")}
    stale = {
        name
        for name, text in files.items()
        if not (folder / name).is_file() or (folder / name).read_text() != text
    }
    return sorted(stale | (written - files.keys()))


def _files(card: Card, version: str, evidence: Evidence) -> dict[str, str]:
    """Text by path within the bundle's folder."""
    if evidence.bundle != version:
        raise EvidenceError(f"The figures are of {evidence.bundle}, and this is {version}. {MEASURE_IT}")
    figures = {f"{FIGURES}/{name}": svg for name, svg in card_figures(evidence).items()}
    return {MODEL_CARD: model_card(card, evidence, list(figures)), **figures}


def model_card(card: Card, evidence: Evidence, figures: list[str]) -> str:
    """Write the card's text, with the figures, by path, where they belong."""

    def shown(start: str) -> str:
        return "\n".join(
            f"![{Path(path).stem.replace('_', ' ').capitalize()}]({path})"
            for path in figures
            if Path(path).name.startswith(start)
        )

    holdout = "On holdout films; see the figures for their 95 % intervals."
    sections = (
        ("What it is", _what(card)),
        ("What it is for", PURPOSE),
        ("What it must not be used for", _bullets(NOT_FOR)),
        ("Data and licences", _data(card, evidence)),
        ("Training", _training(card)),
        ("Goals and what was reached", card_sections.goals(evidence)),
        ("Results", card_sections.results(evidence)),
        ("Flags", f"{shown('flags')}\n\n{card_sections.flags(evidence)}"),
        ("Does the probability mean what it says", f"{holdout}\n\n{shown('reliability')}"),
        ("What a flag is worth", card_sections.predictive(evidence)),
        ("Shifts between hospitals", _shown(card_sections.stress(evidence), shown("stress"))),
        ("Shortcuts", _shown(card_sections.audit(evidence))),
        ("Heat map and the boxes of radiologists", _shown(card_sections.heat(evidence))),
        ("What is refused", _shown(card_sections.gate(evidence))),
        ("What is not known", _bullets(LIMITS)),
    )
    body = "\n\n".join(f"## {title}\n\n{text}" for title, text in sections)
    return f"# {evidence.bundle}\n\n{RESEARCH_USE} {_intervals(evidence)}\n\n{body}\n"


def _shown(text: str | None, figures: str = "") -> str:
    return "\n\n".join(part for part in (figures, text) if part) if text else NOT_MEASURED


def _bullets(lines: tuple[str, ...]) -> str:
    return "\n".join(f"* {line}" for line in lines)


def _intervals(evidence: Evidence) -> str:
    return (
        "This page is written by `python -m cxr card` from `bundle.json` and `metrics.json`. Behind each "
        f"value its 95 % interval, by bootstrap over patients, {evidence.holdout.bootstrap_repeats} draws. "
        "An interval without width, where all films or none are found, says nothing."
    )


def _what(card: Card) -> str:
    net, film = card.architecture, card.preprocessing
    levels = (
        f"are equalised with slopes of at most {film.slope_limit:g}"
        if film.grey_levels == "equalised"
        else "are clipped at the 1st and 99th percentile and given mean 0 and deviation 1"
    )
    lungs = ", and a layer that predicts the lungs" if net.lungs else ""
    rows = []
    for population, fitted in sorted(card.populations.items()):
        points, prevalence = fitted.operating_points, fitted.calibration.fitted_prevalence
        rows.append((population, points.low, points.high, prevalence))
    points_table = table(("population", "low point", "high point", "share of pneumonia"), rows)
    return f"""A convolutional network ({net.trunk}, output stride {net.output_stride}), global average
pooling and a fully connected head of {net.hidden} hidden units{lungs}. A film is resized to {film.size} by
{film.size} pixels, and its grey levels {levels}. The
logit is calibrated for each population; the heat map is its Grad-CAM, on one scale for all films. Made on
{card.created}.

A film is `review` from the low operating point and `urgent` from the high one. Both are probabilities at the
share of pneumonia on which they were fitted:

{points_table}"""


def _data(card: Card, evidence: Evidence) -> str:
    counts = {
        name: {group.source: group.films for group in evaluation.sources}
        for name, evaluation in evidence.sets.items()
    }
    trained = {group.source for group in evidence.tune.sources}
    names = sorted({source for of_set in counts.values() for source in of_set if source})
    rows = []
    for name in names:
        known = SOURCES.get(name)
        rows.append(
            (
                name,
                known and f"{known.name}: {known.films}, {known.place}",
                known and known.licence,
                "yes" if name in trained else "no",
                *(of_set.get(name) for of_set in counts.values()),
            )
        )
    forbidding = sorted(n for n in trained if n and not (n in SOURCES and SOURCES[n].commercial))
    commercial = (
        f"The weights are for non-commercial use only, because of the films of {', '.join(forbidding)}."
        if forbidding
        else "The sources of the training films allow commercial use of the weights, with attribution."
    )
    head = ("source", "films", "licence", "trained on", *counts)
    return f"{table(head, rows)}\n\nOf the training split {_parts(card)}. {commercial}"


def _parts(card: Card) -> str:
    return ", ".join(f"{count} films are of the part *{part}*" for part, count in card.training.films.items())


def _training(card: Card) -> str:
    training = card.training
    rows = [
        ("command", f"`{training.command}`"),
        ("seed", training.seed),
        ("epochs", f"{training.epochs}, of which number {training.best_epoch} is shipped"),
        ("SHA-256 of films and labels", f"`{training.data_sha256}`"),
        ("versions", ", ".join(f"{name} {number}" for name, number in training.versions.items())),
        ("licences", training.licence),
    ]
    if before := training.started_from:
        earlier = before.training
        trained = f"`{before.version}`, trained by `{earlier.command}`, seed {earlier.seed}"
        rows.append(("started from", f"{trained}, {earlier.epochs} epochs"))
    return table(("", ""), rows)
