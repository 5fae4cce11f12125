"""Words that stand on every page: what the app is for, and what it is not for."""

import streamlit as st

from cxr import RESEARCH_USE
from cxr.evidence.use import NOT_FOR, PURPOSE
from cxr.ui.service import warm_up


def show_notices() -> None:
    """Show the research-use line on the page, and the model with its purpose in the sidebar."""
    st.caption(f":material/science: {RESEARCH_USE}")
    with st.sidebar:
        with st.expander("Purpose and limits", icon=":material/info:"):
            show_use()
        show_model()


def show_use() -> None:
    """Say what the app is for, and what not."""
    st.markdown(f"{PURPOSE}\n\n**Not for**\n\n" + "\n".join(f"- {line}" for line in NOT_FOR))


@st.fragment(run_every=2)
def _while_warming() -> None:
    if warm_up().done():
        st.rerun()
    st.caption(":material/hourglass_top: The model is warming up.")


def show_model() -> None:
    """Say which model is at work, or that it is warming up."""
    future = warm_up()
    if not future.done():
        _while_warming()
    elif error := future.exception():
        st.error(str(error), icon=":material/error:")
    else:
        ready = future.result()
        trained = " and ".join(sorted(ready.card.populations))
        st.caption(f"Model `{ready.version}`  \nTrained on {trained} films")
