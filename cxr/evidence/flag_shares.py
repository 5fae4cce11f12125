"""What was measured of the flags, as the simulation of the queue takes it."""

from cxr.evidence.evaluation import Evaluation
from cxr.evidence.label import Label
from cxr.film import Population
from cxr.triage.clinic import FlagShares


def flag_shares(evaluation: Evaluation) -> dict[Population, FlagShares]:
    """Gather the shares of the flags among films with and without pneumonia.

    A population without films of both labels is left out: of it nothing can be simulated.
    """
    shares = {}
    for group in evaluation.populations:
        positives, negatives = (
            {flag: share.value for flag, share in group.flags.get(label, {}).items() if share}
            for label in (Label.PNEUMONIA, Label.NORMAL)
        )
        if group.population and positives and negatives:
            shares[group.population] = FlagShares(positives, negatives)
    return shares
