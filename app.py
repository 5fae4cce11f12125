"""The app: `streamlit run app.py`. The server imports this file once; every visit to a page runs it."""

from pathlib import Path

import streamlit as st

from cxr.ui.service import first_page_is_drawn

if __name__ == "__main__":
    st.set_page_config(
        page_title="Chest film screening",
        page_icon=str(Path(__file__).parent / "cxr" / "ui" / "icon.png"),
        layout="wide",
    )
    # After a key press browsers draw the focus frame round the whole page.
    st.html("<style>[data-testid='stMain']:focus-visible { outline: none; box-shadow: none; }</style>")
    st.navigation(
        [
            st.Page(
                "cxr/ui/pages/read_film.py", title="Read a film", icon=":material/radiology:", default=True
            ),
            st.Page("cxr/ui/pages/worklist.py", title="Worklist", icon=":material/format_list_numbered:"),
            st.Page("cxr/ui/pages/case.py", title="Case", icon=":material/radiology:", visibility="hidden"),
            st.Page("cxr/ui/pages/audit.py", title="Audit", icon=":material/history:"),
            st.Page("cxr/ui/pages/evidence.py", title="Evidence", icon=":material/query_stats:"),
            st.Page("cxr/ui/pages/simulation.py", title="Does it help?", icon=":material/hourglass_bottom:"),
        ]
    ).run()
    first_page_is_drawn()
else:
    from cxr.ui.start import starting
    from cxr.ui.viewer.routes import viewer_routes

    routes = viewer_routes(st.get_option("server.baseUrlPath"))
    app = st.App(__file__, lifespan=starting, routes=routes)
