"""Words that stand on every page: what the app is for, and what it is not for."""

import streamlit as st

from cxr import RESEARCH_USE
from cxr.ui.service import warm_up

PURPOSE = """
**For** putting waiting frontal chest films in an order, so that those with signs of pneumonia are read first.

**Not for**
- reading a film instead of a person: every film is still read;
- ruling pneumonia out: a routine film can show it;
- other findings: a broken rib or a tumour raises no flag;
- side views, CT slices and anything else that is not a frontal chest film: most of it is refused, and what is
  not gets a score that means nothing;
- infants under one year: they are refused where the header gives the age;
- children over five: the model was trained on adults and on children of one to five years.
"""


def show_notices() -> None:
    """Show the research-use line on the page, and the model with its purpose in the sidebar."""
    st.caption(f":material/science: {RESEARCH_USE}")
    with st.sidebar:
        with st.expander("Purpose and limits", icon=":material/info:"):
            st.markdown(PURPOSE)
        show_model()


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
