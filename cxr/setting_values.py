"""What a setting may hold: titles, ports, addresses and lists as people write them."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints
from pydantic_settings import NoDecode


def _split(titles: object) -> object:
    """Accept a list as people write it in the environment: separated by commas."""
    if not isinstance(titles, str):
        return titles
    return tuple(title for part in titles.split(",") if (title := part.strip()))


def _address(value: object) -> object:
    """Treat an empty value as not set; otherwise require a host and a port."""
    if value == "":
        return None
    if isinstance(value, str):
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError("give it as HOST:PORT")
    return value


def _viewer_url(value: object) -> object:
    """Treat an empty value as not set; otherwise accept a web address with two placeholders, no others."""
    if value == "" or not isinstance(value, str):
        return value or None
    names = re.findall(r"{(.*?)}", value)
    if not value.startswith(("http://", "https://")) or not names or {*names} - {"study_uid", "accession"}:
        raise ValueError("give it as http(s)://... with {study_uid} or {accession}, and no other braces")
    return value


def _webhook_url(value: object) -> object:
    """Treat an empty value as not set; otherwise accept https, or http to this machine."""
    if value == "" or not isinstance(value, str):
        return value or None
    wrong = ValueError("give it as https://..., or as http:// to this machine")
    try:
        parts = urlsplit(value)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise wrong from None
    here = host in {"localhost", "127.0.0.1", "::1"}
    if not host or parts.username or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
        raise wrong
    return value


# Up to 16 ASCII characters without backslash, no space at either end (PS3.5, AE).
AeTitle = Annotated[str, Field(pattern=r"^[!-\[\]-~]([ -\[\]-~]{0,14}[!-\[\]-~])?$")]
Digest = Annotated[str, StringConstraints(pattern="^[0-9a-fA-F]{64}$", to_lower=True)]
Port = Annotated[int, Field(ge=1, le=65535)]
Address = Annotated[str | None, BeforeValidator(_address)]
ViewerUrl = Annotated[str | None, BeforeValidator(_viewer_url)]
# An address may hold a key, as those of chat programs do.
WebhookUrl = Annotated[SecretStr | None, BeforeValidator(_webhook_url)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
AeTitles = Annotated[tuple[AeTitle, ...], NoDecode, BeforeValidator(_split)]
