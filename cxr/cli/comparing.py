"""Compare two bundles on films of this hospital, before one takes the place of the other."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cxr.cli.accepting import FromWorklist, LabelsArgument, listed_films, read_cases
from cxr.cli.loading import fail, load_measured_bundle, open_worklist, require_writable
from cxr.cli.progress import progress_bars
from cxr.cli.site_profiles import ProfileOption, WhichProfile, at_points_that_fit, screener_at

if TYPE_CHECKING:
    from cxr.measure.labels import LabelledFilm
    from cxr.measure.screened import ScreenedFilm
    from cxr.model.bundle import Bundle

REPORT, RESULT = "comparison.md", "comparison.json"
BUNDLE_HELP = "folder, or name of a folder in CXR_MODELS"


def compare(
    before: Annotated[str, typer.Argument(metavar="A", help=f"The bundle in use: its {BUNDLE_HELP}.")],
    after: Annotated[str, typer.Argument(metavar="B", help=f"The other bundle: its {BUNDLE_HELP}.")],
    labels: LabelsArgument = None,
    out: Annotated[Path, typer.Option(help=f"Folder for {REPORT} and {RESULT}.")] = Path("comparison"),
    from_worklist: FromWorklist = False,
    which: ProfileOption = WhichProfile.AUTO,
) -> None:
    """Compare two bundles on labelled films of this hospital.

    Writes whose flag changes and why, and what both are worth. A site profile is used for the bundle that it
    was made for.
    """
    from cxr.site.comparison import compare_bundles
    from cxr.site.comparison_text import as_markdown, summary

    if (labels is not None) == from_worklist:
        raise typer.BadParameter("name either LABELS.csv or --from-worklist.")
    require_writable(out)
    loaded = [load_measured_bundle(named) for named in (before, after)]
    films = _films(labels)
    old, new = at_points_that_fit(loaded, which, from_worklist)
    found = compare_bundles(_screened(old, films), _screened(new, films), (old.version, new.version))
    out.mkdir(parents=True, exist_ok=True)
    (out / RESULT).write_text(found.to_json())
    (out / REPORT).write_text(as_markdown(found))
    print(summary(found))
    print(f"Wrote {out / REPORT} and {out / RESULT}.")


def _films(labels: Path | None) -> "dict[int, LabelledFilm]":
    """Labelled films by their place; exit code 1 if there are none."""
    from cxr.site.labelled import listed_on_worklist

    if labels is None:
        films = listed_on_worklist(read_cases(), open_worklist(existing=True).film_path)
        if not films:
            fail("Nobody has read a case whose film is still stored. Read some, or give LABELS.csv.")
        return films
    return {film.line: film for film in listed_films(labels)}


def _screened(bundle: "Bundle", films: "dict[int, LabelledFilm]") -> "dict[int, ScreenedFilm]":
    from cxr.measure.screened import screen_films

    screener = screener_at(bundle)
    with progress_bars() as show:
        found = screen_films(list(films.values()), screener, partial(show, bundle.version))
        return dict(zip(films, found, strict=True))
