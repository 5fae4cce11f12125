"""Folders as hospitals have them: closed, far too deep, with links, pipes and odd names."""

import os
import socket
import threading
from collections import Counter
from pathlib import Path

import pytest

from cxr.film import FilmError, FilmErrorCode
from cxr.film.folder import list_folder, read_content
from cxr.film.printable import printable

ODD_NAMES = (
    b"line\nend.png",
    b"\x1b[31mred.png",
    "rtl\u202egnp.png".encode(),
    b"bytes\xff.png",
    b"n" * 255,
    b"-rf",
    b" blank ",
    b"=cmd|'!A1",
)


def test_every_file_is_listed_whatever_its_name_and_links_are_counted(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (outside := tmp_path / "outside.png").write_bytes(b"film")
    for name in ODD_NAMES:
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_bytes(b"film")
    (folder / "link.png").symlink_to(outside)
    (folder / "loop.png").symlink_to("loop.png")
    (folder / "dangling.png").symlink_to("nowhere")
    (folder / "around").symlink_to(folder)
    os.mkfifo(folder / "pipe.png")
    with socket.socket(socket.AF_UNIX) as served:
        served.bind(str(folder / "socket.png"))
        listing = list_folder(folder)

    assert {os.fsencode(path.name) for path in listing.files} == {*ODD_NAMES}
    assert listing.closed == [] and listing.left_out == Counter({"link": 4, "special file": 2})
    assert all(printable(str(path), "?").isprintable() for path in listing.files)


def test_folders_within_folders_are_listed_until_their_path_is_too_long(tmp_path: Path) -> None:
    # Long names: of short ones there would be so many levels that nothing in Python could remove them.
    name = "d" * 250
    levels = os.pathconf(tmp_path, "PC_PATH_MAX") // len(name) + 1
    (tmp_path / "film.png").write_bytes(b"film")
    place = os.open(tmp_path, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=place)
        below = os.open(name, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)

    listing = list_folder(tmp_path)

    assert listing.files == [tmp_path / "film.png"] and len(listing.closed) == 1


def test_a_folder_that_is_not_there_is_closed_rather_than_empty(tmp_path: Path) -> None:
    assert list_folder(tmp_path / "gone").closed == [tmp_path / "gone"]


def test_ten_thousand_empty_files_are_each_listed(tmp_path: Path) -> None:
    for number in range(10_000):
        os.close(os.open(tmp_path / f"{number}.dcm", os.O_CREAT))
    assert len(list_folder(tmp_path).files) == 10_000


def test_a_file_that_became_something_else_is_refused_at_once(tmp_path: Path) -> None:
    """Whoever reads a pipe that nobody writes to waits for ever: here, until the test's end."""
    (film := tmp_path / "film.png").write_bytes(b"film")
    (tmp_path / "link.png").symlink_to(film)
    os.mkfifo(tmp_path / "pipe.png")
    codes: list[FilmErrorCode] = []

    def read() -> None:
        for path, follow in (("pipe.png", True), ("/dev/zero", True), ("link.png", False), ("", True)):
            with pytest.raises(FilmError) as raised:
                read_content(tmp_path / path, follow)
            codes.append(raised.value.code)

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    reading.join(20)

    assert codes == [FilmErrorCode.NOT_FOUND] * 4
    assert read_content(tmp_path / "link.png") == b"film"
