"""One line about files that are not films, such as the index and the viewer on a patient's CD."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from cxr.film import FilmError
from cxr.ui.escape import literal
from cxr.ui.words import _, _n, said


def show_left_out(errors: Sequence[FilmError], alone: bool = False) -> None:
    """Count the files that were left out, by kind; of one that came `alone`, say why."""
    if not errors:
        return
    if alone and len(errors) == 1:
        st.warning(said(errors[0].sentence), icon=":material/block:")
        return
    kinds = Counter(error.kind for error in errors)
    listed = ", ".join(
        f"{count} {said(kind)}" if count > 1 else said(kind) for kind, count in kinds.most_common()
    )
    files = _n("{count} file that is not a film", "{count} files that are not films", len(errors))
    st.caption(_(":material/block: Left out: {files} ({listed}).", files=files, listed=literal(listed)))
