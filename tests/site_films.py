"""Films of a site at which every logit lies higher than where a bundle was fitted, and a profile of them."""

import numpy as np
from measure.made_screened import screened

from cxr.evidence.label import Label
from cxr.measure.screened import ScreenedFilm
from cxr.model.bundle import Bundle
from cxr.model.site_profile import SiteProfile
from cxr.site.fit_profile import fit_profile

_fitted: dict[tuple[str, float, float], SiteProfile] = {}


def films_of_site(count: int, apart: float = 2.0) -> list[ScreenedFilm]:
    """Make as many films of each label; all logits lie 2 higher."""
    random = np.random.default_rng(1)
    found = []
    for number in range(2 * count):
        label = Label.PNEUMONIA if number % 2 else Label.NORMAL
        logit = random.normal(apart if label is Label.PNEUMONIA else -apart) + 2
        probability = float(1 / (1 + np.exp(-logit)))
        found.append(screened(label, probability, patient=f"p{number}", logit=logit))
    return found


def profile_for(bundle: Bundle, sensitivity: float = 0.95, apart: float = 2.0) -> SiteProfile:
    """Fit a profile on such films, once for each version: its intervals take a second."""
    key = (bundle.version, sensitivity, apart)
    if key not in _fitted:
        _fitted[key] = fit_profile(films_of_site(100, apart), bundle, "Dr Rossi", sensitivity)
    return _fitted[key]
