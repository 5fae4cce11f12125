"""Which site profile a command uses: decided here for all of them."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cxr.cli.loading import fail, limit_films, load_settings, open_worklist

if TYPE_CHECKING:
    from cxr.model.bundle import Bundle
    from cxr.model.site_profile import SiteProfile
    from cxr.screening import Screener


class WhichProfile(StrEnum):
    """Where calibration and operating points come from."""

    AUTO = "auto"
    """the file of CXR_SITE_PROFILE; without it, what the app uses if the command is about the worklist"""
    KEPT = "kept"
    """the profile in use on the page *This site*"""
    NONE = "none"
    """the model's own"""


ProfileOption = Annotated[
    WhichProfile,
    typer.Option(
        "--profile",
        help="Operating points. auto: the file of CXR_SITE_PROFILE, else with the worklist the profile in "
        "use there, else the model's own; kept: the profile in use on the worklist; none: the model's own.",
    ),
]


def at_chosen_points(bundle: "Bundle", which: WhichProfile, with_worklist: bool = False) -> "Bundle":
    """Use a bundle with the chosen profile, as `chosen_profile`; its version then names it."""
    from cxr.model.site_profile import with_profile

    profile = chosen_profile(bundle, which, with_worklist)
    return with_profile(bundle, profile) if profile else bundle


def chosen_profile(
    bundle: "Bundle", which: WhichProfile, with_worklist: bool = False
) -> "SiteProfile | None":
    """Return the chosen profile, and name it on standard error; None for the model's own points.

    Exit code 1 if it cannot be used with the bundle.

    Parameters
    ----------
    with_worklist
        Whether the command is about the worklist, whose profile then is the usual one.
    """
    from cxr.model.site_profile import ProfileError, with_profile

    try:
        profile = _chosen(which, bundle.version, with_worklist)
        if profile:
            version = with_profile(bundle, profile).version
            print(f"Operating points of site profile {profile.version} are used: {version}.", file=sys.stderr)
    except ProfileError as error:
        fail(str(error))
    return profile


def screener_at(bundle: "Bundle") -> "Screener":
    """Start the engine of a bundle with the points that it has; exit code 1 if it cannot be used."""
    from cxr.engine_choice import open_screener

    settings = load_settings()
    limit_films(settings)
    try:
        # The points were chosen before, by the setting too.
        return open_screener(bundle, settings.model_copy(update={"site_profile": None}))
    except ImportError as error:
        fail(str(error))


def _chosen(which: WhichProfile, version: str, with_worklist: bool) -> "SiteProfile | None":
    from cxr.model.site_profile import read_profile

    file = load_settings().site_profile
    if which is WhichProfile.NONE:
        return None
    if which is WhichProfile.AUTO and file:
        return read_profile(file)
    if which is WhichProfile.AUTO and not with_worklist:
        return None
    kept = open_worklist(existing=True).profiles.in_use()
    if which is WhichProfile.KEPT:
        if kept is None:
            fail("No site profile is in use on the worklist. Put one in use, or leave --profile out.")
        return kept.profile
    # As the app does: the model's own points until one is fitted for this version.
    return kept.profile if kept and kept.profile.bundle == version else None
