"""Labels that were uploaded: for cases, or with films."""

from pathlib import Path

import pytest
from empty_worklist import empty_database
from made_films import png
from worklist.made_cases import VERSION, hand_in, now, reading, refusal, scored

from cxr.evidence.label import Label
from cxr.film import Population
from cxr.measure.labels import LabelsError
from cxr.measure.table import read_table
from cxr.model.bundle import load_bundle
from cxr.site.labelled import from_worklist
from cxr.site.uploaded_labels import labels_of_cases, labels_of_films, list_and_films
from cxr.triage.flag import Flag
from cxr.worklist.reading.filters import Filter
from cxr.worklist.site.mode import Mode
from cxr.worklist.worklist import Worklist


def test_labels_name_cases_by_their_number() -> None:
    found = labels_of_cases(read_table(b"\xef\xbb\xbfcase;Label\r\n#3;Pneumonia\r\n12;normal\r\n"))

    assert found == {3: Label.PNEUMONIA, 12: Label.NORMAL}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"case\n3\n", "no column label"),
        (b"case,label\nA 3,normal\n", "Line 2: the case is not a number"),
        (b"case,label\n3,normal\n4,ill\n", "Line 3: the label is not one of"),
        (b"case,label\n3,normal\n\n#3,pneumonia\n", "Line 4: it names the case of line 2 again"),
        (b"case,label\n3\n", "Line 2: the label is not one of"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_without_its_words(content: bytes, message: str) -> None:
    with pytest.raises(LabelsError, match=message) as raised:
        labels_of_cases(read_table(content))
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
    table = read_table(
        b"file;label;population;patient_id\n\nin\\A.png;pneumonia;child;1\nB.png;normal;adult;2\n"
    )

    films = labels_of_films(table, {"A.png": png(1), "B.png": png(2)}, tmp_path)

    assert [(film.label, film.population, film.patient_id) for film in films] == [
        (Label.PNEUMONIA, Population.CHILD, "1"),
        (Label.NORMAL, Population.ADULT, "2"),
    ]
    assert [(film.path.name, film.line) for film in films] == [("3", 3), ("4", 4)]
    assert films[0].path.read_bytes() == png(1)
    assert labels_of_cases(table) is None


def test_a_film_that_cannot_be_told_from_another_or_was_not_uploaded_is_named_by_its_line(
    tmp_path: Path,
) -> None:
    def refused(content: bytes) -> str:
        with pytest.raises(LabelsError) as raised:
            labels_of_films(read_table(content), {"ROSSI.png": png(1)}, tmp_path)
        return str(raised.value)

    assert refused(b"file,label\nVERDI.png,normal\n").startswith("Line 2: its film was not uploaded")
    assert "neither a column file nor a column case" in refused(b"name,label\nROSSI.png,normal\n")
    assert refused(b"file,label\nROSSI.png,ill\n").startswith("Line 2: label is 'ill'")
    twice = refused(b"file,label\n1/ROSSI.png,normal\n2/ROSSI.png,pneumonia\n")
    assert twice.startswith("Line 3: its film has the file name of that of line 2") and "ROSSI" not in twice


def test_two_copies_of_an_uploaded_film_are_named_by_their_lines(tmp_path: Path) -> None:
    table = read_table(b"file,label\nA.png,normal\nROSSI.png,pneumonia\n")

    with pytest.raises(LabelsError, match="Line 3: its film is a copy of that of line 2") as raised:
        labels_of_films(table, {"A.png": png(1), "ROSSI.png": png(1)}, tmp_path)
    assert "ROSSI" not in str(raised.value)


LIST, FILM = ("Labels.CSV", b"case,label\n3,normal\n"), ("ROSSI.png", b"film")


@pytest.mark.parametrize(
    ("uploads", "said"),
    [
        ([FILM], "Upload one list"),
        ([LIST, ("other.csv", b"case,label\n"), FILM], "Upload one list"),
        ([LIST, FILM, FILM], "Two of the films have the same file name"),
        ([("labels.csv", b"case,label\n3,\xff\n")], "not text in UTF-8"),
    ],
)
def test_uploads_have_one_list_and_films_of_different_names(
    uploads: list[tuple[str, bytes]], said: str
) -> None:
    with pytest.raises(LabelsError, match=said) as raised:
        list_and_films(uploads)
    assert "ROSSI" not in str(raised.value)

    table, films = list_and_films([LIST, FILM])
    assert labels_of_cases(table) == {3: Label.NORMAL} and films == dict([FILM])
