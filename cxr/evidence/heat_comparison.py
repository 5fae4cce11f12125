"""What the loss on radiologists' boxes does for the heat map: one network, trained with it and without."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from cxr.evidence.as_json import AsJson
from cxr.model.estimate import Estimate

HEAT_COMPARISON = "heat_comparison.json"


@dataclass(frozen=True, slots=True)
class ComparedHeat:
    """How one network's heat maps agree with the boxes, over all boxed films whatever their score.

    `command` and `epochs` say how it was trained.
    """

    command: str
    epochs: int
    hit_rate: Estimate
    energy_in_box: Estimate


@dataclass(frozen=True, slots=True)
class HeatComparison(AsJson):
    """A network compared with one that was trained without the loss.

    `bundle` is the version of the network with the loss: the shipped one, or the one it was trained from.
    """

    bundle: str
    without: ComparedHeat
    with_boxes: Annotated[ComparedHeat, Field(alias="with")]

    @property
    def energy_ratio(self) -> float:
        """How many times as much heat lies in the boxes."""
        return self.with_boxes.energy_in_box.value / self.without.energy_in_box.value

    def summary(self) -> str:
        """Sum up in two lines of text."""
        return "\n".join(
            f"{name} the loss, {one.epochs} epochs: hottest in box {one.hit_rate}, energy {one.energy_in_box}"
            for name, one in (("with", self.with_boxes), ("without", self.without))
        )
