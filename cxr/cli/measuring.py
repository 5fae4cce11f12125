"""Measure the model and record the findings."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxr.cli.loading import (
    LabelsOption,
    fail,
    fails_on,
    labels_file,
    load_measured_bundle,
    load_settings,
    require_writable,
)
from cxr.cli.progress import progress_bars
from cxr.film.counted import counted

if TYPE_CHECKING:
    from cxr.measure.labels import LabelledFilm


SourceOption = Annotated[str, typer.Option(help="Source of films in the labels: one hospital.")]
SplitOption = Annotated[str | None, typer.Option(help="Use only films of this split.")]


def of_hospital(films: "list[LabelledFilm]", source: str, split: str | None) -> "list[LabelledFilm]":
    """Take the films of one source, and of one split if it is named."""
    from cxr.measure.labels import keep

    return keep(films, sources=[source], splits=[split] if split else ())


def evaluate(
    labels: Annotated[Path, typer.Argument(metavar="LABELS.csv", help="Labelled films.")],
    out: Annotated[Path, typer.Option(help="Folder for metrics.json and the figures.")],
    sources: Annotated[
        list[str] | None, typer.Option("--source", help="Use only films of this source; repeatable.")
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="Use only this split; 'holdout' is the part of 'train' that training held out."),
    ] = None,
    with_stress: Annotated[
        bool,
        typer.Option("--stress", help="Also measure under simulated shifts between hospitals (stress.json)."),
    ] = False,
    stress_films: Annotated[
        int, typer.Option(min=1, help="Films to shift, balanced by population and label.")
    ] = 600,
    with_audit: Annotated[
        bool, typer.Option("--audit", help="Also look for shortcuts (audit.json).")
    ] = False,
) -> None:
    """Measure the model on labelled films and draw figures.

    Every figure has a 95 % interval over patients.
    """
    from cxr.evidence.metrics_file import METRICS
    from cxr.lab.evaluate.evaluation_run import evaluate as measure
    from cxr.lab.evaluate.shortcut_audit import AUDIT, audit
    from cxr.lab.evaluate.stress_test import STRESS, stress
    from cxr.lab.train.evidence_films import select_films
    from cxr.measure.labels import LabelsError, read_labels, require_files
    from cxr.screening import Screener

    require_writable(out)
    bundle = load_measured_bundle()
    screener = Screener(bundle, load_settings().batch_size)
    with fails_on(LabelsError):
        films = select_films(read_labels(labels), bundle.card.preprocessing.size, sources or (), split)
        require_files(labels, films)
        with progress_bars() as show:
            summaries = {METRICS: measure(films, screener, out, partial(show, "films")).summary()}
            if with_stress:
                stressed = stress(films, screener, at_most=stress_films, progress=partial(show, "stress"))
                (out / STRESS).write_text(stressed.to_json())
                summaries[STRESS] = stressed.summary()
            if with_audit:
                audited = audit(films, bundle, partial(show, "audit"))
                (out / AUDIT).write_text(audited.to_json())
                summaries[AUDIT] = audited.summary()
    print("\n\n".join(summaries.values()))
    print(f"Wrote {', '.join(summaries)} and figures to {out}.")


def evidence(
    labels: LabelsOption = None,
    stress_films: Annotated[int, typer.Option(min=1, help="Held-out films to shift.")] = 600,
    audited_films: Annotated[int, typer.Option(min=1, help="Held-out films to audit for shortcuts.")] = 600,
) -> None:
    """Measure the model on every set of films.

    Writes metrics.json beside the model, for 'card' and 'results'.
    """
    from cxr.evidence.metrics_file import METRICS, EvidenceError
    from cxr.lab.evaluate.measurement import gather_evidence
    from cxr.lab.train.evidence_films import evidence_films
    from cxr.measure.labels import LabelsError, read_labels

    settings, bundle = load_settings(), load_measured_bundle()
    folder = settings.models / settings.bundle
    with fails_on(LabelsError, EvidenceError), progress_bars() as show:
        films = evidence_films(read_labels(labels_file(labels)), bundle.card)
        found = gather_evidence(films, bundle, folder, stress_films, audited_films, show)
    (folder / METRICS).write_text(found.to_json(indent=1))
    print(f"Wrote {folder / METRICS}. Write the model card with 'cxr card'.")


def site_gain(
    labels: Annotated[
        Path, typer.Argument(metavar="LABELS.csv", help="Labelled films that were not trained on.")
    ],
    source: SourceOption,
    split: SplitOption = None,
) -> None:
    """Measure what a site profile of a few films gains.

    50, 100 and 200 local films are drawn 200 times, half of them with pneumonia; the profile is measured on
    the others.
    """
    from cxr.lab.evaluate.site_gain import site_gain as measure
    from cxr.lab.evaluate.tables import table
    from cxr.lab.train.evidence_films import TRAINING_SPLIT
    from cxr.measure.labels import LabelsError, read_labels
    from cxr.measure.screened import screen_films
    from cxr.screening import Screener

    bundle = load_measured_bundle()
    if source in bundle.card.training.trained_on and split in (None, TRAINING_SPLIT):
        fail(
            f"{bundle.version} was trained on {source}: choose a source that it does not know, or a split "
            "other than 'train' with --split."
        )
    with fails_on(LabelsError):
        films = of_hospital(read_labels(labels), source, split)
    with progress_bars() as show:
        screener = Screener(bundle, load_settings().batch_size)
        screened = list(screen_films(films, screener, partial(show, "films")))
    print(table(("local films", "sensitivity", "specificity"), (gain.row for gain in measure(screened))))


def notice_drift(
    labels: Annotated[Path, typer.Argument(metavar="LABELS.csv", help="Labelled films.")],
    source: SourceOption,
    films: Annotated[int, typer.Option(min=20, help="Films to score, half of them with pneumonia.")] = 200,
    split: SplitOption = None,
) -> None:
    """Measure within how many films each kind of drift is noticed.

    The films are scored as they are and with changed pixels; references of 500 films and later films are
    drawn from them 200 times. Prints the share of draws noticed, and of those that count as drifted.
    """
    from cxr.evidence.stress import ShiftName
    from cxr.lab.evaluate.notice_drift import COUNTS, notice_drift, score_pool
    from cxr.lab.evaluate.sample import balanced_sample
    from cxr.lab.evaluate.shifts import Shift
    from cxr.lab.evaluate.tables import table
    from cxr.measure.labels import LabelsError, read_labels
    from cxr.screening import Screener

    bundle = load_measured_bundle()
    with fails_on(LabelsError):
        chosen = balanced_sample(of_hospital(read_labels(labels), source, split), films)
    kinds = (ShiftName.CONTRAST_DOWN, ShiftName.CONTRAST_UP, ShiftName.GAMMA_DARK, ShiftName.NOISE)
    shifts = [Shift(name, 3) for name in kinds]
    with progress_bars() as show:
        screener = Screener(bundle, load_settings().batch_size)
        pool = score_pool(chosen, screener, shifts, partial(show, "films"))
    if not pool.positive.any() or pool.positive.all():
        fail(f"{source} has no scored films of one label. Choose a source with both.")
    print(
        f"{counted(len(pool.logits), 'film')} of {source} scored, {int(pool.positive.sum())} with pneumonia."
    )
    print(f"Refused: {', '.join(f'{name} {count}' for name, count in pool.refused.items())}.\n")
    head = ("drift", *(f"{count} films" for count in COUNTS), "noticed within")
    print(table(head, (found.row for found in notice_drift(pool))))


def point_rules(
    labels: LabelsOption = None,
) -> None:
    """Compare rules for calibration and operating points.

    The program's rule, conformal risk control, and the rule without the hospital that is measured; Platt's
    calibration and Venn-Abers predictors. Fitted on the bundle's tuning patients, measured on its holdout.
    """
    from cxr.lab.evaluate.logits import Logits
    from cxr.lab.evaluate.point_rules import (
        CALIBRATION_MEASURES,
        MEASURES,
        compare_calibration,
        compare_points,
    )
    from cxr.lab.evaluate.tables import table
    from cxr.lab.train.evidence_films import training_parts
    from cxr.lab.train.split import Part
    from cxr.lab.train.tuning import fast_engine, predict
    from cxr.measure.labels import LabelsError, read_labels

    bundle = load_measured_bundle()
    network, preprocessing = bundle.network, bundle.card.preprocessing
    with fails_on(LabelsError):
        parts = training_parts(read_labels(labels_file(labels)), bundle.card)
    engine = fast_engine(network, preprocessing)
    tune, holdout = (
        Logits(parts[part].films, predict(network, parts[part], preprocessing, engine=engine)[0])
        for part in (Part.TUNE, Part.HOLDOUT)
    )
    for names, found in (
        (MEASURES, compare_points(tune, holdout)),
        (CALIBRATION_MEASURES, compare_calibration(tune, holdout)),
    ):
        head = ("holdout", "rule", *(name.replace("_", " ") for name in names))
        print(table(head, (one.row for one in found)), end="\n\n")


def compare_heat(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a training run with --focus 0.")],
    labels: LabelsOption = None,
) -> None:
    """Compare heat maps with and without the loss on them.

    Measures the model's heat maps, and those of a network trained with --focus 0, against the
    radiologists' boxes.
    """
    from cxr.evidence.heat_comparison import HEAT_COMPARISON
    from cxr.lab.train.compare_heat import compare_heat as compare
    from cxr.lab.train.evidence_films import training_parts
    from cxr.lab.train.split import Part
    from cxr.measure.labels import LabelsError, read_labels

    settings, bundle = load_settings(), load_measured_bundle()
    with fails_on(LabelsError, ValueError, FileNotFoundError):
        parts = training_parts(read_labels(labels_file(labels)), bundle.card)
        found = compare(bundle, run, parts[Part.HOLDOUT])
    path = settings.models / settings.bundle / HEAT_COMPARISON
    path.write_text(found.to_json())
    print(f"{found.summary()}\nWrote {path}.")


def card(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if the card differs.")
    ] = False,
) -> None:
    """Write the model card and its figures.

    They are made from bundle.json and metrics.json.
    """
    from cxr.evidence.metrics_file import EvidenceError, read_evidence
    from cxr.lab.evaluate.model_card import differing, write_model_card

    settings, bundle = load_settings(), load_measured_bundle()
    folder = settings.models / settings.bundle
    with fails_on(EvidenceError):
        found = read_evidence(folder)
        names = differing(folder, bundle.card, bundle.version, found)
        written = [] if check else write_model_card(folder, bundle.card, bundle.version, found)
    if check and names:
        fail(f"These differ from metrics.json: {', '.join(names)}. Write them again with 'cxr card'.")
    for path in written:
        print(f"Wrote {path}.")


def results() -> None:
    """Print the model's main figures, as the README shows them."""
    from cxr.evidence.metrics_file import EvidenceError, read_evidence
    from cxr.lab.evaluate.readme_results import results_table

    settings = load_settings()
    with fails_on(EvidenceError):
        print(results_table(read_evidence(settings.models / settings.bundle)))
