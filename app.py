"""The app: `streamlit run app.py`. The server imports this file once; every visit to a page runs it."""

from pathlib import Path

import streamlit as st

from cxr.ui.navigation import run_page
from cxr.ui.service import first_page_is_drawn

if __name__ == "__main__":
    st.set_page_config(
        page_title="Chest film screening",
        page_icon=str(Path(__file__).parent / "cxr" / "ui" / "icon.png"),
        layout="wide",
    )
    # After a key press browsers draw the focus frame round the whole page.
    st.html("<style>[data-testid='stMain']:focus-visible { outline: none; box-shadow: none; }</style>")
    run_page()
    first_page_is_drawn()
else:
    from cxr.ui.frame import frame, probes
    from cxr.ui.start import start_settings, starting
    from cxr.ui.viewer.routes import viewer_routes

    settings = start_settings()
    routes = [*probes(settings), *viewer_routes(st.get_option("server.baseUrlPath"))]
    app = st.App(__file__, lifespan=starting, middleware=frame(settings), routes=routes)
