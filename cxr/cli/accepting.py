"""Test the model on films of this hospital, and fit operating points on them."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxr.cli.loading import (
    fail,
    fails_on,
    load_bundle_or_fail,
    load_settings,
    open_worklist,
    require_writable,
)
from cxr.cli.progress import progress_bars
from cxr.cli.site_profiles import ProfileOption, WhichProfile, at_chosen_points, screener_at
from cxr.film.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cxr.measure.labels import LabelledFilm
    from cxr.measure.screened import ScreenedFilm
    from cxr.model.bundle import Bundle
    from cxr.worklist.case import Case

LabelsArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="[LABELS.csv]",
        help="Labelled films of this hospital: columns file and label (pneumonia, normal, other); population "
        "and patient_id where known.",
    ),
]
FromWorklist = Annotated[
    bool, typer.Option("--from-worklist", help="Use the cases that readers have read on the worklist.")
]
REPORT, RESULT = "acceptance.pdf", "acceptance.json"


def acceptance(
    labels: LabelsArgument = None,
    out: Annotated[Path, typer.Option(help=f"Folder for {REPORT} and {RESULT}.")] = Path("acceptance"),
    from_worklist: FromWorklist = False,
    films_a_day: Annotated[float, typer.Option(min=0.1, help="Films received per day.")] = 50,
    sensitivity: Annotated[
        float, typer.Option(min=0.01, max=0.99, help="Least share of pneumonia that is not routine.")
    ] = 0.90,
    specificity: Annotated[
        float, typer.Option(min=0.01, max=0.99, help="Least share of healthy films that are routine.")
    ] = 0.60,
    urgent_specificity: Annotated[
        float, typer.Option(min=0.01, max=0.99, help="Least share of healthy films that are not urgent.")
    ] = 0.93,
    refused: Annotated[
        float, typer.Option(min=0.001, max=0.99, help="Largest share of films that are not scored.")
    ] = 0.05,
    width: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=0.9,
            help="Only print how many patients of each label give intervals of this width, and stop.",
        ),
    ] = None,
    which: ProfileOption = WhichProfile.AUTO,
) -> None:
    """Test the model on labelled films of this hospital.

    Writes a report to sign. Exit code 1 if a limit is not met.
    """
    from cxr.site.limits import Limits, patients_needed

    limits = Limits(
        sensitivity=sensitivity,
        specificity=specificity,
        urgent_specificity=urgent_specificity,
        refused=refused,
    )
    if width is not None:
        with fails_on(ValueError):
            ill, healthy = (patients_needed(share, width) for share in (sensitivity, specificity))
        print(
            f"For 95 % intervals at most {width:g} wide: {counted(ill, 'patient')} with pneumonia "
            f"(sensitivity about {sensitivity:g}) and {healthy} without "
            f"(specificity about {specificity:g}), per population."
        )
        return
    from cxr.report.acceptance_pdf import acceptance_pdf
    from cxr.report.acceptance_words import summary
    from cxr.site.acceptance import accept

    require_writable(out)
    films, bundle = _films(labels, from_worklist, which)
    found = accept(films, bundle.version, limits, load_settings().prevalence, films_a_day)
    out.mkdir(parents=True, exist_ok=True)
    (out / RESULT).write_text(found.to_json())
    (out / REPORT).write_bytes(acceptance_pdf(found))
    print(summary(found))
    print(f"Wrote {out / REPORT} and {out / RESULT}.")
    if not found.accepted:
        raise typer.Exit(1)


def profile(
    to: Annotated[Path, typer.Argument(metavar="PROFILE.json", help="File to write.")],
    labels: LabelsArgument = None,
    made_by: Annotated[str, typer.Option(help="Who answers for the profile.")] = "",
    from_worklist: FromWorklist = False,
    which: ProfileOption = WhichProfile.AUTO,
) -> None:
    """Fit calibration and operating points on labelled films of this hospital.

    To use the profile, name its file in CXR_SITE_PROFILE; to
    go back, remove that setting.
    """
    from cxr.model.site_profile import ProfileError
    from cxr.site.fit_profile import fit_profile
    from cxr.site.local_profile import changes

    if not made_by.strip():
        raise typer.BadParameter("name the person who answers for the profile: --made-by NAME.")
    if to.exists():
        fail(f"{to} exists already. Name another file, so that the earlier profile is kept.")
    require_writable(to.parent)
    films, bundle = _films(labels, from_worklist, which)
    with fails_on(ProfileError):
        fitted = fit_profile(list(films.values()), bundle, made_by.strip())
    changed = changes(films.values(), fitted)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(fitted.model_dump_json(indent=2) + "\n")
    for population, points in fitted.populations.items():
        low, high = points.fitted.operating_points.low, points.fitted.operating_points.high
        print(
            f"{population}: {counted(points.patients_with_pneumonia, 'patient')} with pneumonia, "
            f"{points.patients_without} without. Low point {low:.3f}, high point {high:.3f}. "
            "On the films that it was fitted on:"
        )
        for one in changed:
            if one.population is population:
                print(f"  {one.measure}: before {one.before or '–'}, with it {one.after or '–'}")
    for population in sorted(set(bundle.card.populations) - set(fitted.populations)):
        print(f"{population}: too few films, the model's own points stay.")
    print(f"Wrote {to}. Set CXR_SITE_PROFILE={to.absolute()} to use it, and test it on later films.")


def read_cases() -> "Iterator[Case]":
    """Yield the cases that readers have read, the latest first."""
    from cxr.worklist.reading.filters import Filter, ListView

    ranked = open_worklist(existing=True).ranked
    return (row.case for row in ranked.every(Filter(ListView.READ), results=True))


def listed_films(labels: Path) -> "list[LabelledFilm]":
    """Read LABELS.csv; exit code 1 if it cannot be read, or lists no film, one twice, or a missing one."""
    from cxr.measure.labels import LabelsError, read_labels, require_different_films, require_files

    with fails_on(LabelsError):
        listed = read_labels(labels)
        require_files(labels, listed)
    if not listed:
        fail(f"{labels} lists no film. Add a line for each film.")
    try:
        require_different_films(listed)
    except (LabelsError, OSError) as error:
        fail(f"{labels}: {error.strerror if isinstance(error, OSError) else error}")
    return listed


def _films(
    labels: Path | None, from_worklist: bool, which: WhichProfile
) -> "tuple[dict[int, ScreenedFilm], Bundle]":
    """Films by their place, and what scored them; exit code 1 if there are none."""
    from cxr.site import labelled

    if (labels is not None) == from_worklist:
        raise typer.BadParameter("name either LABELS.csv or --from-worklist.")
    # A list with a fault is refused before the model is loaded.
    listed = listed_films(labels) if labels else []
    bundle = at_chosen_points(load_bundle_or_fail(), which, from_worklist)
    if labels is None:
        read = list(read_cases())
        films = labelled.from_worklist(read, bundle.version, bundle.card)
        if not films:
            others = ", ".join(sorted({case.bundle_version for case in read if case.bundle_version}))
            scored = f" Those that were read were scored by {others}." if others else ""
            fail(
                f"Nobody has read a case that {bundle.version} scored.{scored} Read some that it scores, "
                "give LABELS.csv, or choose other operating points with --profile."
            )
        return films, bundle
    with progress_bars() as show:
        return labelled.from_labels(listed, screener_at(bundle), partial(show, "films")), bundle
