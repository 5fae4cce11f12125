import csv
import io
import re

import pytest
from made_cases import ADA, hand_in, refusal, scored

from cxr import RESEARCH_USE
from cxr.worklist.case import Finding
from cxr.worklist.location import Location, Side, Zone
from cxr.worklist.reading.export import as_csv
from cxr.worklist.reading.filters import Filter, ListView
from cxr.worklist.worklist import Worklist


def exported(worklist: Worklist, list_view: ListView = ListView.TO_READ) -> list[dict[str, str]]:
    text, count = as_csv(worklist.ranked.every(Filter(list_view)))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == count
    return rows


def test_a_line_says_what_the_list_says_in_its_order(worklist: Worklist) -> None:
    refused = scored(worklist, hand_in(worklist, 1), refusal())
    urgent = scored(worklist, hand_in(worklist, 2))

    first, second = exported(worklist)

    assert (first["rank"], first["case"], first["name"]) == ("1", str(urgent.number), "2.png")
    assert (first["flag"], first["probability"], first["state"]) == ("urgent", "0.9000", "scored")
    assert (second["case"], second["flag"], second["probability"]) == (str(refused.number), "refused", "")
    assert "right after the urgent" in second["why"]


def test_a_report_is_exported_with_who_wrote_it(worklist: Worklist) -> None:
    case = worklist.desk.claim(scored(worklist), ADA)
    worklist.desk.report(case, ADA, Finding.OTHER, agrees=False, note='Effusion, "small"\nleft')

    (row,) = exported(worklist, ListView.READ)

    assert (row["rank"], row["reader"], row["finding"], row["agrees"]) == ("", ADA, "other", "False")
    assert row["note"] == 'Effusion, "small"\nleft'


def test_a_finding_is_exported_with_side_and_zone(worklist: Worklist) -> None:
    case = worklist.desk.claim(scored(worklist), ADA)
    worklist.desk.report(case, ADA, Finding.PNEUMONIA, location=Location(Side.BOTH, Zone.LOWER))

    (row,) = exported(worklist, ListView.READ)

    assert (row["finding"], row["side"], row["zone"]) == ("pneumonia", "both", "lower")


def test_every_line_says_that_it_is_no_medical_device(worklist: Worklist) -> None:
    hand_in(worklist)
    assert exported(worklist)[0]["use"] == RESEARCH_USE


@pytest.mark.parametrize("note", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "＝1", "\tleft", "\r", "\n"])
def test_no_spreadsheet_takes_a_name_or_a_note_for_a_formula(worklist: Worklist, note: str) -> None:
    case = worklist.desk.claim(scored(worklist, hand_in(worklist, name="=name")), ADA)
    worklist.desk.report(case, ADA, Finding.OTHER, note=note)
    (row,) = exported(worklist, ListView.READ)
    assert (row["name"], row["note"]) == ("'=name", f"'{note}")


def test_nor_does_one_that_expects_another_separator(worklist: Worklist) -> None:
    notes = ["left;=1+1", "left; =1+1", 'left;"=1+1', "left\t=1+1", "left|=1+1", "left\n=1+1", "\t=1", "\r=1"]
    for seed, note in enumerate(notes):
        case = worklist.desk.claim(scored(worklist, hand_in(worklist, seed, name=f"{seed};=1+1;b.png")), ADA)
        worklist.desk.report(case, ADA, Finding.OTHER, note=note)
    text, count = as_csv(worklist.ranked.every(Filter(ListView.READ)))

    assert count == len(notes)
    for separator in (";", "\t", "|"):
        cells = [
            cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row
        ]
        cells += [cell for line in re.split(r"[\r\n]", text) for cell in line.split(separator)]
        assert [cell for cell in cells if cell.strip(' \t\r\n"').startswith("=")] == []


def test_other_names_and_numbers_stay_as_they_are(worklist: Worklist) -> None:
    scored(worklist, hand_in(worklist, name="a=b, -c.png"))
    row = exported(worklist)[0]
    assert (row["name"], row["probability"]) == ("a=b, -c.png", "0.9000")


def test_an_empty_list_is_a_line_of_names(worklist: Worklist) -> None:
    assert as_csv(worklist.ranked.every(Filter()))[0].startswith("rank,case,name")
    assert exported(worklist) == []
