"""The app: `streamlit run app.py`. The server imports this file once; every visit to a page runs it."""

from pathlib import Path

import streamlit as st

from cxr.ui.held_keys import holding_keys
from cxr.ui.navigation import run_page
from cxr.ui.service import first_page_is_drawn
from cxr.ui.styles import show_styles
from cxr.ui.widgets.notices import show_unreleased_bundle
from cxr.ui.widgets.site_notice import show_site_notice
from cxr.ui.words import _

if __name__ == "__main__":
    st.set_page_config(
        page_title=_("Chest film screening"),
        page_icon=str(Path(__file__).parent / "cxr" / "ui" / "icon.png"),
        layout="wide",
    )
    show_styles()
    with holding_keys():
        show_unreleased_bundle()
        show_site_notice()
        run_page()
    first_page_is_drawn()
else:
    from cxr.ui.frame import frame, routes
    from cxr.ui.start import start_settings, starting

    settings = start_settings()
    app = st.App(__file__, lifespan=starting, middleware=frame(settings), routes=routes(settings))
