from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from film.decoding import decoding_by
from playwright.sync_api import Browser, Error, Page
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import ScriptRunContext, ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from ui.browser import CHROMIUM, chromium
from wanting import missing

from cxr import engine_choice
from cxr.film.decoding_pool import Limits
from cxr.model import bundle as bundle_files
from cxr.model.bundle import Bundle
from cxr.screening import Screener
from cxr.ui.runtime_fixes import fix_runtime

_at_work: dict[tuple[object, ...], Screener] = {}
_open_screener = engine_choice.open_screener
_components = cache(manifest_scanner.scan_component_manifests)
_loaded_once = cache(bundle_files._loaded)


def _opened_once(bundle: Bundle, settings: engine_choice.EngineSettings) -> Screener:
    """The screener that an earlier test opened of the same bundle and settings: compiling takes a second."""
    chosen = (settings.engine, settings.precision, settings.batch_size, settings.prevalence)
    if settings.site_profile:
        return _open_screener(bundle, settings)
    if (key := (bundle.digest, *chosen)) not in _at_work:
        _at_work[key] = _open_screener(bundle, settings)
    return _at_work[key]


@pytest.fixture(autouse=True)
def _packages_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With each page Streamlit looks through all packages for components: half of the time of these tests."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", _components)


@pytest.fixture
def app_folder(tmp_path: Path, worklist_set: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A worklist of its own for pages that run in this process."""
    monkeypatch.setattr(engine_choice, "open_screener", _opened_once)
    monkeypatch.setattr(bundle_files, "_loaded", _loaded_once)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield tmp_path
    st.cache_resource.clear()


@pytest.fixture
def fixed_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit's runtime as the app fixes it."""
    for owner, method in (
        (AppSession, "request_rerun"),
        (AppSession, "shutdown"),
        (ForwardMsgQueue, "clear"),
        (ScriptRequests, "_request_rerun_locked"),
        (ScriptRequests, "on_scriptrunner_ready"),
        (ScriptRunContext, "on_script_start"),
        (ScriptRunner, "_on_script_finished"),
        (ScriptRunner, "_run_script"),
    ):
        monkeypatch.setattr(owner, method, getattr(owner, method))
    fix_runtime()


@pytest.fixture
def busy(tmp_path: Path) -> Callable[[], AbstractContextManager[None]]:
    """Within it no child process starts."""
    folder = tmp_path / "no decoder"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("import os; os._exit(3)")

    @contextmanager
    def without() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch, decoding_by(Limits()):
            patch.setenv("PYTHONPATH", str(folder))
            yield

    return without


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, with nobody at it yet."""
    if CHROMIUM is None:
        missing("no Chromium on this machine (Debian: apt-get install chromium-headless-shell)")
    with chromium() as started:
        yield started


@pytest.fixture
def films(data_dir: Path) -> dict[str, list[tuple[str, bytes, str]]]:
    """Films as they left the hospital, by what they show, as the uploader hands them in."""
    paths = sorted((data_dir / "full_size").glob("*.jpeg"))
    return {
        label: [(path.name, path.read_bytes(), "image/jpeg") for path in paths if path.name.startswith(start)]
        for label, start in (("normal", ("IM-", "NORMAL2-")), ("pneumonia", "person"))
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell with a failure what the pages said then: without it nobody knows afterwards."""
    report = yield
    started = getattr(item, "funcargs", {}).get("browser")
    if report.failed and isinstance(started, Browser):
        for page in [page for context in started.contexts for page in context.pages]:
            report.sections.append((f"page at {page.url}", words_of(page)))
    return report


def words_of(page: Page) -> str:
    """What a page shows, and whether it is still being drawn."""
    try:
        state = page.locator("[data-testid=stApp]").get_attribute("data-test-script-state", timeout=5_000)
        return f"[{state}]\n{page.locator('body').inner_text(timeout=5_000)}"
    except Error as error:
        return f"says nothing: {error.message}"
