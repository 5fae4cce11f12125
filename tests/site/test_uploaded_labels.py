"""Labels that were uploaded: for cases, or with films."""

from pathlib import Path

import pytest
from empty_worklist import empty_database
from made_films import png
from worklist.made_cases import VERSION, hand_in, now, reading, refusal, scored

from cxr.evidence.label import Label
from cxr.film import Population
from cxr.measure.labels import LabelsError
from cxr.model.bundle import load_bundle
from cxr.site.labelled import from_worklist
from cxr.site.uploaded_labels import labels_of_cases, labels_of_films
from cxr.triage.flag import Flag
from cxr.worklist.reading.filters import Filter
from cxr.worklist.site.mode import Mode
from cxr.worklist.worklist import Worklist


def test_labels_name_cases_by_their_number() -> None:
    found = labels_of_cases(b"\xef\xbb\xbfcase,label\n#3,pneumonia\n12,normal\n")

    assert found == {3: Label.PNEUMONIA, 12: Label.NORMAL}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"case\n3\n", "no column label"),
        (b"case,label\nA 3,normal\n", "Line 2: the case is not a number"),
        (b"case,label\n3,normal\n4,ill\n", "Line 3: the label is not one of"),
        (b"case,label\n3,\xff\n", "not text in UTF-8"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_without_its_words(content: bytes, message: str) -> None:
    with pytest.raises(LabelsError, match=message) as raised:
        labels_of_cases(content)
    assert "A 3" not in str(raised.value) and "ill" not in str(raised.value)


def test_labels_of_unread_cases_are_held_against_results_that_the_site_withholds(
    tmp_path: Path, small_bundle: Path
) -> None:
    worklist = Worklist(empty_database(tmp_path), tmp_path / "films")
    ill = scored(worklist, hand_in(worklist, 1), reading(0.9))
    refused = scored(worklist, hand_in(worklist, 2), refusal())
    scored(worklist, hand_in(worklist, 3), reading(0.1))
    worklist.site.change(Mode.SILENT, "root")
    labels = {ill.number: Label.PNEUMONIA, refused.number: Label.NORMAL, 99: Label.NORMAL}

    rows = worklist.ranked.every(Filter(), results=True)
    found = from_worklist((row.case for row in rows), VERSION, load_bundle(small_bundle).card, labels)

    assert {number: film.labelled.label for number, film in found.items()} == {
        refused.number: Label.NORMAL
    } | ({ill.number: Label.PNEUMONIA} if ill.number in found else {})
    assert found[refused.number].flag is Flag.REFUSED
    assert now(worklist, ill.number).flag is None


def test_films_are_kept_under_numbers_and_found_by_their_names(tmp_path: Path) -> None:
    content = b"file,label,population,patient_id\nin\\A.png,pneumonia,child,1\nB.png,normal,adult,2\n"

    films = labels_of_films(content, {"A.png": png(1), "B.png": png(2)}, tmp_path)

    assert [(film.label, film.population, film.patient_id) for film in films] == [
        (Label.PNEUMONIA, Population.CHILD, "1"),
        (Label.NORMAL, Population.ADULT, "2"),
    ]
    assert [film.path.name for film in films] == ["2", "3"] and films[0].path.read_bytes() == png(1)
    assert labels_of_cases(content) is None


def test_a_film_that_was_not_uploaded_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="Line 2: its film was not uploaded"):
        labels_of_films(b"file,label\nROSSI.png,normal\n", {}, tmp_path)
    with pytest.raises(LabelsError, match="neither a column file nor a column case"):
        labels_of_films(b"name,label\nROSSI.png,normal\n", {}, tmp_path)
    with pytest.raises(LabelsError) as raised:
        labels_of_films(b"file,label\nROSSI.png,ill\n", {"ROSSI.png": png(1)}, tmp_path)
    assert str(raised.value).startswith("The list, line 2: label is 'ill'")
