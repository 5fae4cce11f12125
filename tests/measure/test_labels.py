from pathlib import Path

import pytest
from lab.evaluate.synthetic_clinic import row, write_labels

from cxr.evidence.label import Label
from cxr.film import Population
from cxr.measure.labels import (
    COLUMNS,
    LabelsError,
    keep,
    read_labels,
    require_different_films,
    require_files,
)


def test_every_column_of_a_line_is_read(tmp_path: Path) -> None:
    line = row("a/b.png", "pneumonia", width=300, boxes_xywh="[[1, 2.5, 3, 4], [5, 6, 7, 8]]")
    (film,) = read_labels(write_labels(tmp_path / "labels.csv", [line]))
    assert film.path == tmp_path / "a/b.png"
    assert (film.label, film.population, film.split) == (Label.PNEUMONIA, Population.CHILD, "val")
    assert film.positive
    assert film.patient == ("east", "a/b.png")
    assert film.size == (300, 128)
    assert film.boxes == ((1, 2.5, 3, 4), (5, 6, 7, 8))


def test_a_spreadsheet_s_byte_order_mark_and_empty_lines_do_no_harm(tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "labels.csv", [row("a.png", "normal")])
    labels.write_bytes(b"\xef\xbb\xbf" + labels.read_bytes() + b"\r\n\r\n")
    assert [film.path.name for film in read_labels(labels)] == ["a.png"]


@pytest.mark.parametrize(
    ("column", "value", "remedy"),
    [
        ("label", "sick", "normal, pneumonia, other"),
        ("label", "", "normal, pneumonia, other"),
        ("population", "toddler", "child, adult, unknown"),
        ("width", "0", "the film's size in pixels"),
        ("height", "tall", "the film's size in pixels"),
        ("patient_id", "", "a value"),
        ("boxes_xywh", "[[1, 2, 3]]", "[[x, y, width, height]]"),
        ("boxes_xywh", "[[1, 2, 3, -4]]", "[[x, y, width, height]]"),
        ("boxes_xywh", "[[1, 2, 3, NaN]]", "[[x, y, width, height]]"),
        ("boxes_xywh", "null", "[[x, y, width, height]]"),
        ("boxes_xywh", "[[", "[[x, y, width, height]]"),
    ],
)
def test_a_wrong_value_is_named_with_its_line_and_the_remedy(
    tmp_path: Path, column: str, value: str, remedy: str
) -> None:
    lines = [row("a.png", "normal"), row("b.png", "normal") | {column: value}]
    with pytest.raises(LabelsError) as refused:
        read_labels(write_labels(tmp_path / "labels.csv", lines))
    assert f"Line 3: {column} is {value!r}; write " in str(refused.value)
    assert remedy in str(refused.value)


def test_a_line_that_stops_short_is_refused(tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "labels.csv", [])
    labels.write_text(labels.read_text() + "a.png,normal\n")
    with pytest.raises(LabelsError, match="Line 2: it has fewer cells than the header"):
        read_labels(labels)


def test_capitals_are_read_and_an_empty_cell_is_one_that_was_left_out(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("File;Label;Population\n\na.dcm;Pneumonia;\nb.png;NORMAL;Adult\n")

    films = read_labels(labels)

    assert [(film.label, film.population) for film in films] == [
        (Label.PNEUMONIA, Population.UNKNOWN),
        (Label.NORMAL, Population.ADULT),
    ]
    assert [film.line for film in films] == [3, 4]


@pytest.mark.parametrize("again", ["a.png", "./in/../a.png"])
def test_a_film_that_two_lines_name_is_refused(tmp_path: Path, again: str) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(f"file,label\na.png,normal\nb.png,normal\n{again},pneumonia\n")

    with pytest.raises(LabelsError, match="Line 4: it names the film of line 2 again"):
        read_labels(labels)


def test_films_that_are_not_there_are_named_by_their_lines_alone(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("file,label\na.png,normal\nROSSI.png,normal\n" + f"{'b' * 300}.png,normal\n")
    (tmp_path / "a.png").touch()

    with pytest.raises(LabelsError, match=r"2 films of 3 not found, in line 3, 4\. Correct") as refused:
        require_files(labels, read_labels(labels))
    assert "ROSSI" not in str(refused.value)


def test_copies_of_a_film_are_no_films_of_several_patients(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("file,label\na.png,normal\nother.png,normal\nROSSI.png,pneumonia\n")
    for name, content in (("a.png", b"one"), ("other.png", b"two"), ("ROSSI.png", b"one")):
        (tmp_path / name).write_bytes(content)

    with pytest.raises(LabelsError, match="Line 4: its film is a copy of that of line 2") as refused:
        require_different_films(read_labels(labels))
    assert "ROSSI" not in str(refused.value)
    (tmp_path / "ROSSI.png").write_bytes(b"three")
    require_different_films(read_labels(labels))


def test_a_missing_column_that_is_needed_is_named(tmp_path: Path) -> None:
    columns = tuple(column for column in COLUMNS if column != "label")
    labels = write_labels(tmp_path / "labels.csv", [row("a.png", "normal")], columns)
    with pytest.raises(LabelsError, match="The header has no column label"):
        read_labels(labels)


def test_a_hospital_s_own_list_needs_files_and_labels_only(tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "labels.csv", [row("a.png", "normal")], ("file", "label"))
    (film,) = read_labels(labels)
    assert (film.population, film.patient, film.boxes) == (Population.UNKNOWN, ("site", "a.png"), ())


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"x" * 200_000])
def test_a_file_that_is_no_labels_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    labels = tmp_path / "labels.csv"
    if content:
        labels.write_bytes(content)
    with pytest.raises(LabelsError, match=r"labels\.csv"):
        read_labels(labels)


def test_films_are_kept_by_source_and_split(tmp_path: Path) -> None:
    lines = [
        row(f"{source}-{split}.png", "normal", source=source, split=split)
        for source in ("east", "west")
        for split in ("train", "val")
    ]
    films = read_labels(write_labels(tmp_path / "labels.csv", lines))
    assert len(keep(films)) == 4
    assert [film.path.name for film in keep(films, sources=["west"], splits=["val"])] == ["west-val.png"]


def test_a_source_that_the_labels_do_not_hold_is_refused_even_beside_one_that_they_do(tmp_path: Path) -> None:
    films = read_labels(write_labels(tmp_path / "labels.csv", [row("a.png", "normal")]))
    with pytest.raises(LabelsError, match=r"No films for weast: the labels hold east \(val\)"):
        keep(films, sources=["east", "weast"])
