import pytest

from cxr.measure.table import MOST_LINES, MOST_MB, TableError, read_table

TEXT = "File,Label ,patient_id\nMüller/a.png, normal,1\n\n,,\nb.png,pneumonia,2\n"
LINES = {
    2: {"file": "Müller/a.png", "label": "normal", "patient_id": "1"},
    5: {"file": "b.png", "label": "pneumonia", "patient_id": "2"},
}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_however_a_spreadsheet_saved_it(delimiter: str, encoding: str, end: str) -> None:
    content = TEXT.replace(",", delimiter).replace("\n", end).encode(encoding)

    table = read_table(content)

    assert table.columns == ("file", "label", "patient_id")
    assert table.lines == LINES


def test_lines_keep_their_numbers_behind_a_cell_with_line_breaks() -> None:
    table = read_table(b'\nfile,label\n"a\nb.png",normal\nc.png,normal\n')

    assert {number: cells["file"] for number, cells in table.lines.items()} == {3: "a\nb.png", 5: "c.png"}


def test_a_line_that_stops_short_lacks_its_last_cells_and_empty_columns_do_no_harm() -> None:
    table = read_table(b"file;label;;\na.png;normal;;\nb.png\n")

    assert [cells.get("label") for cells in table.lines.values()] == ["normal", None]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_a_table_without_columns(content: bytes) -> None:
    table = read_table(content)

    assert (table.columns, table.lines) == ((), {})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"file,label\nROSSI, MARIA.png,normal\n", "Line 2: it has more cells than the header"),
        (b'file,label\na.png,normal\n"ROSSI.png,normal\nb.png,normal\n', "Line 3: its quotation marks"),
        (b"file,label\n" + b"x" * 200_000 + b",normal\n", "Line 2: "),
        ("file,label\nROSSI_é.png,normal\n".encode("latin-1"), "not text in UTF-8"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\xff\xfe", "not text in UTF-8"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"file,label,Label\nROSSI.png,normal,other\n", "the same name"),
        (b"file\n" + b"a\n" * (MOST_LINES + 1), "more than 200,000 lines"),
        (b"file\n" + b"a" * MOST_MB * 1024 * 1024, "larger than 16 MB"),
    ],
)
def test_what_is_no_table_is_refused_without_its_words(content: bytes, said: str) -> None:
    with pytest.raises(TableError) as refused:
        read_table(content)

    assert said in str(refused.value) and "ROSSI" not in str(refused.value)
