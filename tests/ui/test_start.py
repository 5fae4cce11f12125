from pathlib import Path

import pytest
import streamlit as st

from cxr.ui.start import start_settings


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CXR_PREVALANCE", "0.3", "did you mean CXR_PREVALENCE"),
        ("CXR_LOG_FORMAT", "xml", "CXR_LOG_FORMAT=xml is invalid"),
        ("CXR_METRICS_TOKEN", "short", "CXR_METRICS_TOKEN is invalid"),
        ("CXR_SIGN_IN", "oidc", "CXR_SIGN_IN=oidc needs CXR_OIDC_ISSUER, CXR_OIDC_CLIENT_ID"),
        ("CXR_DATABASE", "sqlite:////wroklist/worklist.sqlite3", "CXR_DATABASE names a file in /wroklist"),
        ("CXR_DEIDENTIFY_KEEP", "device", r"CXR_DEIDENTIFY_KEEP=device is invalid: give it as JSON"),
        ("CXR_OIDC_ROLES", "admin", "CXR_OIDC_ROLES=admin is invalid: give it as JSON"),
        ("CXR_REPORT_CODES", "{}x", "CXR_REPORT_CODES={}x is invalid: give it as JSON"),
        ("CXR_RECEIVE_FROM", "A TITLE THAT IS TOO LONG", "invalid: an AE title has up to 16"),
        ("CXR_BUNDLE_DIGEST", "abc", "CXR_BUNDLE_DIGEST=abc is invalid: it should be a digest of 64"),
        ("CXR_FILMS", "", "CXR_FILMS is empty"),
        ("CXR_FILMS", __file__, "CXR_FILMS=.* cannot be written to: .* is not a folder"),
        ("CXR_MODELS", "/wrong", "There is no model in /wrong/cxr-joint"),
        ("CXR_BUNDLE", "wrong", "There is no model in .*/wrong"),
        ("CXR_SITE_PROFILE", "/wrong/profile.json", "CXR_SITE_PROFILE=/wrong/profile.json is not a file"),
        ("CXR_AUDIT_HEAD", "/wrong/head", "CXR_AUDIT_HEAD=/wrong/head cannot be written"),
    ],
)
def test_the_app_does_not_start_with_a_wrong_setting_and_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit, match=words) as ended:
        start_settings()

    assert "short" not in str(ended.value)


def test_the_app_does_not_start_under_a_path_of_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": "ward"}.get)

    with pytest.raises(SystemExit, match=r"server\.baseUrlPath is 'ward'"):
        start_settings()
