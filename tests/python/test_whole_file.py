"""A file that is written is there whole, or as it was; nothing lies beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from outreach_hub.whole_file import whole_file, write_whole


def test_it_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("before")
    with whole_file(path) as file:
        file.write(b"af")
        assert path.read_text() == "before"
        file.write(b"ter")
    assert path.read_text() == "after"
    assert list(tmp_path.iterdir()) == [path]


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("before")
    with pytest.raises(OSError, match="No space"), whole_file(path) as file:
        file.write(b"half a pa")
        raise OSError(28, "No space left on device")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_that_is_taken_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.mkdir()
    with pytest.raises(OSError):
        write_whole(path, "a page")
    assert list(tmp_path.iterdir()) == [path]


def test_files_of_one_stem_do_not_meet(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a.json") as one, whole_file(tmp_path / "a.html") as other:
        one.write(b"1")
        other.write(b"2")
    assert (tmp_path / "a.json").read_text() == "1"
    assert (tmp_path / "a.html").read_text() == "2"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(path, "a page")
        assert os.read(reader, 100) == b"a page"
    finally:
        os.close(reader)
    assert path.is_fifo()


def test_a_link_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "page.html", tmp_path / "newest.html"
    link.symlink_to(path.name)
    write_whole(link, "a page")
    assert link.is_symlink()
    assert path.read_text() == "a page"


def test_it_makes_the_folder_and_keeps_to_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.html"
    write_whole(path, "a page")
    plain = tmp_path / "plain"
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode
