"""What a flag is worth where the films are read, which depends on how many of them show pneumonia."""

from cxr.evidence.evaluation import Group
from cxr.evidence.label import Label
from cxr.triage.flag import Flag


def share_with_pneumonia(group: Group, flag: Flag, prevalence: float) -> float | None:
    """Share of pneumonia among films of a flag, by Bayes' rule; None where that cannot be known.

    For `urgent` it is the positive predictive value, for `routine` one minus the negative one.

    Parameters
    ----------
    prevalence
        Share of pneumonia among all films, 0 to 1.
    """
    of_positives, of_negatives = (
        group.flags.get(label, {}).get(flag) for label in (Label.PNEUMONIA, Label.NORMAL)
    )
    if of_positives is None or of_negatives is None:
        return None
    found = prevalence * of_positives.value
    flagged = found + (1 - prevalence) * of_negatives.value
    return found / flagged if flagged else None


def of_a_hundred(group: Group, label: Label) -> dict[Flag, int]:
    """How many of a hundred films of a label get each flag: whole numbers that add up to a hundred.

    What rounding down leaves goes to the flags that lost most by it (Hamilton's method). Empty where there is
    no film of the label.
    """
    shares = {flag: 100 * share.value for flag, share in group.flags.get(label, {}).items() if share}
    whole = {flag: int(share) for flag, share in shares.items()}
    losers = sorted(shares, key=lambda flag: whole[flag] - shares[flag])
    for flag in losers[: round(sum(shares.values())) - sum(whole.values())]:
        whole[flag] += 1
    return whole
