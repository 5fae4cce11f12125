"""How long films wait in each order of reading: the results of a simulation."""

import math
import statistics
from dataclasses import dataclass
from enum import StrEnum

import scipy

from cxr.triage.clinic import Clinic

SURE_UNDER = 0.05


class Order(StrEnum):
    """The order in which films are read."""

    FIRST_COME = "first_come"
    RANKED = "ranked"
    CAPPED = "capped"


class Truth(StrEnum):
    """What a film shows, whatever the model says."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


class Measure(StrEnum):
    """A statistic of the waiting times."""

    MEAN = "mean"
    PERCENTILE_95 = "percentile_95"
    LONGEST = "longest"


ORDER_WORDS = {
    Order.FIRST_COME: "First come, first served",
    Order.RANKED: "Ranked",
    Order.CAPPED: "Ranked, with cap",
}
TRUTH_WORDS = {Truth.POSITIVE: "With pneumonia", Truth.NEGATIVE: "Without pneumonia"}
MEASURE_WORDS = {
    Measure.MEAN: "Mean",
    Measure.PERCENTILE_95: "95th percentile",
    Measure.LONGEST: "Longest",
}


@dataclass(frozen=True, slots=True)
class OverRepeats:
    """A figure from every repeat, with their mean and Student's 95 % interval, cut at 0 for waiting times."""

    of_repeats: tuple[float, ...]

    @property
    def value(self) -> float:
        """Mean over the repeats."""
        return statistics.fmean(self.of_repeats)

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        low = self.value - self._margin
        return max(0.0, low) if min(self.of_repeats) >= 0 else low

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.value + self._margin

    @property
    def sign(self) -> int:
        """1 or -1 if the repeats agree on it by a sign test at 5 %, 0 if the difference may be chance.

        The test assumes nothing about the distribution: the longest wait varies widely between repeats.
        """
        above, below = (sum(figure * side > 0 for figure in self.of_repeats) for side in (1, -1))
        if above == below or scipy.stats.binomtest(above, above + below).pvalue >= SURE_UNDER:
            return 0
        sign = 1 if above > below else -1
        return sign if self.value * sign > 0 else 0

    def minus(self, other: "OverRepeats") -> "OverRepeats":
        """The difference repeat by repeat: more precise than either interval, as the films are the same."""
        pairs = zip(self.of_repeats, other.of_repeats, strict=True)
        return OverRepeats(tuple(mine - theirs for mine, theirs in pairs))

    @property
    def _margin(self) -> float:
        count = len(self.of_repeats)
        return (
            float(scipy.stats.t.ppf(0.975, count - 1)) * statistics.stdev(self.of_repeats) / math.sqrt(count)
        )

    def __str__(self) -> str:
        return f"{self.value:.1f} ({self.low:.1f}-{self.high:.1f})"


@dataclass(frozen=True, slots=True)
class Waits:
    """Hours from arrival to the start of reading, for films of one truth read in one order.

    Attributes
    ----------
    films
        Number of films in all repeats.
    longest
        The longest wait of each repeat, which grows with the number of simulated days.
    """

    order: Order
    truth: Truth
    films: int
    mean: OverRepeats
    percentile_95: OverRepeats
    longest: OverRepeats

    def measure(self, measure: Measure) -> OverRepeats:
        """Look up one measure, in hours."""
        found: OverRepeats = getattr(self, measure)
        return found


@dataclass(frozen=True, slots=True)
class Comparison:
    """The waiting times of one clinic in every order."""

    clinic: Clinic
    waits: tuple[Waits, ...]

    def of(self, order: Order, truth: Truth) -> Waits:
        """Look up the waits of one order and truth."""
        return next(waits for waits in self.waits if (waits.order, waits.truth) == (order, truth))

    def change(self, measure: Measure, truth: Truth, order: Order, than: Order) -> OverRepeats:
        """Hours that a film waits longer in one order than in another."""
        return self.of(order, truth).measure(measure).minus(self.of(than, truth).measure(measure))

    def findings(self) -> tuple[str, ...]:
        """Describe the results in plain words, claiming only differences that the repeats agree on."""
        mean = self._changed("Ranking", Measure.MEAN, Order.RANKED, Order.FIRST_COME)
        longest = self._changed("Ranking", Measure.LONGEST, Order.RANKED, Order.FIRST_COME)
        if self.change(Measure.LONGEST, Truth.POSITIVE, Order.RANKED, Order.FIRST_COME).sign > 0:
            longest += ": those that the model misses are read last"
        capped = self._changed("The cap", Measure.LONGEST, Order.CAPPED, Order.RANKED)
        mean_capped = self.of(Order.CAPPED, Truth.POSITIVE).mean.value
        first_come, last = (
            self.of(order, Truth.NEGATIVE).mean.value for order in (Order.FIRST_COME, Order.CAPPED)
        )
        return (
            f"{mean}.",
            f"{longest}.",
            f"{capped}; their mean wait is then {mean_capped:.1f} hours.",
            f"Films without pneumonia wait {last:.1f} instead of {first_come:.1f} hours on average when "
            "ranked with the cap.",
        )

    def _changed(self, what: str, measure: Measure, order: Order, than: Order) -> str:
        change = self.change(measure, Truth.POSITIVE, order, than)
        before, after = (self.of(o, Truth.POSITIVE).measure(measure).value for o in (than, order))
        wait = f"the {MEASURE_WORDS[measure].lower()} wait of films with pneumonia"
        if not change.sign:
            return f"{what} does not measurably change {wait}: {before:.1f} and {after:.1f} hours"
        verb = "shortens" if change.sign < 0 else "lengthens"
        return f"{what} {verb} {wait} from {before:.1f} to {after:.1f} hours"
