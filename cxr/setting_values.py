"""What a setting may hold: titles, ports, addresses and lists as people write them; and what is wrong."""

import ipaddress
import os
import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, StringConstraints, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource, NoDecode

PREFIX = "CXR_"
SECRET = (
    *("database", "identity_key", "metrics_token", "oidc_client_secret", "monitor_webhook"),
    "pacs_authorization",
)
"""Settings whose value is never shown in an error."""
TITLE = "an AE title has up to 16 ASCII characters, no backslash, and no space at either end"
HINTS = {
    "bundle_digest": "it should be a digest of 64 hexadecimal digits, as the model's makers print it",
    "metrics_token": "it should have at least 16 characters",
    "deidentify_keep": 'give it as JSON, such as ["full dates", "device"]',
    "oidc_roles": 'give it as JSON, such as {"radiologists": "reader"}',
    "report_codes": 'give it as JSON, such as {"SCT:233604007": "pneumonia"}',
    **dict.fromkeys(("receive_from", "pacs_aet"), TITLE),
}
"""What some settings may hold, where pydantic would describe a type or a pattern."""
OF_FORM = {"string_pattern_mismatch", "too_short", "tuple_type", "dict_type"}


class Environment(EnvSettingsSource):
    """The environment; a value that should be JSON and is not is refused like any other invalid value."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Read JSON where there is some."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def faults(error: ValidationError | tomllib.TOMLDecodeError) -> list[str]:
    """Say which settings are invalid and why; never a value that may hold a password."""
    if isinstance(error, tomllib.TOMLDecodeError):
        return [f"cxr.toml cannot be read: {error}. Correct the file."]
    return [
        _fault(one["loc"], one["input"], one["msg"], one["type"]) for one in error.errors(include_url=False)
    ]


def _fault(where: tuple[int | str, ...], value: object, message: str, kind: str) -> str:
    message = message.removeprefix("Value error, ").replace("Input should be", "it should be")
    if not where:  # of the settings as a whole: one that does not exist
        return f"{message} 'cxr settings' prints them all."
    message = HINTS.get(str(where[0]), message) if kind in OF_FORM else message
    shown = "" if where[0] in SECRET else f"={value}"
    name = f"{PREFIX}{'.'.join(str(part) for part in where).upper()}"
    return f"{name}{shown} is invalid: {message}. Change it in the environment or in cxr.toml."


def instead(name: str, known: Iterable[str]) -> str:
    """Name the setting that a misspelt one may mean."""
    nearest = get_close_matches(name, known, n=1)
    return f"; did you mean {PREFIX}{nearest[0].upper()}?" if nearest else "."


def unwritable(path: Path) -> Path | None:
    """Return what keeps a path from being made or written to: something that is no writable folder."""
    there = next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
    return None if there.is_dir() and os.access(there, os.W_OK) else there


def _split(titles: object) -> object:
    """Accept a list as people write it in the environment: separated by commas."""
    if not isinstance(titles, str):
        return titles
    return tuple(title for part in titles.split(",") if (title := part.strip()))


def _address(value: str) -> str:
    """Require a host and a port."""
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("give it as HOST:PORT")
    return value


def _viewer_url(value: str) -> str:
    """Accept a web address with two placeholders, no others."""
    names = re.findall(r"{(.*?)}", value)
    if not value.startswith(("http://", "https://")) or not names or {*names} - {"study_uid", "accession"}:
        raise ValueError("give it as http(s)://... with {study_uid} or {accession}, and no other braces")
    return value


def _webhook_url(value: SecretStr) -> SecretStr:
    """Accept https, or http to this machine."""
    wrong = ValueError("give it as https://..., or as http:// to this machine")
    try:
        parts = urlsplit(value.get_secret_value())
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise wrong from None
    here = host in {"localhost", "127.0.0.1", "::1"}
    if not host or parts.username or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
        raise wrong
    return value


def _database_url(value: str) -> str:
    """Accept the databases whose drivers are installed; whether one answers is tried later."""
    # No part of the value in the message: it may hold a password.
    if not re.match(r"sqlite(\+pysqlite)?:///(?!:memory:)[^?]|postgres(ql(\+pg8000)?)?://", value):
        raise ValueError("give it as sqlite:////FOLDER/FILE or postgresql://USER:PASSWORD@HOST/NAME")
    return value


def _identity_key(value: SecretStr) -> SecretStr:
    """Require 32 bytes in base64, as Fernet does."""
    key = value.get_secret_value().strip()
    if not re.fullmatch(r"[\w-]{43}=", key, re.ASCII):
        raise ValueError("make one with 'cxr worklist key'")
    return SecretStr(key)


def _web_address(value: str) -> str:
    """Accept a web address without a user in it."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise ValueError("give it as http(s)://HOST:PORT/PATH, with the user in CXR_PACS_AUTHORIZATION")
    return value.rstrip("/")


def _addresses(proxies: tuple[str, ...]) -> tuple[str, ...]:
    """Accept IP addresses and networks: by another name no proxy would be found, and by `*` everyone."""
    for proxy in proxies:
        try:
            everyone = not ipaddress.ip_network(proxy).prefixlen
        except ValueError:
            raise ValueError(
                f"{proxy} is not an IP address or a network, such as 10.0.0.5 or 10.0.0.0/24"
            ) from None
        if everyone:
            raise ValueError(f"{proxy} is every machine: name the proxies alone")
    return proxies


def _host_names(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """Accept what a browser names as its host, without the rest of an address: no other would ever match."""
    for host in hosts:
        try:
            ipaddress.ip_address(host.strip("[]"))
        except ValueError:
            if not re.fullmatch(r"[\w-]+(\.[\w-]+)*\.?", host, re.ASCII):
                raise ValueError(
                    f"{host} is not a host name: give it as ward.example.org, without https://, port or path"
                ) from None
    return hosts


def _with_report(objects: tuple[str, ...]) -> tuple[str, ...]:
    """Accept nothing at all, but no picture without the report that says what it is."""
    if objects and "report" not in objects:
        raise ValueError("name report too, or nothing at all")
    return objects


def without_password(url: str) -> str:
    """Blank the password in the address of a database, and its options."""
    return re.sub(r"\?.*", "?***", re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url))


# Up to 16 ASCII characters without backslash, no space at either end (PS3.5, AE).
AeTitle = Annotated[str, Field(pattern=r"^[!-\[\]-~]([ -\[\]-~]{0,14}[!-\[\]-~])?$")]
# Coding scheme and value of a code, and what it means.
ReportCodes = dict[
    Annotated[str, Field(pattern=r"^[!-9;-~]{1,16}:[!-~]{1,64}$")],
    Literal["pneumonia", "no pneumonia", "other", "present", "absent"],
]
Digest = Annotated[str, StringConstraints(pattern="^[0-9a-fA-F]{64}$", to_lower=True)]
Port = Annotated[int, Field(ge=1, le=65535)]
# An empty value is not set.
_OrNone = BeforeValidator(lambda value: value or None)
Address = Annotated[Annotated[str, AfterValidator(_address)] | None, _OrNone]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
IdentityKey = Annotated[Annotated[SecretStr, AfterValidator(_identity_key)] | None, _OrNone]
ViewerUrl = Annotated[Annotated[str, AfterValidator(_viewer_url)] | None, _OrNone]
WebAddress = Annotated[Annotated[str, AfterValidator(_web_address)] | None, _OrNone]
# An address may hold a key, as those of chat programs do.
WebhookUrl = Annotated[Annotated[SecretStr, AfterValidator(_webhook_url)] | None, _OrNone]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
HostNames = Annotated[Names, AfterValidator(_host_names)]
Proxies = Annotated[Names, AfterValidator(_addresses)]
AeTitles = Annotated[tuple[AeTitle, ...], NoDecode, BeforeValidator(_split)]
ResultObjects = Annotated[
    tuple[Literal["report", "overlay", "contour"], ...],
    NoDecode,
    BeforeValidator(_split),
    AfterValidator(_with_report),
]
