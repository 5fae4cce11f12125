"""The app: `streamlit run app.py`. The server imports this file once; every visit to a page runs it."""

import json
from pathlib import Path

import streamlit as st

from cxr.ui.held_keys import holding_keys
from cxr.ui.navigation import run_page
from cxr.ui.service import first_page_is_drawn
from cxr.ui.widgets.notices import show_unreleased_bundle
from cxr.ui.widgets.site_notice import show_site_notice
from cxr.ui.words import _

UPLOADER = "[data-testid='stFileUploaderDropzone']"

if __name__ == "__main__":
    st.set_page_config(
        page_title=_("Chest film screening"),
        page_icon=str(Path(__file__).parent / "cxr" / "ui" / "icon.png"),
        layout="wide",
    )
    # After a key press browsers draw the focus frame round the whole page. Films and lists need its room.
    st.html(
        "<style>[data-testid='stMain']:focus-visible { outline: none; box-shadow: none; }"
        "[data-testid='stMainBlockContainer'] { padding-top: 3.6rem; padding-bottom: 2rem; }"
        "@media (min-width: 48rem) { [data-testid='stMainBlockContainer'] { padding-inline: 2rem; } }"
        ".st-key-held-keys { position: absolute; width: 0; height: 0; overflow: hidden; }"
        "@media (min-width: 48rem) { .st-key-desk { position: sticky; top: 4.2rem; } }"
        # On a phone, what cannot be done takes no room, and findings stay side by side.
        "@media (max-width: 48rem) { .st-key-keys-help, "
        ".st-key-list-actions [data-testid='stElementContainer']:has(button:disabled) { display: none; } }"
        ".st-key-findings [data-testid='stColumn'] { min-width: 0; flex: 1 1 0; }"
        # Who has a case takes one line or two: what comes below stays where it is.
        ".st-key-desk-state { min-height: 3rem; justify-content: flex-end; }"
        "[data-testid='stHeading'] h1 { padding: 0.25rem 0; }"
        "[data-testid='stHeading'] h2 { padding-top: 0.5rem; }"
        # Streamlit writes white on the primary colour, darkens an open tertiary button, and has a narrow
        # button to clear a choice: too little contrast in the dark theme, too small a target. Text on the
        # primary colour is as dark as the page's text is light; dialogs know no more of the theme than that.
        "button[kind^='primary']:enabled { color: lch(from currentcolor calc(100 - l) 0 0); }"
        "button[kind='tertiary'][aria-expanded='true'] { color: inherit; }"
        "[data-testid='stSelectbox'] button { min-width: 24px; }"
        # The finding that was recorded stands out although it cannot be pressed.
        ".st-key-findings button[kind='primary']:disabled { color: inherit; border: 2px solid currentcolor; "
        "font-weight: 600; }"
        # Side and zone of a pneumonia stand side by side on the desk.
        ".st-key-location [data-variant='segmented_control'] { padding-inline: 0.5rem; }"
        # The uploader knows English only: its limit is left out, since each uploader's label states it, and
        # its words for dropping files are replaced. Without its own words its button would have no name.
        "[data-testid='stFileUploaderDropzoneInstructions'], "
        f"{UPLOADER} > div > span {{ display: none; }}"
        f"{UPLOADER} > div:not([data-testid]):has(> span)::after {{ content: "
        f"{json.dumps(_('Drop files here'), ensure_ascii=False)}; }}"
        "</style>"
    )
    with holding_keys():
        show_unreleased_bundle()
        show_site_notice()
        run_page()
    first_page_is_drawn()
else:
    from cxr.ui.frame import frame, probes, programs
    from cxr.ui.start import start_settings, starting
    from cxr.ui.viewer.routes import viewer_routes

    settings = start_settings()
    routes = [*probes(settings), *programs(settings), *viewer_routes()]
    app = st.App(__file__, lifespan=starting, middleware=frame(settings), routes=routes)
