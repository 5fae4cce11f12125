"""Settings of the app and of the command line: from the environment (`CXR_...`), then from `cxr.toml`."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

LONGEST_DAYS = 36_525
"""A hundred years: more than anybody waits, and fewer than a date can hold."""
ROOT = Path(__file__).resolve().parent.parent


def _split(titles: object) -> object:
    """Take a list as people write it in the environment: with commas."""
    if not isinstance(titles, str):
        return titles
    return tuple(title for part in titles.split(",") if (title := part.strip()))


def _address(value: object) -> object:
    """Take what is set to nothing as not set, and else want a host and a port."""
    if value == "":
        return None
    if isinstance(value, str):
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError("it has to be HOST:PORT")
    return value


# Up to 16 signs of ASCII without the backslash, no blank at either end (PS3.5, AE).
AeTitle = Annotated[str, Field(pattern=r"^[!-\[\]-~]([ -\[\]-~]{0,14}[!-\[\]-~])?$")]
Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """Where things lie and how much of the machine is used; `python -m cxr settings` prints them."""

    model_config = SettingsConfigDict(env_prefix="CXR_", toml_file="cxr.toml", extra="forbid", frozen=True)

    models: Path = Field(ROOT / "models", description="folder of the model bundles")
    bundle: str = Field("cxr-joint", description="name of the bundle to score with")
    database: str = Field(
        f"sqlite:///{ROOT / 'worklist' / 'worklist.sqlite3'}", description="SQLAlchemy URL of the worklist"
    )
    films: Path = Field(ROOT / "worklist" / "films", description="folder of the worklist's film files")
    data: Path = Field(
        ROOT.parent / "shared" / "data", description="folder of the labelled films, for training and tests"
    )
    batch_size: Annotated[int, Field(ge=1, le=256)] = Field(8, description="films that a core takes at once")
    workers: Annotated[int, Field(ge=1, le=256)] = Field(
        1,
        description="processes that score for `work` and `receive`, each on its share of the cores; the app "
        "keeps one of its own, which `work` beside it helps",
    )
    engine: Literal["auto", "torch", "openvino"] = Field(
        "auto",
        description="library that computes; auto: OpenVINO where it is installed, else torch",
    )
    precision: Literal["auto", "float32"] = Field(
        "auto",
        description="its precision; auto: that of the model's card, if the processor has units for it",
    )
    actors: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        None,
        description="actors of `score --engine ray`, each on a core of its own; None: one for every core",
    )
    ray_address: Annotated[str | None, BeforeValidator(_address)] = Field(
        None, description="HOST:PORT of a Ray cluster for `score --engine ray`; None: this machine alone"
    )
    prevalence: Annotated[float, Field(ge=0.001, le=0.999)] = Field(
        0.2, description="share of films with pneumonia here, for which probabilities are shown"
    )
    waiting_cap_hours: Annotated[float, Field(gt=0, le=24 * LONGEST_DAYS)] = Field(
        24.0, description="a film that has waited longer is read before all others"
    )
    identity_key: SecretStr | None = Field(
        None,
        description="key that seals the original identifiers of DICOM films; None: they are not kept. "
        "`worklist key` makes one",
    )
    show_patients: bool = Field(True, description="show the names of patients whose identifiers are kept")
    deidentify_keep: tuple[
        Literal["patient characteristics", "full dates", "device", "institution", "uids"], ...
    ] = Field(
        ("patient characteristics",),
        description="what stored DICOM films keep of that which the Basic Application Confidentiality "
        'Profile takes away, as JSON: ["full dates", "device"]; without "patient characteristics" no age is '
        "known",
    )
    retention_days: Annotated[float, Field(ge=0, le=LONGEST_DAYS)] | None = Field(
        None, description="days that pixels of read films are kept by `worklist purge`; None: it asks"
    )

    receive_address: str = Field(
        "127.0.0.1",
        description="address that `receive` listens on; by default this machine alone reaches it, "
        "0.0.0.0 is every network that the machine is in",
    )
    receive_from: Annotated[tuple[AeTitle, ...], NoDecode, BeforeValidator(_split)] = Field(
        (), description="AE titles that may send us films, with commas between them; * is everybody"
    )
    receive_tls: bool = Field(False, description="take films over TLS only")
    pacs_host: str | None = Field(
        None, description="host of the PACS that results go to; None: results stay here"
    )
    pacs_port: Port = Field(104, description="port of that PACS")
    pacs_aet: AeTitle = Field("PACS", description="AE title of that PACS")
    pacs_tls: bool = Field(False, description="send results over TLS")
    pacs_retry_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        30.0, description="pause after a result could not be sent; it doubles each time up to an hour"
    )
    tls_certificate: Path | None = Field(None, description="our certificate for TLS, PEM")
    tls_key: Path | None = Field(None, description="the key of that certificate, PEM without a pass phrase")
    tls_authorities: Path | None = Field(
        None,
        description="certificates of those who sign our peers', PEM; with it also clients have to show one",
    )

    @property
    def identity_secret(self) -> str | None:
        """The key of the identifiers, in the clear."""
        return self.identity_key.get_secret_value() if self.identity_key else None

    def shown(self, name: str) -> str:
        """A setting's value as it may be shown: the database without its password."""
        value = ",".join(self.receive_from) if name == "receive_from" else str(getattr(self, name))
        if name == "database":
            value = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", value)
            value = re.sub(r"\?.*", "?***", value)
        return value

    @property
    def database_file(self) -> Path | None:
        """The file of a SQLite worklist; nothing for one on a server."""
        _, found, path = self.database.partition("sqlite:///")
        return Path(path.partition("?")[0]) if found and path else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
