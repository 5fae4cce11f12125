"""What the quality check refuses: other images, kind by kind, and films that it should have let through."""

from collections.abc import Iterable
from dataclasses import dataclass

from cxr.evidence.as_json import AsJson
from cxr.film import Population
from cxr.model.estimate import Estimate

QUALITY = "gate_evidence.json"


@dataclass(frozen=True, slots=True)
class Kind:
    """Images of one kind that are not films to score, and the share of them that is refused.

    `seen` says whether the quality head was fitted on others of this kind.
    """

    kind: str
    seen: bool
    films: int
    refused: Estimate

    @property
    def words(self) -> str:
        """The kind in words, without the way its images were obtained."""
        plain = self.kind.removeprefix("made_").removesuffix("_64px").replace("_", " ")
        return plain.capitalize().replace(" ct", " CT")


@dataclass(frozen=True, slots=True)
class QualityEvidence(AsJson):
    """The quality head tested on images that it must refuse and on films that it must not.

    Attributes
    ----------
    kinds
        Refused by the head that is shipped.
    false_refusals
        Share of chest films refused, by population.
    left_out
        Each kind refused by a head that was fitted without it.
    """

    kinds: tuple[Kind, ...]
    false_refusals: dict[Population, Estimate]
    left_out: tuple[Kind, ...] = ()

    @property
    def refused_seen(self) -> float | None:
        """Share of images refused of the kinds that the head has seen."""
        return _share(kind for kind in self.kinds if kind.seen)

    @property
    def refused_unseen(self) -> float | None:
        """Share of images refused of kinds that the head had not seen."""
        return _share([*(kind for kind in self.kinds if not kind.seen), *self.left_out])


def _share(kinds: Iterable[Kind]) -> float | None:
    kinds = list(kinds)
    films = sum(kind.films for kind in kinds)
    return sum(kind.films * kind.refused.value for kind in kinds) / films if films else None
