"""The choice of whom the films show."""

import streamlit as st

from cxr.film import Population

STATED = "stated"
WORDS = {
    Population.CHILD: "Child of 1 to 5",
    Population.ADULT: "Adult",
    Population.UNKNOWN: "Other or not known",
}


def choose_population(key: str) -> Population:
    """Let the user state the population, once for all pages; what a film's own header says goes before it."""
    chosen: Population | None = st.segmented_control(
        "Patient",
        list(WORDS),
        format_func=WORDS.__getitem__,
        default=st.session_state.get(STATED, Population.UNKNOWN),
        required=True,
        key=key,
        help="A film whose header gives the age is read by its header, whatever is chosen here. "
        "*Other or not known* is for a child over five too: none was in training, and the more cautious of "
        "the operating points for children and for adults counts. Do not score infants under 1 year.",
    )
    st.session_state[STATED] = chosen or Population.UNKNOWN
    return chosen or Population.UNKNOWN
