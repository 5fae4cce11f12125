from evidence.made_evidence import bare_evidence, both_populations, full_evidence, group

from cxr.evidence.label import Label
from cxr.film import Population
from cxr.lab.evaluate.readme_results import results_table
from cxr.lab.evaluate.tables import measures_table, table


def cells(markdown: str) -> dict[str, list[str]]:
    """Rows of a table by their first cell."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in markdown.splitlines()]
    return {row[0]: row[1:] for row in rows}


def test_a_table_has_a_dash_for_what_is_missing_and_three_digits_for_numbers() -> None:
    assert (
        table(("a", "b"), [("x", None), (0.12345, 7)]) == "| a | b |\n| --- | --- |\n| x | – |\n| 0.123 | 7 |"
    )


def test_every_column_is_a_group_and_every_row_a_measure() -> None:
    evaluation = both_populations()
    rows = cells(measures_table([(one.name, evaluation, one) for one in evaluation.sources]))
    assert rows[""] == ["child, kermany", "adult, siim"]
    assert rows["films"] == ["100", "150"]
    assert rows["with pneumonia"] == ["50", "50"]
    assert rows["AUROC"] == ["0.950 (0.930-0.970)"] * 2
    assert rows["heat map: hit rate"] == ["–", "0.940 (0.920-0.960)"]


def test_healthy_films_of_one_hospital_are_not_ranked_against_sick_films_of_another() -> None:
    external = full_evidence().external
    assert external
    both_labels = group(Population.ADULT, None, (Label.NORMAL, Label.PNEUMONIA))
    rows = cells(measures_table([("adults", external, both_labels)]))
    assert both_labels.auroc
    assert rows["AUROC"] == rows["Brier score"] == rows["calibration error"] == ["–"]
    assert rows["sensitivity, low point"] == ["0.960 (0.940-0.980)"]
    assert rows["specificity, low point"] == ["0.810 (0.790-0.830)"]


def test_the_readme_shows_four_sets_of_films() -> None:
    assert cells(results_table(full_evidence()))[""] == [
        "holdout, children",
        "holdout, adults",
        "val, adults",
        "external, adults",
    ]


def test_the_readme_leaves_out_what_was_not_measured() -> None:
    assert cells(results_table(bare_evidence()))[""] == ["holdout, children", "holdout, adults"]
