"""Settings of the app and of the command line: from the environment (`CXR_...`), then from `cxr.toml`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from cxr.setting_values import (
    PREFIX,
    Address,
    AeTitle,
    AeTitles,
    DatabaseUrl,
    Digest,
    Environment,
    HostNames,
    IdentityKey,
    Port,
    Proxies,
    ReportCodes,
    ResultObjects,
    ViewerUrl,
    WebAddress,
    WebhookUrl,
    instead,
    without_password,
)

LONGEST_DAYS = 36_525
"""A hundred years: longer than anyone waits, and within the range of a date."""
ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where things are kept and how much of the machine is used; `cxr settings` prints them."""

    # A value may be a password, and the text of an error reaches logs.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, toml_file="cxr.toml", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    models: Path = Field(ROOT / "models", description="folder of the model bundles")
    bundle: str = Field("cxr-joint", description="name of the bundle that scores films")
    bundle_digest: Digest | None = Field(
        None, description="digest of an unreleased bundle to use; pages and reports then carry a warning"
    )
    database: DatabaseUrl = Field(
        f"sqlite:///{ROOT / 'worklist' / 'worklist.sqlite3'}", description="SQLAlchemy URL of the worklist"
    )
    films: Path = Field(ROOT / "worklist" / "films", description="folder of the worklist's film files")
    data: Path | None = Field(
        None, description="folder of labelled films with labels.csv, for training and benchmarks"
    )
    batch_size: Annotated[int, Field(ge=1, le=256)] = Field(8, description="films that a core scores at once")
    workers: Annotated[int, Field(ge=1, le=256)] | None = Field(
        None, description="films decoded at a time, each in a child process; None: one per core"
    )
    film_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        20.0,
        description="seconds that decoding one film may take; a first attempt gets a quarter of them, and a "
        "film that is late twice is refused",
    )
    film_memory_mb: Annotated[int, Field(ge=200, le=100_000)] = Field(
        1000, description="memory that decoding one film may take, in MB"
    )
    engine: Literal["auto", "torch", "openvino"] = Field(
        "auto", description="library that runs the network; auto: OpenVINO if it is installed, else torch"
    )
    precision: Literal["auto", "float32"] = Field(
        "auto",
        description="engine's precision; auto: that of the model's card, if the processor has units for it",
    )
    actors: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        None, description="actors of `cxr score --engine ray`, one core each; None: one for each core"
    )
    ray_address: Address = Field(
        None, description="HOST:PORT of a Ray cluster for `cxr score --engine ray`; None: this machine only"
    )
    prevalence: Annotated[float, Field(ge=0.001, le=0.999)] = Field(
        0.2, description="share of films with pneumonia in your clinic, for which probabilities are shown"
    )
    site_profile: Path | None = Field(
        None,
        description="site profile, a file made by `cxr profile`; None: the profile in use on the page This "
        "site, else the bundle's own calibration and operating points",
    )
    waiting_cap_hours: Annotated[float, Field(gt=0, le=24 * LONGEST_DAYS)] = Field(
        24.0, description="a film that has waited longer comes before all others"
    )
    identity_key: IdentityKey = Field(
        None,
        description="key that encrypts the original identifiers of DICOM films; None: they are not kept. "
        "`cxr worklist key` makes one",
    )
    show_patients: bool = Field(True, description="show patient names whose identifiers are kept")
    viewer_url: ViewerUrl = Field(
        None,
        description="address of a study in the PACS viewer, with {study_uid} or {accession} for its "
        "numbers; None: no link is shown",
    )
    deidentify_keep: tuple[
        Literal["patient characteristics", "full dates", "device", "institution", "uids"], ...
    ] = Field(
        ("patient characteristics",),
        description="options of the Basic Application Confidentiality Profile that stored DICOM films keep, "
        'as JSON: ["full dates", "device"]; without "patient characteristics" the age is unknown',
    )
    language: Literal["auto", "en", "es", "fr", "zh"] = Field(
        "en",
        description="language of the pages for those who chose none in the sidebar; auto: the first of these "
        "that the browser asks for, else English",
    )
    retention_days: Annotated[float, Field(ge=0, le=LONGEST_DAYS)] | None = Field(
        None, description="days for which `cxr worklist purge` keeps the pixels of films that were read"
    )

    allowed_hosts: HostNames = Field(
        (),
        description="host names under which browsers may reach the app, separated by commas, besides "
        "localhost and the address it listens on; requests for any other are refused",
    )
    sign_in: Literal["none", "local", "oidc"] = Field(
        "none",
        description="how people sign in; none: anyone at this machine, with a name of their choice, and the "
        "app listens on this machine only; local: with the accounts of `cxr user`; oidc: with a provider of "
        "OpenID Connect",
    )
    oidc_issuer: str | None = Field(None, description="address of that provider, its `iss`")
    oidc_client_id: str | None = Field(None, description="client ID of this app at the provider")
    oidc_client_secret: SecretStr | None = Field(None, description="secret that the provider gave this app")
    oidc_name_claim: str = Field("name", description="claim with the name that everyone sees")
    oidc_role_claim: str = Field("roles", description="claim with a person's roles or groups")
    oidc_roles: dict[str, Literal["reader", "lead", "admin"]] = Field(
        {},
        description='role in this app for each of those, as JSON: {"radiologists": "reader"}; whoever has '
        "none of them cannot sign in",
    )
    session_idle_minutes: Annotated[float, Field(ge=1, le=24 * 60)] = Field(
        30.0, description="minutes without activity after which someone is signed out"
    )
    session_hours: Annotated[float, Field(gt=0, le=7 * 24)] = Field(
        12.0, description="hours after which someone has to sign in again in any case"
    )
    trusted_proxies: Proxies = Field(
        (),
        description="IP addresses or networks of reverse proxies, separated by commas, whose "
        "X-Forwarded-Proto and X-Forwarded-For are believed; those on this machine always are",
    )
    metrics_token: Annotated[SecretStr, Field(min_length=16)] | None = Field(
        None, description="token that a Prometheus server sends to read /metrics; None: there is no /metrics"
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="format of the log on standard error; json: one object per line"
    )
    uploads_mb: Annotated[int, Field(ge=128, le=1_000_000)] = Field(
        1024,
        description="memory for uploaded files that are not on the worklist yet, in MB; one account, or one "
        "page without sign-in, may hold half of it",
    )
    api_requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        600, description="requests that one token may send to the HTTP API in a minute"
    )
    monitor_webhook: WebhookUrl = Field(
        None,
        description="address to which `cxr monitor`, and nothing else, posts its warnings, without patient "
        "data; None: nothing is sent",
    )
    audit_head: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="file, or `syslog`, in which the end of the audit trail is recorded after each change, "
        "for `cxr verify` to compare; None: nowhere",
    )

    receive_address: str = Field(
        "127.0.0.1",
        description="address on which `cxr receive` listens; by default only this machine can reach it; "
        "0.0.0.0 is every network of this machine",
    )
    receive_from: AeTitles = Field(
        (), description="AE titles that may send films, separated by commas; * allows any"
    )
    receive_tls: bool = Field(False, description="accept films over TLS only")
    receive_reports: bool = Field(
        False, description="record findings from radiologists' structured reports sent to `cxr receive`"
    )
    report_codes: ReportCodes = Field(
        {"SCT:233604007": "pneumonia", "RADLEX:RID5350": "pneumonia"},
        description='what codes in these reports mean, as JSON: {"SCT:233604007": "pneumonia"}; each value '
        "is a finding, present or absent",
    )
    pacs_host: str | None = Field(
        None, description="host of the PACS that results are sent to, and past films fetched from"
    )
    pacs_port: Port = Field(104, description="port of that PACS")
    pacs_aet: AeTitle = Field("PACS", description="AE title of that PACS")
    pacs_tls: bool = Field(False, description="send results and ask for past films over TLS")
    pacs_send_by: Literal["store", "web"] = Field(
        "store",
        description="store: results go to CXR_PACS_HOST by C-STORE; web: to CXR_PACS_DICOMWEB by STOW-RS",
    )
    pacs_objects: ResultObjects = Field(
        ("report", "overlay", "contour"),
        description="objects that are sent for each result, separated by commas; empty: nothing is sent",
    )
    pacs_retry_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        30.0, description="wait after a failed attempt to send; doubles each time, up to an hour"
    )
    pacs_dicomweb: WebAddress = Field(
        None, description="address of the DICOMweb service of that PACS, for `cxr fetch --by web` and STOW-RS"
    )
    pacs_authorization: SecretStr | None = Field(
        None, description="Authorization header for that service, such as `Bearer ...`; needs https"
    )
    tls_certificate: Path | None = Field(None, description="certificate of this program for TLS, PEM")
    tls_key: Path | None = Field(None, description="key of that certificate, PEM without a pass phrase")
    tls_authorities: Path | None = Field(
        None,
        description="certificates of the authorities that issued our peers' certificates, PEM; clients must "
        "then present one",
    )

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Refuse a misspelt setting, which would otherwise be ignored, and name the nearest."""
        variables = [name for name in os.environ if name.upper().startswith(PREFIX)]
        written = {name: name[len(PREFIX) :].lower() for name in variables} | {name: name for name in values}
        wrong = [
            f"{shown} is not a setting{instead(name, cls.model_fields)}"
            for shown, name in written.items()
            if name not in cls.model_fields
        ]
        if wrong:
            raise ValueError(" ".join(wrong))
        return values

    @model_validator(mode="after")
    def _require_provider(self) -> Self:
        """Refuse sign-in with a provider that is not named."""
        missing = [
            f"{PREFIX}{name.upper()}"
            for name in ("oidc_issuer", "oidc_client_id", "oidc_client_secret", "oidc_roles")
            if self.sign_in == "oidc" and not getattr(self, name)
        ]
        if missing:
            raise ValueError(f"CXR_SIGN_IN=oidc needs {', '.join(missing)}.")
        issuer = urlsplit(self.oidc_issuer or "")
        here = issuer.hostname in {"localhost", "127.0.0.1", "::1"}
        if self.sign_in == "oidc" and issuer.scheme != "https" and not here:
            raise ValueError(
                f"{PREFIX}OIDC_ISSUER must begin with https://: over plain HTTP a sign-in can be forged."
            )
        return self

    def shown(self, name: str) -> str:
        """A setting's value as it may be shown: the database without its password."""
        value = getattr(self, name)
        if name in {"receive_from", "allowed_hosts", "trusted_proxies", "pacs_objects"}:
            value = ",".join(value)
        return without_password(value) if name == "database" else str(value)

    @property
    def database_file(self) -> Path | None:
        """The file of a SQLite worklist; None for a server."""
        _, found, path = self.database.partition("sqlite:///")
        return Path(path.partition("?")[0]) if found and path else None

    @property
    def missing_folder(self) -> str:
        """A sentence where CXR_DATABASE names a file in a folder that does not exist; else empty."""
        file = self.database_file
        if file is None or "database" not in self.model_fields_set or file.parent.is_dir():
            return ""
        return (
            f"CXR_DATABASE names a file in {file.parent}, which does not exist. Create that folder, or "
            "correct CXR_DATABASE."
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment override the file."""
        return init_settings, Environment(settings_cls), TomlConfigSettingsSource(settings_cls)
