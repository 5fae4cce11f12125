import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from cxr.setting_values import faults
from cxr.settings import ROOT, Settings
from cxr.worklist.identity.identities import new_key
from cxr.worklist.store.database import WorklistError
from cxr.worklist.worklist import Worklist


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without `cxr.toml`, and no setting in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CXR_{name.upper()}", raising=False)


def test_by_default_everything_is_kept_in_the_repository() -> None:
    settings = Settings()

    assert settings.models == ROOT / "models" and settings.bundle == "cxr-joint"
    assert settings.database == f"sqlite:///{ROOT}/worklist/worklist.sqlite3"
    assert settings.films.is_relative_to(ROOT / "worklist")
    assert settings.waiting_cap_hours == 24 and settings.data is None


def test_the_environment_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_MODELS", "/models")
    monkeypatch.setenv("CXR_BATCH_SIZE", "32")

    assert (Settings().models, Settings().batch_size) == (Path("/models"), 32)


def test_the_file_sets_and_the_environment_overrides_it(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_an_invalid_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CXR_{name}", value)

    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_a_variable_that_is_no_setting_is_refused_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CXR_PREVALANCE", "0.3")
    monkeypatch.setenv("CXR_DATABASE", "postgresql://clinic:s3cret@db/worklist")

    with pytest.raises(ValidationError, match=r"CXR_PREVALANCE.* did you mean CXR_PREVALENCE") as refused:
        Settings()
    assert "s3cret" not in str(refused.value)


def test_a_cluster_is_named_by_host_and_port_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for written, address in (("", None), ("head:6379", "head:6379"), ("[::1]:6379", "[::1]:6379")):
        monkeypatch.setenv("CXR_RAY_ADDRESS", written)
        assert Settings().ray_address == address


def test_every_setting_has_a_description() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_a_password_in_the_database_url_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_DATABASE", "postgresql://clinic:s3cr:et@db/worklist")
    assert Settings().shown("database") == "postgresql://clinic:***@db/worklist"


@pytest.mark.parametrize("written", ["ROUTER,CT 1", " ROUTER , CT 1,"])
def test_ae_titles_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    assert Settings().receive_from == ()
    Path("cxr.toml").write_text('receive_from = ["ORTHANC"]\n')
    assert Settings().receive_from == ("ORTHANC",)

    monkeypatch.setenv("CXR_RECEIVE_FROM", written)

    assert Settings().receive_from == ("ROUTER", "CT 1")
    assert Settings().shown("receive_from") == "ROUTER,CT 1"


@pytest.mark.parametrize("title", ["", "LONGER THAN SIXTEEN", "BACK\\SLASH", " BLANK", "BLANK ", "ÄÖÜ"])
def test_an_invalid_ae_title_is_refused(monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    monkeypatch.setenv("CXR_PACS_AET", title)

    with pytest.raises(ValidationError, match="pacs_aet"):
        Settings()


def test_a_database_in_a_folder_that_does_not_exist_is_not_created(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert Settings().missing_folder == ""

    monkeypatch.setenv("CXR_DATABASE", f"sqlite:///{tmp_path / 'wroklist' / 'worklist.sqlite3'}")

    with pytest.raises(WorklistError, match=r"CXR_DATABASE.*wroklist"):
        Worklist.of(Settings())
    assert not (tmp_path / "wroklist").exists()


@pytest.mark.parametrize(
    ("hosts", "wrong"),
    [
        ("https://ward.example.org", "https://ward.example.org"),
        ("ward.example.org:8501", "ward.example.org:8501"),
        ("ward.example.org, *.example.org", "*.example.org"),
    ],
)
def test_an_allowed_host_that_no_browser_would_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, hosts: str, wrong: str
) -> None:
    monkeypatch.setenv("CXR_ALLOWED_HOSTS", hosts)
    with pytest.raises(ValidationError, match=re.escape(f"{wrong} is not a host name")):
        Settings()


def test_names_and_addresses_of_hosts_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_ALLOWED_HOSTS", "ward.example.org, pacs_1, 10.0.0.5, [::1], 0.0.0.0")
    assert Settings().allowed_hosts == ("ward.example.org", "pacs_1", "10.0.0.5", "[::1]", "0.0.0.0")


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("DATABASE", "mysql://clinic:s3cret@db/worklist"),
        ("DATABASE", "/srv/s3cret/worklist.sqlite3"),
        ("DATABASE", ""),
        ("DATABASE", "sqlite://"),
        ("DATABASE", "sqlite:///:memory:"),
        ("IDENTITY_KEY", "s3cret"),
        ("IDENTITY_KEY", "s3cret" * 7 + "ab"),
    ],
)
def test_a_database_or_key_that_cannot_be_used_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, wrong: str
) -> None:
    monkeypatch.setenv(f"CXR_{name}", wrong)
    with pytest.raises(ValidationError) as refused:
        Settings()
    [sentence] = faults(refused.value)
    assert sentence.startswith(f"CXR_{name} is invalid") and "s3cret" not in sentence


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///worklist?host=/run/postgresql",
        "postgresql+pg8000://db/worklist",
        "sqlite:////srv/w.sqlite3",
    ],
)
def test_both_kinds_of_database_are_accepted(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CXR_DATABASE", url)
    assert Settings().database == url


def test_a_new_key_of_identifiers_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXR_IDENTITY_KEY", key := new_key())
    assert (kept := Settings().identity_key) and kept.get_secret_value() == key
    monkeypatch.setenv("CXR_IDENTITY_KEY", "")
    assert Settings().identity_key is None
