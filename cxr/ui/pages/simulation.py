"""Page: does it help? Waiting times in a simulated clinic, from top to bottom as on the screen."""

from __future__ import annotations

import streamlit as st

from cxr.evidence.flag_shares import flag_shares
from cxr.evidence.metrics_file import Evidence
from cxr.evidence.predictive import of_a_hundred
from cxr.evidence.stored_simulation import stored_simulation
from cxr.triage.clinic import Clinic, ClinicError
from cxr.triage.queue_simulation import simulate
from cxr.triage.waits import MEASURE_WORDS, ORDER_WORDS, TRUTH_WORDS, Comparison, Measure, Order, Truth
from cxr.ui.look import flag_badges
from cxr.ui.service import bundle_folder, measured_evidence, settings
from cxr.ui.session import session
from cxr.ui.widgets.evidence_words import SHOWS, people
from cxr.ui.widgets.notices import show_head, show_notices
from cxr.ui.widgets.simulation_chart import waiting_chart
from cxr.ui.words import _, number_in, said, written


def ask_for_clinic(shown: Clinic) -> Clinic | None:
    """Show the form filled with a clinic; return the clinic to simulate once the form is submitted.

    The fields take any number: an impossible value is explained, and earlier results are removed.
    """
    with st.form("clinic"):
        left, right = st.columns(2)
        films = left.number_input(_("Films a day"), value=round(shown.films_per_day), step=5)
        outside = right.number_input(
            _("Out of hours, %"),
            value=round(100 * shown.outside_share),
            step=5,
            help=_("Share of films that arrive while nobody reads."),
        )
        hours = st.slider(
            _("Reading hours"), 0, 24, (round(shown.opens), round(shown.closes)), format=_("%d o'clock")
        )
        left, right = st.columns(2)
        readers = left.number_input(_("Readers"), value=shown.readers)
        minutes = right.text_input(
            _("Minutes per film"),
            _decimal(shown.reading_minutes),
            help=_("Mean time from one film to the next, including the reader's other work."),
        )
        left, right = st.columns(2)
        positives = left.text_input(_("Pneumonia, %"), _decimal(100 * shown.prevalence))
        children = right.number_input(_("Children, %"), value=round(100 * shown.children_share), step=5)
        cap = st.text_input(
            _("Cap on the wait, hours"),
            _decimal(shown.cap_hours),
            help=_("A film that has waited longer is read before all others."),
        )
        with st.expander(_("Length of the simulation")):
            days = st.number_input(_("Days counted"), value=shown.days)
            warm_up = st.number_input(_("Days before that, not counted"), value=shown.warm_up_days)
            repeats = st.number_input(_("Repeats"), value=shown.repeats)
        if not st.form_submit_button(_("Simulate"), type="primary", icon=":material/play_arrow:"):
            return None
    session().asked_simulation = True
    try:
        return Clinic(
            films_per_day=films,
            outside_share=outside / 100,
            opens=hours[0],
            closes=hours[1],
            readers=readers,
            reading_minutes=number_in(minutes),
            prevalence=number_in(positives) / 100,
            children_share=children / 100,
            cap_hours=number_in(cap),
            days=days,
            warm_up_days=warm_up,
            repeats=repeats,
        )
    except ValueError as error:
        st.error(said(error), icon=":material/error:")
        session().simulated = None
        return None


def _decimal(value: float) -> str:
    """Write a number for a field of text: one for numbers has the decimal sign of the browser's language."""
    return written(value, len(f"{value:g}".partition(".")[2]))


def run(clinic: Clinic, evidence: Evidence) -> None:
    """Simulate a clinic, and keep the result for the session."""
    bar = st.progress(0.0, _("Simulating"))

    def show(done: int, total: int) -> None:
        bar.progress(done / total, _("Simulated {done} of {total} runs", done=done, total=total))

    session().simulated = None
    try:
        session().simulated = simulate(clinic, flag_shares(evidence.holdout), show)
    except ClinicError as error:
        st.error(said(error), icon=":material/error:")
    bar.empty()


def show_result(found: Comparison) -> None:
    """Show a result in words, as plots, and as a table."""
    st.markdown("\n".join(f"- {said(finding)}" for finding in found.findings()))
    st.caption(
        _(
            "Simulated: {summary}. Hours from arrival to the start of reading; the lines are 95 "
            "% intervals over the repeats.",
            summary=said(found.clinic.summary),
        )
    )
    for column, measure in zip(st.columns(len(Measure), gap="medium"), Measure, strict=True):
        with column:
            title = _("{measure} wait, hours", measure=said(MEASURE_WORDS[measure].lower()))
            st.markdown(f"**{title[:1].upper()}{title[1:]}**")
            st.altair_chart(
                waiting_chart(found, measure),
                alt=_("{measure} wait by order, with and without", measure=said(MEASURE_WORDS[measure])),
            )
    shown = [found.of(order, truth) for truth in Truth for order in Order]
    with st.expander(_("All figures"), icon=":material/table_chart:"):
        st.dataframe(
            {
                _("Order"): [said(ORDER_WORDS[waits.order]) for waits in shown],
                _("Films"): [said(TRUTH_WORDS[waits.truth]) for waits in shown],
            }
            | {f"{said(MEASURE_WORDS[m])}, h": [said(waits.measure(m)) for waits in shown] for m in Measure}
            | {_("Count"): [waits.films for waits in shown]},
            hide_index=True,
        )


def show_assumptions(evidence: Evidence) -> None:
    """List the assumptions of the simulation."""
    flags = [
        _(
            "    - of 100 {people} {shows}: {flags}",
            people=people(group),
            shows=_(shows),
            flags=flag_badges(of_a_hundred(group, label)),
        )
        for group in evidence.holdout.populations
        for label, shows in SHOWS.items()
    ]
    lines = (
        _("This is a calculation from assumptions: nobody has measured it in a clinic.") + "\n",
        _(
            "- Films arrive at random, at one rate during the reading hours and another outside them. "
            "All three "
            "orders get the same films."
        ),
        _(
            "- Outside the reading hours nobody reads, whatever the order: a film that passes the cap at "
            "night "
            "waits until morning."
        ),
        _("- Within a flag the order is random: the model gets no credit for knowing more."),
        _("- In another hospital the flags may be distributed differently: see the page *Evidence*."),
        _("- The model raises each flag as often as it did on films kept out of training:"),
        *flags,
    )
    st.markdown("\n".join(lines))
    st.caption(_("Flags as measured with model {bundle}.", bundle=evidence.bundle))


show_head(_("Does it help?"))
show_notices()
measured = measured_evidence()
st.markdown(
    _(
        "How long films wait when they are read first come first served, when the model ranks them, and "
        "when it "
        "ranks them with a cap on the wait. Calculated for the clinic you describe here."
    )
)
form, result = st.columns([1, 2], gap="large")
with form:
    earlier = session().simulated
    usual = Clinic(prevalence=settings().prevalence, cap_hours=settings().waiting_cap_hours)
    asked = ask_for_clinic(earlier.clinic if earlier else usual)
with result:
    if asked:
        run(asked, measured)
    stored = None if session().asked_simulation else stored_simulation(bundle_folder(), measured.bundle)
    if found := session().simulated or stored:
        show_result(found)
    else:
        st.info(
            _("Describe the clinic and press *Simulate*. It takes a few seconds."), icon=":material/schedule:"
        )
with st.expander(_("Assumptions"), icon=":material/rule:"):
    show_assumptions(measured)
