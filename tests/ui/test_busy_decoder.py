"""Where the server cannot decode films for a while, pages say so, and show the film once it can."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from made_films import png
from starlette.applications import Starlette
from starlette.testclient import TestClient
from ui.case_page import open_case, viewers
from ui.shown_cases import shown

from cxr.ui.service import worklist
from cxr.ui.viewer.offers import Offers
from cxr.ui.viewer.routes import viewer_routes
from cxr.ui.widgets.film_view import NOT_NOW, UNREADABLE, case_view


def test_the_viewer_is_told_to_come_again(busy: Callable[[], AbstractContextManager[None]]) -> None:
    client = TestClient(Starlette(routes=viewer_routes()), base_url="http://localhost/viewer/")
    offers = Offers()
    key = offers.of(png(1), "busy", None).key

    with busy():
        answers = [client.get(f"{of}/{key}") for of in ("film", "small")]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert all("in a minute" in answer.text for answer in answers)
    assert client.get(f"film/{key}").status_code == 200


@pytest.mark.usefixtures("app_folder")
def test_a_case_says_that_its_film_cannot_be_read_now_and_shows_it_later(
    busy: Callable[[], AbstractContextManager[None]],
) -> None:
    case = shown(worklist(), 1)
    source = worklist().film_source(case)

    with busy():
        view = case_view(case, source)
        app = open_case(case.number)

    assert view.grey is None and view.missing == NOT_NOW
    assert len(viewers(app)) == 1 and NOT_NOW in [caption.value for caption in app.caption]
    assert case_view(case, source).grey is not None


@pytest.mark.usefixtures("app_folder")
def test_a_film_whose_file_is_away_for_a_while_is_shown_once_it_is_back() -> None:
    case = shown(worklist(), 1)
    source, path = worklist().film_source(case), worklist().film_path(case)
    away = path.rename(path.with_suffix(".away"))

    view = case_view(case, source)
    away.rename(path)

    assert view.grey is None and view.missing == UNREADABLE
    assert case_view(case, source).grey is not None
