"""What commands load first: settings, model, worklist. They stop with a message if one is unusable."""

import os
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from pydantic import ValidationError

from cxr.setting_values import faults, unwritable
from cxr.settings import Settings

if TYPE_CHECKING:
    from cxr.model.bundle import Bundle
    from cxr.screening import Screener
    from cxr.worklist.worklist import Worklist

LabelsOption = Annotated[Path | None, typer.Option(help="Labels; by default labels.csv in CXR_DATA.")]
WHO_LENGTH = 80


def settings() -> None:
    """Print every setting, its value and its purpose."""
    values = load_settings()
    for name, field in Settings.model_fields.items():
        print(f"CXR_{name.upper()}={values.shown(name)}  # {field.description}")


def load_settings() -> Settings:
    """Read the settings; exit code 2 if one is invalid."""
    try:
        return Settings()
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        print(*faults(error), sep="\n", file=sys.stderr)
        raise typer.Exit(2) from None


def load_bundle_or_fail() -> "Bundle":
    """Load the bundle that the settings name, to score films; exit code 1 if it cannot be used."""
    from cxr.model.bundle import BundleError, load_trusted_bundle
    from cxr.model.released import RELEASED, UNRELEASED

    settings = load_settings()
    with fails_on(BundleError):
        bundle = load_trusted_bundle(settings.models / settings.bundle, settings.bundle_digest)
    if bundle.digest not in RELEASED:
        print(UNRELEASED, file=sys.stderr)
    return bundle


def load_measured_bundle(named: str | None = None) -> "Bundle":
    """Load a bundle to measure it, released or not; exit code 1 if its files do not agree.

    Parameters
    ----------
    named
        Its folder, or the folder's name in CXR_MODELS; by default the bundle that the settings name.
    """
    from cxr.model.bundle import BundleError, load_bundle

    settings = load_settings()
    folder = Path(named) if named and Path(named).is_dir() else settings.models / (named or settings.bundle)
    with fails_on(BundleError):
        return load_bundle(folder)


def require_writable(folder: Path) -> None:
    """See that a folder for results can be made, before anything is measured; exit code 1 if it cannot."""
    if there := unwritable(folder):
        fail(
            f"Nothing can be written to {folder}: {there} is not a folder that you may write to. "
            "Name another."
        )


def print_digest(folder: Path) -> None:
    """Print what is needed to release the bundle in a folder."""
    from cxr.model.released import digest_in

    print(
        f"Its digest is {digest_in(folder)}. To release it, enter that in RELEASED in cxr/model/released.py; "
        "until then, films are scored with it only if CXR_BUNDLE_DIGEST names it."
    )


def load_screener(threads: int | None) -> "Screener":
    """Start the bundle's engine on the given number of threads; exit code 1 if it cannot be used."""
    from cxr.engine_choice import open_screener
    from cxr.model.site_profile import ProfileError
    from cxr.model.threads import ALL

    settings = load_settings()
    limit_films(settings)
    with fails_on(ImportError, ProfileError):
        return open_screener(load_bundle_or_fail(), settings, threads or ALL)


def start_logs() -> None:
    """Log as the settings say from here on, for commands that run until they are stopped."""
    from cxr.logs import configure_logs, log_start

    settings = load_settings()
    configure_logs(settings)
    log_start(settings)


def limit_films(settings: Settings) -> None:
    """Set what decoding one film may take."""
    from cxr.film.decoding_pool import Limits
    from cxr.film.sandbox import limit_decoding

    limit_decoding(Limits(settings.film_seconds, settings.film_memory_mb, settings.workers))


def data_folder(settings: Settings) -> Path:
    """Folder of the labelled films; exit code 1 if it is not set."""
    if settings.data is None:
        fail("No labelled films are named. Set CXR_DATA to their folder.")
    return settings.data


def labels_file(labels: Path | None) -> Path:
    """The labels of an option, or those in the folder that CXR_DATA names."""
    return labels or data_folder(load_settings()) / "labels.csv"


def open_worklist(existing: bool = False) -> "Worklist":
    """Open the worklist of the settings; exit code 1 if it cannot be used.

    Parameters
    ----------
    existing
        Fail rather than create a database: for commands that only look at one.
    """
    from cxr.worklist.store.database import WorklistError
    from cxr.worklist.worklist import Worklist

    settings = load_settings()
    limit_films(settings)
    if existing and (file := settings.database_file) and not file.exists():
        fail(f"There is no worklist at {file}. Set CXR_DATABASE to an existing one.")
    with fails_on(WorklistError):
        return Worklist.of(settings)


def who() -> str:
    """Name the command line and its user for the audit trail."""
    try:
        import pwd

        # Not `getpass`, which trusts environment variables that anyone can set.
        return f"command line ({pwd.getpwuid(os.getuid()).pw_name})"[:WHO_LENGTH]
    except (ImportError, KeyError):  # Windows; a user without a name
        return "command line"


def fail(message: str) -> NoReturn:
    """Print what is wrong, and end with exit code 1."""
    print(message, file=sys.stderr)
    raise typer.Exit(1)


@contextmanager
def fails_on(*kinds: type[Exception]) -> Iterator[None]:
    """End with the text of an error of these kinds, and exit code 1."""
    try:
        yield
    except kinds as error:
        fail(str(error))
