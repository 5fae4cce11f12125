"""Which site profile a command uses: decided here for all of them."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cxr.cli.loading import fail, fails_on, limit_films, load_settings, open_worklist

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    with fails_on(ProfileError):
        profile = _chosen(which, bundle.version, with_worklist)
        if profile:
            version = with_profile(bundle, profile).version
            print(f"Operating points of site profile {profile.version} are used: {version}.", file=sys.stderr)
    return profile


def at_points_that_fit(
    bundles: "Sequence[Bundle]", which: WhichProfile, with_worklist: bool = False
) -> "list[Bundle]":
    """Use those bundles with the chosen profile that it was made for, and name it on standard error.

    The others keep their own points. Exit code 1 if --profile kept chose one that fits none.
    """
    from cxr.model.site_profile import ProfileError, with_profile

    with fails_on(ProfileError):
        profile = _named(which, with_worklist)
    if profile is None:
        return list(bundles)
    versions = list(dict.fromkeys(bundle.version for bundle in bundles))
    others = " and ".join(version for version in versions if version != profile.bundle)
    made_for = f"Site profile {profile.version} was made for {profile.bundle}"
    if which is WhichProfile.KEPT and profile.bundle not in versions:
        fail(f"{made_for}, which is neither A nor B. Compare with --profile none, or put another in use.")
    if others:
        print(f"{made_for}: {others} keeps its own operating points.", file=sys.stderr)
    else:
        print(f"{made_for}, and is used.", file=sys.stderr)
    return [
        with_profile(bundle, profile) if bundle.version == profile.bundle else bundle for bundle in bundles
    ]


def screener_at(bundle: "Bundle") -> "Screener":
    """Start the engine of a bundle with the points that it has; exit code 1 if it cannot be used."""
    from cxr.engine_choice import open_screener

    settings = load_settings()
    limit_films(settings)
    with fails_on(ImportError):
        # The points were chosen before, by the setting too.
        return open_screener(bundle, settings.model_copy(update={"site_profile": None}))


def _chosen(which: WhichProfile, version: str, with_worklist: bool) -> "SiteProfile | None":
    profile = _named(which, with_worklist)
    # As the app does: the model's own points until one is fitted for this version.
    of_worklist = which is WhichProfile.AUTO and not load_settings().site_profile
    return None if profile and of_worklist and profile.bundle != version else profile


def _named(which: WhichProfile, with_worklist: bool) -> "SiteProfile | None":
    """Find the profile, whatever bundle it was made for."""
    from cxr.model.site_profile import read_profile

    file = load_settings().site_profile
    if which is WhichProfile.NONE:
        return None
    if which is WhichProfile.AUTO and file:
        return read_profile(file)
    if which is WhichProfile.AUTO and not with_worklist:
        return None
    kept = open_worklist(existing=True).profiles.in_use()
    if which is WhichProfile.KEPT and kept is None:
        fail("No site profile is in use on the worklist. Put one in use, or leave --profile out.")
    return kept.profile if kept else None
