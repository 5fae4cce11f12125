"""A model that was not released is named on every page, and used only if a setting says so."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cxr.model.released import digest_in
from cxr.ui.service import warm_up

pytestmark = pytest.mark.usefixtures("app_folder")
APP = Path(__file__).resolve().parents[2] / "app.py"


@pytest.mark.parametrize("page", ["read_film", "worklist", "audit"])
def test_every_page_names_a_model_that_was_not_released(bundle_set: Path, page: str) -> None:
    app = AppTest.from_file(APP, default_timeout=150).run()
    app.switch_page(f"cxr/ui/pages/{page}.py").run()

    assert not app.exception
    assert any(digest_in(bundle_set) in warning.value for warning in app.warning)


def test_without_the_setting_the_page_names_the_digest_and_the_setting(
    bundle_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CXR_BUNDLE_DIGEST", raising=False)

    app = AppTest.from_file(APP, default_timeout=150).run()
    refusal = str(warm_up().exception())

    assert digest_in(bundle_set) in refusal and "CXR_BUNDLE_DIGEST" in refusal
    assert any(digest_in(bundle_set) in error.value for error in app.run().error) and not app.warning


def test_a_released_model_needs_no_banner() -> None:
    app = AppTest.from_file(APP, default_timeout=150).run()

    assert not app.exception and not app.warning
