"""Notices on every page: what the app is for, what it is not for, and which model is in use."""

import streamlit as st

from cxr import RESEARCH_USE
from cxr.evidence.use import NOT_FOR, PURPOSE
from cxr.model.released import unreleased_digest
from cxr.ui.service import bundle_folder, settings, warm_up
from cxr.ui.words import _, said


def show_head(title: str) -> None:
    """Show a page's title with the research notice beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(title, anchor=False, width="content")
        st.caption(f":material/science: {said(RESEARCH_USE)}", width="content")


def show_notices() -> None:
    """Show the purpose and the model in the sidebar."""
    with st.sidebar:
        with st.expander(_("Purpose and limits"), icon=":material/info:"):
            show_use()
        show_model()


def show_unreleased_bundle() -> None:
    """Warn on top of a page where the bundle in use was not released."""
    if (digest := unreleased_digest(bundle_folder())) and digest == settings().bundle_digest:
        st.warning(
            _(
                "**This model was not released with the program.** It is in use because "
                "CXR_BUNDLE_DIGEST names its digest, `{digest}`.",
                digest=digest,
            ),
            icon=":material/warning:",
        )


def show_use() -> None:
    """List what the app is for and what it is not for."""
    st.markdown(
        f"{said(PURPOSE)}\n\n**{_('Not for')}**\n\n" + "\n".join(f"- {said(line)}" for line in NOT_FOR)
    )


def show_model() -> None:
    """Show which model is in use, or that it is warming up."""
    future = warm_up()
    if not future.done():
        _show_warming_up()
    elif error := future.exception():
        st.error(said(error), icon=":material/error:")
    else:
        screener = future.result()
        trained = said(" and ".join(sorted(screener.card.populations)))
        st.caption(
            _("Model {version}  \nTrained on {trained} films", version=screener.version, trained=trained)
        )


@st.fragment(run_every=2)
def _show_warming_up() -> None:
    if warm_up().done():
        st.rerun()
    st.caption(_(":material/hourglass_top: The model is warming up."))
