"""The settings of a training run."""

from dataclasses import dataclass, replace

from cxr.model.card import GreyLevels, Preprocessing


@dataclass(frozen=True, slots=True)
class FitSettings:
    """Everything that determines a run, apart from the films and the starting weights.

    Attributes
    ----------
    epochs, steps
        Epochs, and batches in each.
    coarse, fine
        Shares of the epochs, at the beginning on small films, and at the end at the output stride of serving;
        all others at twice this stride, which costs half as much.
    focus, lungs
        Weights of the losses on the heat map and on the outlines; at 0 for both, neither is computed.
    """

    epochs: int = 5
    steps: int = 180
    coarse: float = 0.2
    fine: float = 0.2
    batch_size: int = 32
    learning_rate: float = 6e-4
    weight_decay: float = 0.02
    averaging: float = 0.998
    warmup: float = 0.08
    focus: float = 0.0
    lungs: float = 0.0
    smoothing: float = 0.06
    size: int = 224
    slope_limit: float = 4.0
    grey_levels: tuple[GreyLevels, ...] = ("standardised",)
    seed: int = 7
    bfloat16: bool = False

    @property
    def map_losses(self) -> bool:
        """Whether heat map or outlines are trained, which takes a layer that finds the lungs."""
        return bool(self.focus or self.lungs)

    @property
    def preprocessing(self) -> Preprocessing:
        """What the card will say about the films."""
        return Preprocessing(size=self.size, slope_limit=self.slope_limit, grey_levels=self.grey_levels)

    def continuing(self, preprocessing: Preprocessing) -> "FitSettings":
        """Go on with a network that was trained on films prepared so, at the geometry of serving."""
        return replace(
            self,
            coarse=0.0,
            fine=1.0,
            size=preprocessing.size,
            slope_limit=preprocessing.slope_limit,
            grey_levels=preprocessing.grey_levels,
        )
