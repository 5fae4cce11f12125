from pathlib import Path

import pytest
from pydantic import ValidationError

from cxr.settings import ROOT, Settings


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without `cxr.toml`, and no setting in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CXR_{name.upper()}", raising=False)


def test_without_any_setting_all_lies_in_the_repository() -> None:
    settings = Settings()

    assert settings.models == ROOT / "models" and settings.bundle == "cxr-joint"
    assert settings.database == f"sqlite:///{ROOT}/worklist/worklist.sqlite3"
    assert settings.films.is_relative_to(ROOT / "worklist")
    assert settings.waiting_cap_hours == 24


def test_the_environment_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_MODELS", "/models")
    monkeypatch.setenv("CXR_BATCH_SIZE", "32")

    assert (Settings().models, Settings().batch_size) == (Path("/models"), 32)


def test_the_file_sets_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("cxr.toml").write_text('bundle = "cxr-all"\nbatch_size = 8\n')
    monkeypatch.setenv("CXR_BATCH_SIZE", "4")

    assert (Settings().bundle, Settings().batch_size) == ("cxr-all", 4)


def test_a_setting_that_does_not_exist_is_refused_by_name() -> None:
    Path("cxr.toml").write_text("batchsize = 8\n")

    with pytest.raises(ValidationError, match="batchsize"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BATCH_SIZE", "0"),
        ("BATCH_SIZE", "many"),
        ("WAITING_CAP_HOURS", "0"),
        *(("RAY_ADDRESS", address) for address in ("head", ":1", "head:0", "head:65536", "head:port")),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"CXR_{name}", value)

    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_a_cluster_is_named_by_host_and_port_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for said, address in (("", None), ("head:6379", "head:6379"), ("[::1]:6379", "[::1]:6379")):
        monkeypatch.setenv("CXR_RAY_ADDRESS", said)
        assert Settings().ray_address == address


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_a_password_in_the_database_url_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_DATABASE", "postgresql://clinic:s3cr:et@db/worklist")
    assert Settings().shown("database") == "postgresql://clinic:***@db/worklist"


@pytest.mark.parametrize("said", ["ROUTER,CT 1", " ROUTER , CT 1,"])
def test_ae_titles_stand_with_commas_between_them(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    assert Settings().receive_from == ()
    Path("cxr.toml").write_text('receive_from = ["ORTHANC"]\n')
    assert Settings().receive_from == ("ORTHANC",)

    monkeypatch.setenv("CXR_RECEIVE_FROM", said)

    assert Settings().receive_from == ("ROUTER", "CT 1")
    assert Settings().shown("receive_from") == "ROUTER,CT 1"


@pytest.mark.parametrize("title", ["", "LONGER THAN SIXTEEN", "BACK\\SLASH", " BLANK", "BLANK ", "ÄÖÜ"])
def test_what_is_no_ae_title_is_refused(monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    monkeypatch.setenv("CXR_PACS_AET", title)

    with pytest.raises(ValidationError, match="pacs_aet"):
        Settings()
