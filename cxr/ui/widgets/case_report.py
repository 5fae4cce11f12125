"""A case's report as a PDF to print or to keep."""

from __future__ import annotations

import datetime

import streamlit as st

from cxr.access.rights import Right
from cxr.film import Film, FilmError, read_film
from cxr.film.decoding_pool import DecodingUnavailableError
from cxr.report.text import report_text
from cxr.ui.rights import may, require, user
from cxr.ui.service import settings, worklist
from cxr.ui.widgets.patients import patients
from cxr.ui.widgets.reader import NAME_FIRST
from cxr.ui.widgets.site_notice import require_shown
from cxr.ui.widgets.times import now
from cxr.ui.words import _, language
from cxr.worklist.audit.action import Action
from cxr.worklist.audit.trail import Entry
from cxr.worklist.case import Case


def show_report_download(case: Case) -> None:
    """Offer a case's report; it is made on demand, and recorded like any export.

    None is made where results are withheld.
    """
    if case.withheld:
        return
    who, zone, prevalence, lists = user(), now().tzinfo, settings().prevalence, worklist()
    spoken = language()
    with st.popover(_("Report text"), icon=":material/content_copy:", disabled=not case.scored_at):
        st.code(
            report_text(case, datetime.datetime.now(zone), prevalence, spoken), language=None, wrap_lines=True
        )
    if not may(Right.EXPORT):
        return

    def pdf() -> bytes:
        from cxr.report.pdf import report_pdf

        require(Right.EXPORT, who)
        require_shown()
        # The case as it is now, which may be long after the button was drawn.
        current = lists.ranked.case(case.number) or case
        # On paper the patient is named where the screen names them; the file's name never does.
        patient = patients([current.number]).get(current.number, current.patient)
        report = report_pdf(current, _film(current), patient, datetime.datetime.now(zone), prevalence, spoken)
        details = {"document": "report as PDF"}
        lists.audit.note(Entry(who.name, Action.EXPORTED, case.number, current.bundle_version, details))
        return report

    st.download_button(
        _("Download report (PDF)"),
        pdf,
        f"case-{case.number}.pdf",
        "application/pdf",
        icon=":material/picture_as_pdf:",
        key=f"report-{case.number}",
        on_click="ignore",
        disabled=not who.name,
        help=None if who.name else _(NAME_FIRST),
    )


def _film(case: Case) -> Film | None:
    if case.purged_at:
        return None
    try:
        return read_film(worklist().film_source(case))
    except (FilmError, DecodingUnavailableError):
        return None
