"""Page: read a film, from top to bottom as on the screen."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cxr.film import MAX_FILE_MB, FilmError, Population
from cxr.samples import sample_paths
from cxr.ui.escape import literal
from cxr.ui.held_uploads import let_go
from cxr.ui.session import session
from cxr.ui.styles import show_refused_files
from cxr.ui.widgets.film_panel import show_film
from cxr.ui.widgets.left_out import show_left_out
from cxr.ui.widgets.notices import show_head, show_notices
from cxr.ui.widgets.population import CHOOSE, choose_population
from cxr.ui.widgets.result_panel import Answers
from cxr.ui.widgets.site_notice import ON_UPLOADS, results_are_withheld
from cxr.ui.widgets.uploaded_film import Shown, UploadedFilm, offer_worklist, screen
from cxr.ui.words import _, said

MOST_FILMS = 60
"""Films shown at once: their pictures stay in memory as long as the page is open."""
ATTRIBUTION = _(
    "Composites, not patients: each blends at least eight training films of one class, aligned and "
    "sharpened, so that no one's film can be recognised. Films: Kermany, Zhang, Goldbaum, "
    "*Labeled Optical Coherence Tomography and Chest X-Ray Images*, Mendeley Data, CC BY 4.0."
)


def show(results: Sequence[tuple[UploadedFilm, Shown]]) -> None:
    """List the files that could not be read, then show every film in the order given, duplicates once."""
    errors = [(file, shown) for file, shown in results if isinstance(shown, FilmError)]
    show_left_out([(file.name, error) for file, error in errors if error.left_out], alone=len(results) == 1)
    for file, error in errors:
        if not error.left_out:
            st.error(
                _(
                    "**{name}** could not be read. {sentence}",
                    name=literal(file.name),
                    sentence=said(error.sentence),
                ),
                icon=":material/broken_image:",
            )
    seen: set[str] = set()
    for file, shown in results:
        if isinstance(shown, FilmError):
            continue
        if shown.key in seen:
            st.info(
                _("**{name}** is a duplicate of a film above.", name=literal(file.name)),
                icon=":material/content_copy:",
            )
        else:
            seen.add(shown.key)
            show_film(shown, Answers(file.invert, file.orient, file.overrule))


def samples() -> list[UploadedFilm]:
    """Load the sample films, all of children, those with pneumonia first."""
    return [
        UploadedFilm.of(said(path.stem.replace("-", " ").capitalize()), path.read_bytes(), Population.CHILD)
        for path in sorted(sample_paths(), key=lambda path: "pneumonia" not in path.stem)
    ]


show_head(_("Read a film"))
show_notices()
if results_are_withheld():
    st.markdown(ON_UPLOADS)
    st.stop()
stated = choose_population("read-population")
uploads = st.file_uploader(
    _(
        "Frontal chest films of up to {megabytes} MB each: DICOM, PNG, JPEG, TIFF, BMP or WebP",
        megabytes=MAX_FILE_MB,
    ),
    accept_multiple_files=True,
    key=f"read-upload-{session().read_uploader}",
)
show_refused_files()
with_samples = st.toggle(
    _("Try sample films"), help=_("Six composites, for a first look without films of your own.")
)
files: list[UploadedFilm] = []
if uploads and stated is None:
    st.warning(_(CHOOSE), icon=":material/arrow_upward:")
elif uploads:
    # The session keeps the films while the reader looks at another page; an uploader does not.
    session().kept += [(upload.name, upload.getvalue()) for upload in uploads]
    session().read_uploader += 1
    let_go(uploads)
    st.rerun()
if stated:
    files += [UploadedFilm.of(name, content, stated) for name, content in session().kept]
if with_samples:
    st.caption(ATTRIBUTION)
    files += samples()
if len(files) > MOST_FILMS:
    st.warning(
        _(
            "Only the first {most} of {count} films are shown. Add larger batches to the *Worklist*.",
            most=MOST_FILMS,
            count=len(files),
        ),
        icon=":material/format_list_numbered:",
    )
if session().kept and stated:
    offer_worklist(files[: len(session().kept)])
if files:
    show(screen(files[:MOST_FILMS]))
elif not uploads:
    st.info(
        _(
            "Upload one or more films above, or switch on *Try sample films*. To rank a whole batch, "
            "open the "
            "*Worklist* in the sidebar."
        ),
        icon=":material/arrow_upward:",
    )
