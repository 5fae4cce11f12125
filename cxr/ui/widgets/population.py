"""The choice of the age group of uploaded films."""

import streamlit as st

from cxr.film import Population
from cxr.ui.session import session
from cxr.ui.words import N_, _

WORDS = {
    Population.CHILD: N_("Child, 1 to 5 years"),
    Population.ADULT: N_("Adult"),
    Population.UNKNOWN: N_("Not stated"),
}
CHOOSE = N_("Choose the age group to go on.")


def choose_population(key: str) -> Population | None:
    """Ask for the age group, once for all pages of the session; None until the user has chosen."""
    chosen: Population | None = st.segmented_control(
        _("Age group"),
        list(WORDS),
        format_func=lambda group: _(WORDS[group]),
        default=session().stated,
        required=True,
        key=key,
        help=_(
            "If the DICOM header gives the age, it takes precedence. For a child over five choose *Not "
            "stated*: the model was not trained at that age, and the more cautious thresholds are used. "
            "Infants "
            "under 1 year should not be scored."
        ),
    )
    session().stated = chosen
    return chosen
