"""The acceptance test on a page: how many films, from which labels, and what came out."""

from __future__ import annotations

import datetime
from functools import partial

import streamlit as st

from cxr.access.rights import Right
from cxr.evidence.evaluation import Group
from cxr.evidence.label import Label
from cxr.film import MAX_FILE_MB, Population
from cxr.model.estimate import Estimate
from cxr.report.acceptance_words import NO_AGE_GROUP, day_words, error_words
from cxr.site.acceptance import Acceptance
from cxr.site.agreement import agreement_by_population
from cxr.site.limits import Limits, auroc_of, patients_needed, shares_of
from cxr.site.uploaded_labels import is_list
from cxr.triage.words import POPULATION_WORDS
from cxr.ui.acceptance_test import FAILED, AcceptanceTest, Asked, from_findings, from_list
from cxr.ui.escape import literal
from cxr.ui.rights import require, user
from cxr.ui.service import acceptance_tests, screener, settings, worklist
from cxr.ui.session import session
from cxr.ui.widgets.attempt import attempt
from cxr.ui.widgets.counted import scored
from cxr.ui.widgets.reader import UNNAMED, recorded_name
from cxr.ui.widgets.share_choice import choose_share
from cxr.ui.words import N_, _, language, said, written
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry

EVER = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
FINDINGS, LIST = N_("Findings on the worklist"), N_("A list of labels")
REFRESH_SECONDS = 1
LIMITS = {
    "sensitivity": N_("Sensitivity, at least"),
    "specificity": N_("Specificity, at least"),
    "urgent_specificity": N_("Specificity (not urgent), at least"),
    "refused": N_("Not scored, at most"),
}
LIST_HELP = N_(
    "A CSV file with a column *label* (pneumonia, normal, other), and *case* with numbers of the worklist, "
    "or *file* with names of films that you upload with it; then also *population* (child, adult) where the "
    "films do not state an age, and *patient_id*."
)


def show_films_needed() -> None:
    """Say how many patients an interval of a wanted width needs."""
    left, middle, right = st.columns(3)
    with left:
        width = choose_share(_("Width of the interval"), 0.02, 0.5, 0.10, "needed-width")
    with middle:
        sensitivity = choose_share(_("Expected sensitivity"), 0.5, 0.99, 0.90, "needed-ill")
    with right:
        specificity = choose_share(_("Expected specificity"), 0.3, 0.99, 0.70, "needed-healthy")
    try:
        ill, healthy = (patients_needed(share, width) for share in (sensitivity, specificity))
    except ValueError as error:
        st.warning(said(error), icon=":material/warning:")
        return
    st.markdown(
        _(
            "**{ill} patients with pneumonia and {healthy} without**, of each age group, give 95 % "
            "intervals at most {width} wide.",
            ill=written(ill),
            healthy=written(healthy),
            width=written(width, 2),
        )
    )


def show_findings_so_far() -> None:
    """Count the labels that readers have given already, by age group."""
    until = datetime.datetime.now(datetime.UTC)
    found = agreement_by_population(worklist().monitored.findings(EVER, until))
    counts = "; ".join(
        _(
            "{population}: {ill} with pneumonia, {healthy} without",
            population=said(POPULATION_WORDS[population]),
            ill=some.with_pneumonia,
            healthy=some.without,
        )
        for population, some in found.items()
    )
    st.caption(_("Scored and read on the worklist so far: {counts}.", counts=counts or _("none")))


def show_acceptance() -> None:
    """Ask for limits and labels, run the test, and show what it found."""
    limits, films_a_day = _ask_limits()
    chosen = st.segmented_control(
        _("Labels"), [FINDINGS, LIST], format_func=_, default=FINDINGS, required=True, key="labels"
    )
    uploads = []
    if chosen == LIST:
        st.markdown(_(LIST_HELP))
        uploads = st.file_uploader(
            _("The list and its films, up to {size} MB each", size=MAX_FILE_MB),
            accept_multiple_files=True,
            key="labels-upload",
        )
    # What somebody else has started is shown here too, and its result.
    running = session().acceptance = acceptance_tests().running() or session().acceptance
    busy = running is not None and not running.finished.is_set()
    asked = Asked(limits, settings().prevalence, films_a_day)
    files = [(upload.name, upload.getvalue()) for upload in uploads]
    st.button(
        _("Run the test"),
        type="primary",
        icon=":material/play_arrow:",
        disabled=busy or (chosen == LIST and not any(is_list(name) for name, _content in files)),
        on_click=_run,
        args=(asked, files if chosen == LIST else None),
    )
    if running is not None:
        if busy:
            st.fragment(_show_progress, run_every=REFRESH_SECONDS)()
        elif running.found:
            _show_found(running.found)
        else:
            st.error(said(running.problem).replace(FAILED, said(FAILED)), icon=":material/error:")


def _ask_limits() -> tuple[Limits, float]:
    usual = Limits()
    with st.expander(_("Your limits"), icon=":material/rule:"):
        columns = st.columns(5)
        chosen = {}
        for column, (name, label) in zip(columns, LIMITS.items(), strict=False):
            with column:
                chosen[name] = choose_share(_(label), 0.01, 0.99, getattr(usual, name), f"limit-{label}")
        a_day = columns[4].number_input(_("Films a day"), 1, 10_000, 50, 1, key="films-a-day")
    return Limits(**chosen), float(a_day)


def _run(asked: Asked, files: list[tuple[str, bytes]] | None) -> None:
    """Start the test in the background."""

    def begin() -> AcceptanceTest:
        model, lists, who = screener(), worklist(), recorded_name()

        def start() -> AcceptanceTest:
            test = AcceptanceTest(who=who)
            if files is None:
                test.run(lambda running: from_findings(lists, model), model.version, asked)
            else:
                test.run(lambda test: from_list(files, lists, model, test), model.version, asked)
            return test

        return acceptance_tests().start(start)

    if started := attempt(Right.TEST_SITE, begin):
        session().acceptance = started


def _show_progress() -> None:
    test = session().acceptance
    if test is None or test.finished.is_set():
        st.rerun()
    else:
        share = test.done / test.total if test.total else 0.0
        words = scored(test.done, test.total) if test.total else _("Measuring")
        st.progress(share, words)
        st.caption(_("Started by {who}. One test runs at a time.", who=literal(test.who)))


def _show_found(found: Acceptance) -> None:
    if found.accepted and not found.certain:
        st.warning(
            _(
                "**All limits are met** with {bundle}, but these are too few films to be certain.",
                bundle=found.bundle,
            ),
            icon=":material/warning:",
        )
    elif found.accepted:
        st.success(
            _("**All limits are met** with {bundle}.", bundle=found.bundle), icon=":material/check_circle:"
        )
    else:
        st.error(
            _("**Not all limits are met** with {bundle}.", bundle=found.bundle), icon=":material/cancel:"
        )
    for population, findings in found.verdicts.items():
        st.markdown(f"**{said(POPULATION_WORDS[population]).capitalize()}**")
        st.markdown("\n".join(f"- {said(finding)}" for finding in findings))
        st.markdown(day_words(found, population, language()))
        if population is Population.UNKNOWN:
            st.markdown(_(NO_AGE_GROUP))
    rows = [(said(POPULATION_WORDS[population]), group) for population, group in found.whole.items()]
    rows += [
        (f"{said(name)}: {said(part)}", group)
        for name, parts in found.parts.items()
        for part, group in parts.items()
    ]
    st.dataframe(_table(rows), hide_index=True)
    with st.expander(_("Errors to look at ({count})", count=len(found.errors))):
        st.caption(_("By line of the list, or number of the case."))
        st.markdown("\n".join(f"- {error_words(error, language())}" for error in found.errors) or _("None."))
    _offer_report(found)


def _table(rows: list[tuple[str, Group]]) -> dict[str, list[str]]:
    return {
        _("Films"): [name for name, group in rows],
        _("Count"): [written(group.films) for name, group in rows],
        _("Pneumonia"): [written(group.labels[Label.PNEUMONIA]) for name, group in rows],
        _("AUROC"): [_words(auroc_of(group)) for name, group in rows],
        _("Sensitivity"): [_words(shares_of(group).sensitivity) for name, group in rows],
        _("Specificity"): [_words(shares_of(group).specificity) for name, group in rows],
        _("Not scored"): [_words(shares_of(group).refused) for name, group in rows],
    }


def _words(estimate: Estimate | None) -> str:
    return said(estimate) if estimate else "–"


def _offer_report(found: Acceptance) -> None:
    who, lists, spoken = user(), worklist(), language()

    def report(as_pdf: bool) -> bytes:
        from cxr.report.acceptance_pdf import acceptance_pdf

        require(Right.TEST_SITE, who)
        lists.audit.note(
            Entry(
                who.name or UNNAMED,
                Action.EXPORTED,
                details={"document": "acceptance test"},
                model=found.bundle,
            )
        )
        return acceptance_pdf(found, spoken) if as_pdf else found.to_json().encode()

    with st.container(horizontal=True):
        for label, name, kind, icon, as_pdf in (
            (
                _("Download to sign (PDF)"),
                "acceptance.pdf",
                "application/pdf",
                ":material/picture_as_pdf:",
                True,
            ),
            (
                _("Download figures (JSON)"),
                "acceptance.json",
                "application/json",
                ":material/download:",
                False,
            ),
        ):
            st.download_button(
                label, partial(report, as_pdf), name, kind, icon=icon, on_click="ignore", key=f"report-{name}"
            )
