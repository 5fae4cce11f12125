"""A bundle's description of itself: everything except the weights that is needed to flag a film."""

import shlex
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cxr.film import Population
from cxr.film.counted import counted
from cxr.model.precision import Precision
from cxr.quality.check import RefusalCode

# Not with the trunks: the app shows its first page without torch.
TrunkName = Literal["mobilenet_v2", "efficientnet_lite0"]
GreyLevels = Literal["equalised", "standardised"]
Probability = Annotated[float, Field(ge=0, le=1)]


def _several(value: object) -> object:
    """Read what cards from before a network could have two trunks say of the one, or of none."""
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


Several = BeforeValidator(_several)
AtLeastOne = Field(min_length=1)


class CardPart(BaseModel):
    """A part of a card: never changed once made, and refused where a field is unknown."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )


class Preprocessing(CardPart):
    """How a film becomes the network's input (see `cxr.model.preprocess`).

    `grey_levels` says what happens to these: `equalised` with slopes of at most `slope_limit`, or
    `standardised`; each is a channel of the input, and one trunk's.
    """

    size: Annotated[int, Field(ge=64)]
    slope_limit: Annotated[float, Field(ge=1)] = 4.0
    grey_levels: Annotated[tuple[GreyLevels, ...], Several, AtLeastOne] = ("equalised",)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, rows and columns of a film as the network takes it."""
        return len(self.grey_levels), self.size, self.size


class Architecture(CardPart):
    """What has to be known to build the network before its weights are read."""

    trunks: Annotated[
        tuple[TrunkName, ...], Several, AtLeastOne, Field(validation_alias=AliasChoices("trunks", "trunk"))
    ]
    """Side by side, where there are several: the head takes the features of all."""
    output_stride: Literal[16]
    hidden: int
    lungs: bool = False
    """Whether the weights include a layer that separates lungs from the rest."""


class Calibration(CardPart):
    """Platt's logistic map from the network's logit to a probability.

    Platt, J.: Probabilistic outputs for support vector machines (1999).
    """

    slope: Annotated[float, Field(gt=0)]
    intercept: float
    fitted_prevalence: Annotated[float, Field(gt=0, lt=1)]

    def probability(self, logit: float) -> float:
        """Calibrated probability of pneumonia-type opacity for a logit."""
        return float(1 / (1 + np.exp(-(self.slope * logit + self.intercept))))


class OperatingPoints(CardPart):
    """The probabilities at which a flag changes: `review` from `low`, `urgent` from `high`."""

    low: Probability
    high: Probability

    @model_validator(mode="after")
    def _ordered(self) -> "OperatingPoints":
        if self.low > self.high:
            raise ValueError(f"The low operating point {self.low} lies above the high one {self.high}.")
        return self

    def reached(self, probability: float) -> int:
        """How many of the two points a probability reaches: 0, 1 or 2."""
        return int(probability >= self.low) + int(probability >= self.high)


class PopulationCard(CardPart):
    """Calibration and operating points for one population, fitted on its validation patients."""

    calibration: Calibration
    operating_points: OperatingPoints


class QualityHeadCard(CardPart):
    """The kinds that the quality head distinguishes, and the log-odds at which it refuses."""

    kinds: tuple[RefusalCode, ...]
    threshold: float


class HeatScale(CardPart):
    """The one scale of all heat maps.

    `full` is the contribution to the logit, summed over a map's cell, that is drawn in full colour;
    `contour` the share of it that the contour follows.
    """

    full: Annotated[float, Field(gt=0)]
    contour: Annotated[float, Field(gt=0, lt=1)]


class Training(CardPart):
    """How anyone with the public data can train the bundle again."""

    command: str
    seed: int
    data_sha256: str
    epochs: int
    best_epoch: int
    films: dict[str, int]
    versions: dict[str, str]
    licence: str
    started_from: Annotated[tuple["StartedFrom", ...], Several] = ()
    """The bundles whose weights it went on from, or which it joined."""
    sources: tuple[str, ...] = ()
    """Sources of the films; bundles made before this was recorded have none here."""
    refitted: str | None = None
    """Command that fitted calibration and operating points again after the training."""

    @property
    def trained_on(self) -> tuple[str, ...]:
        """Sources of the films, from the command for older bundles; nothing if it names none."""
        words = shlex.split(self.command)
        named = (value for option, value in pairwise(words) if option == "--source")
        return self.sources or tuple(dict.fromkeys(named))


class StartedFrom(CardPart):
    """The bundle whose weights a training went on from, and how that one was trained."""

    version: str
    training: Training


class PrecisionCheck(CardPart):
    """How results in another precision compare with those in float32 on the check films.

    `largest_move` is that of a probability, at the prevalence where it moves most.
    """

    films: Annotated[int, Field(ge=1)]
    flags_changed: Annotated[int, Field(ge=0)]
    largest_move: Probability
    engines: Annotated[tuple[str, ...], Field(min_length=1)]

    def __str__(self) -> str:
        changed = counted(self.flags_changed, "changes its flag", "change their flag")
        return (
            f"of {self.films} check films {changed}, and no probability moves by more than "
            f"{self.largest_move:.4f}"
        )


class Card(CardPart):
    """The whole card, `bundle.json`: how a film is scored. `metrics.json` beside it records how well."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    created: str
    architecture: Architecture
    preprocessing: Preprocessing
    populations: dict[Population, PopulationCard]
    heat: HeatScale
    quality_head: Annotated[QualityHeadCard, Field(alias="gate")]
    training: Training
    precision: Precision = Precision.FLOAT32
    """That of the trunk on processors with units for it; decided when the bundle is built."""
    precision_check: PrecisionCheck | None = None

    @model_validator(mode="after")
    def _has_a_population(self) -> "Card":
        if not self.populations or Population.UNKNOWN in self.populations:
            raise ValueError("A card names at least one known population with its operating points.")
        return self

    @model_validator(mode="after")
    def _precision_was_checked(self) -> "Card":
        if self.precision is Precision.FLOAT32:
            return self
        if self.precision_check is None or self.precision_check.flags_changed:
            raise ValueError(f"A card may allow {self.precision} only with a check in which no flag changed.")
        return self
