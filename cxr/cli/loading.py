"""What every command loads first, or ends without."""

import sys
import tomllib
from typing import TYPE_CHECKING, NoReturn

import typer
from pydantic import ValidationError

from cxr.settings import Settings

if TYPE_CHECKING:
    from cxr.model.bundle import Bundle
    from cxr.screening import Screener


def load_settings() -> Settings:
    """Read the settings; exit code 2 where one makes no sense."""
    try:
        return Settings()
    except ValidationError as error:
        for wrong in error.errors(include_url=False):
            name = f"CXR_{'.'.join(str(part) for part in wrong['loc']).upper()}"
            # A database's URL holds a password, also where its name is mistyped.
            secret = wrong["type"] == "extra_forbidden" or wrong["loc"][0] in ("database", "identity_key")
            shown = "" if secret else f"={wrong['input']}"
            print(
                f"{name}{shown}: {wrong['msg']}. Change it in the environment or in cxr.toml.",
                file=sys.stderr,
            )
        raise typer.Exit(2) from None
    except tomllib.TOMLDecodeError as error:
        print(f"cxr.toml cannot be read: {error}. Mend it.", file=sys.stderr)
        raise typer.Exit(2) from None


def load_bundle_or_fail() -> "Bundle":
    """Load the bundle that the settings name; exit code 1 where it cannot be used."""
    from cxr.model.bundle import BundleError, load_bundle

    settings = load_settings()
    try:
        return load_bundle(settings.models / settings.bundle)
    except BundleError as error:
        fail(str(error))


def load_screener(threads: int | None = None) -> "Screener":
    """Put that bundle to work, on so many threads; exit code 1 where its engine is not there."""
    from cxr.engine_choice import open_screener
    from cxr.model.threads import ALL

    try:
        return open_screener(load_bundle_or_fail(), load_settings(), threads or ALL)
    except ImportError as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """Say what is wrong, and end with exit code 1."""
    print(message, file=sys.stderr)
    raise typer.Exit(1)
