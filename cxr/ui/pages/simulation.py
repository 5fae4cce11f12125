"""Page: does it help? Waiting times in a simulated clinic, from top to bottom what the screen shows."""

from __future__ import annotations

import streamlit as st

from cxr.evidence.flag_shares import flag_shares
from cxr.evidence.label import Label
from cxr.evidence.metrics_file import Evidence
from cxr.evidence.predictive import of_a_hundred
from cxr.settings import Settings
from cxr.triage.clinic import Clinic, ClinicError
from cxr.triage.flag import Flag
from cxr.triage.queue_simulation import simulate
from cxr.triage.waits import MEASURE_WORDS, ORDER_WORDS, TRUTH_WORDS, Comparison, Measure, Order, Truth
from cxr.ui.service import measured_evidence
from cxr.ui.widgets.evidence_sections import badge, people
from cxr.ui.widgets.notices import show_notices
from cxr.ui.widgets.simulation_chart import waiting_chart

FOUND = "simulated"
"""Where the session keeps what was found."""
LABELS = {Label.PNEUMONIA: "with pneumonia", Label.NORMAL: "without"}


def usual_clinic() -> Clinic:
    """Give the clinic of the defaults, with the prevalence and the cap that are set here."""
    settings = Settings()
    return Clinic(prevalence=settings.prevalence, cap_hours=settings.waiting_cap_hours)


def ask_for_clinic(shown: Clinic) -> Clinic | None:
    """Show the form, filled with a clinic; give the clinic that is to be simulated once it is sent.

    The fields take any number: what makes no sense is told in words, and nothing found before stays beside.
    """
    with st.form("clinic"):
        left, right = st.columns(2)
        films = left.number_input("Films a day", value=round(shown.films_per_day), step=5)
        outside = right.number_input(
            "Outside hours, %",
            value=round(100 * shown.outside_share),
            step=5,
            help="Of all films, those that arrive while nobody reads.",
        )
        hours = st.slider(
            "Reading hours", 0, 24, (round(shown.opens), round(shown.closes)), format="%d o'clock"
        )
        left, right = st.columns(2)
        readers = left.number_input("Readers", value=shown.readers)
        minutes = right.number_input(
            "Minutes a film",
            value=float(shown.reading_minutes),
            step=0.5,
            format="%g",
            help="Mean time from one film to the next, the reader's other work included.",
        )
        left, right = st.columns(2)
        positives = left.number_input("Pneumonia, %", value=100 * shown.prevalence, step=1.0, format="%g")
        children = right.number_input("Children, %", value=round(100 * shown.children_share), step=5)
        cap = st.number_input(
            "Cap, hours",
            value=float(shown.cap_hours),
            step=1.0,
            format="%g",
            help="A film that has waited longer is read before all others.",
        )
        with st.expander("Length of the simulation"):
            days = st.number_input("Days that count", value=shown.days)
            warm_up = st.number_input("Days before, that do not", value=shown.warm_up_days)
            repeats = st.number_input("Repeats", value=shown.repeats)
        if not st.form_submit_button("Simulate", type="primary", icon=":material/play_arrow:"):
            return None
    try:
        return Clinic(
            films_per_day=films,
            outside_share=outside / 100,
            opens=hours[0],
            closes=hours[1],
            readers=readers,
            reading_minutes=minutes,
            prevalence=positives / 100,
            children_share=children / 100,
            cap_hours=cap,
            days=days,
            warm_up_days=warm_up,
            repeats=repeats,
        )
    except ClinicError as error:
        st.error(str(error), icon=":material/error:")
        st.session_state.pop(FOUND, None)
        return None


def run(clinic: Clinic, evidence: Evidence) -> None:
    """Simulate a clinic, and keep for the session what is found."""
    bar = st.progress(0.0, "Simulating")

    def show(done: int, total: int) -> None:
        bar.progress(done / total, f"Simulated {done} of {total} runs")

    try:
        st.session_state[FOUND] = simulate(clinic, flag_shares(evidence.holdout), show)
    except ClinicError as error:
        st.session_state.pop(FOUND, None)
        st.error(str(error), icon=":material/error:")
    bar.empty()


def show_found(found: Comparison) -> None:
    """Show what was found: in words, as plots, and as a table."""
    st.markdown("\n".join(f"- {finding}" for finding in found.findings()))
    st.caption(
        f"Simulated: {found.clinic.summary}. Hours from arrival to the beginning of reading; the lines are "
        "95 % intervals over the repeats."
    )
    for measure in Measure:
        st.markdown(f"**{MEASURE_WORDS[measure]} wait, hours**")
        st.altair_chart(
            waiting_chart(found, measure), alt=f"{MEASURE_WORDS[measure]} wait by order and truth"
        )
    shown = [found.of(order, truth) for truth in Truth for order in Order]
    table = {
        "Order": [ORDER_WORDS[waits.order] for waits in shown],
        "Films": [TRUTH_WORDS[waits.truth] for waits in shown],
    }
    hours = {f"{MEASURE_WORDS[m]}, h": [str(waits.measure(m)) for waits in shown] for m in Measure}
    counts = {"Count": [waits.films for waits in shown]}
    st.dataframe(table | hours | counts, hide_index=True)


def show_assumptions(evidence: Evidence) -> None:
    """Say what the simulation takes for granted."""
    flags = [
        f"    - of 100 {people(group)} {shows}: {_badges(of_a_hundred(group, label))}"
        for group in evidence.holdout.populations
        for label, shows in LABELS.items()
    ]
    lines = (
        "A simulation is a calculation from assumptions: nobody has measured this in a clinic.\n",
        "- Films arrive by chance, with one rate in the reading hours and another outside them. All three "
        "orders get the very same films.",
        "- Outside the reading hours nobody reads, whatever the order: a film that passes the cap at night "
        "waits until morning.",
        "- Inside a flag the order is drawn by chance: the network gets no credit for knowing more.",
        "- In another hospital the flags may fall otherwise: see the page *Evidence*.",
        "- The network raises each flag as often as it did on films that were kept out of training:",
        *flags,
    )
    st.markdown("\n".join(lines))
    st.caption(f"Flags as measured on model {evidence.bundle}.")


def _badges(counts: dict[Flag, int]) -> str:
    return " ".join(badge(flag, str(count)) for flag, count in counts.items() if count)


st.title("Does it help?", anchor=False)
show_notices()
measured = measured_evidence()
st.markdown(
    "How long films wait when they are read first come first served, ranked by the network, and ranked with "
    "the cap: a film that has waited longer goes first. Calculated for a clinic like the one described here."
)
form, result = st.columns([1, 2], gap="large")
with form:
    earlier: Comparison | None = st.session_state.get(FOUND)
    asked = ask_for_clinic(earlier.clinic if earlier else usual_clinic())
with result:
    if asked:
        run(asked, measured)
    if FOUND in st.session_state:
        show_found(st.session_state[FOUND])
    else:
        st.info(
            "Describe the clinic and press *Simulate*: it takes some seconds.", icon=":material/schedule:"
        )
st.header("What is assumed", anchor=False)
show_assumptions(measured)
