"""The results that the README shows, made from the bundle's card."""

from cxr.model.card import Card, Metrics

COLUMNS = (
    ("AUROC", "auroc"),
    ("sensitivity, low point", "sensitivity_low"),
    ("specificity, low point", "specificity_low"),
    ("sensitivity, high point", "sensitivity_high"),
    ("specificity, high point", "specificity_high"),
    ("Brier score", "brier"),
    ("calibration error", "calibration_error"),
)


def results_table(card: Card) -> str:
    """The card's metrics as a Markdown table: a row a metric, a column a set of patients."""
    names = sorted(card.metrics)
    lines = [
        "| | " + " | ".join(_heading(name, card.metrics[name]) for name in names) + " |",
        "|---|" + "---|" * len(names),
    ]
    for title, field in COLUMNS:
        values = " | ".join(str(getattr(card.metrics[name], field)) for name in names)
        lines.append(f"| {title} | {values} |")
    return "\n".join(lines)


def _heading(name: str, metrics: Metrics) -> str:
    return f"{name}: {metrics.films} films of {metrics.patients} patients, {metrics.positives} positive"
