"""The choice of whom the films show."""

import streamlit as st

from cxr.film import Population

STATED = "stated"
WORDS = {Population.CHILD: "Child", Population.ADULT: "Adult", Population.UNKNOWN: "Not stated"}


def choose_population(key: str) -> Population:
    """Let the user state the population, once for all pages; what a film's own header says goes before it."""
    chosen: Population | None = st.segmented_control(
        "Patient",
        list(WORDS),
        format_func=WORDS.__getitem__,
        default=st.session_state.get(STATED, Population.UNKNOWN),
        required=True,
        key=key,
        help="A film whose header gives the age is read by its header. "
        "Not stated: the film is read by the most cautious operating points that the model knows.",
    )
    st.session_state[STATED] = chosen or Population.UNKNOWN
    return chosen or Population.UNKNOWN
