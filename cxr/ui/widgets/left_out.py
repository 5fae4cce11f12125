"""One line about files that are not films, such as the index and the viewer on a patient's CD."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from cxr.film import FilmError
from cxr.ui.escape import literal
from cxr.ui.words import _, _n, said

NAMED = 3
"""Files that are named one by one; of more, the kinds are counted."""


def show_left_out(left_out: Sequence[tuple[str, FilmError]], alone: bool = False) -> None:
    """Name the files that were left out, or count them by kind; of one that came `alone`, say why."""
    if not left_out:
        return
    if alone and len(left_out) == 1:
        st.warning(said(left_out[0][1].sentence), icon=":material/block:")
        return
    if len(left_out) <= NAMED:
        listed = ", ".join(f"{name}: {said(error.kind)}" for name, error in left_out)
    else:
        kinds = Counter(said(error.kind) for _name, error in left_out)
        listed = ", ".join(f"{count} × {kind}" for kind, count in kinds.most_common())
    files = _n("{count} file that is not a film", "{count} files that are not films", len(left_out))
    st.caption(_(":material/block: Left out: {files} ({listed}).", files=files, listed=literal(listed)))
