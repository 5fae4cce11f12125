"""A site profile: calibration and operating points that were fitted on one hospital's own films."""

import datetime
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from cxr.film import Population
from cxr.model.card import Card, CardPart, PopulationCard
from cxr.model.estimate import Estimate
from cxr.model.released import MARK

if TYPE_CHECKING:
    # Not at run time: the app shows its first page without torch.
    from cxr.model.bundle import Bundle


class ProfileError(Exception):
    """A site profile that cannot be fitted or used, and what to do about it."""


class SitePoints(CardPart):
    """What was fitted for one population, on how many patients, and what it gives on these very films.

    Points look better than they are on the films that they were fitted on; test them on later films.

    Attributes
    ----------
    specificity_before
        With the operating points that were in use before.
    """

    fitted: PopulationCard
    patients_with_pneumonia: int
    patients_without: int
    sensitivity: Estimate | None
    specificity: Estimate | None
    specificity_before: Estimate | None


class SiteProfile(CardPart):
    """Calibration and operating points of a site, for one version of a bundle.

    Attributes
    ----------
    bundle
        Version of the bundle that it belongs to; it fits no other.
    made_by, made_at
        Who answers for it.
    """

    bundle: str
    made_by: str = Field(min_length=1)
    made_at: datetime.datetime
    populations: dict[Population, SitePoints]

    @property
    def version(self) -> str:
        """Eight characters of the SHA-256 of its content."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]


def read_profile(path: Path) -> SiteProfile:
    """Read a profile from its file.

    Raises
    ------
    ProfileError
        Where it is missing or holds something else.
    """
    try:
        return SiteProfile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ProfileError(
            f"The site profile {path} cannot be read. Correct CXR_SITE_PROFILE, or remove it to use the "
            "bundle's own operating points."
        ) from error
    except ValidationError as error:
        raise ProfileError(
            f"{path} is not a site profile of this version. Fit it again with 'cxr profile'."
        ) from error


def profiled(card: Card, version: str, profile: SiteProfile) -> tuple[Card, str]:
    """Put a site's calibration and points into a bundle's card; the version then names both.

    Raises
    ------
    ProfileError
        Where the profile was fitted for another version of the bundle.
    """
    if profile.bundle != version:
        raise ProfileError(
            f"The site profile was fitted for {profile.bundle}, but the model is {version}. Fit it "
            "again with 'cxr profile', or remove CXR_SITE_PROFILE."
        )
    populations = card.populations | {
        population: points.fitted for population, points in profile.populations.items()
    }
    return card.model_copy(update={"populations": populations}), f"{version}{MARK}{profile.version}"


def with_profile(bundle: "Bundle", profile: SiteProfile) -> "Bundle":
    """Use a bundle with a site's calibration and points; its version then names both.

    Raises
    ------
    ProfileError
        Where the profile was fitted for another version of the bundle.
    """
    card, version = profiled(bundle.card, bundle.version, profile)
    return replace(bundle, card=card, version=version)


def at_site(bundle: "Bundle", path: Path | None) -> "Bundle":
    """Use a bundle with the profile in a file, or as it is where none is named.

    Raises
    ------
    ProfileError
        Where the profile cannot be read, or was fitted for another version of the bundle.
    """
    return with_profile(bundle, read_profile(path)) if path else bundle
