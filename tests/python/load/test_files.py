"""Opening files: what they are packed in and written in."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest

from outreach_hub.errors import UsageError
from outreach_hub.load.files import inspect, open_text

TEXT = "id,name\n1,Café\n"


def read(path: Path) -> str:
    with open_text(inspect(path), lambda count: None) as stream:
        return stream.read()


def packed_zip(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, TEXT)
    return path


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "UTF-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "UTF-8 with BOM"),
        (TEXT.encode("latin-1"), "Latin-1 (Windows-1252)"),
        (TEXT.replace("é", "“é”").encode("cp1252"), "Latin-1 (Windows-1252)"),
    ],
)
def test_encodings_are_told_apart(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert inspect(path).encoding == encoding
    assert read(path).startswith("id,name\n1,Caf")


def test_one_character_cut_by_a_chunk_is_still_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * ((1 << 18) - 1) + "é".encode() + b"\n")
    assert inspect(path).encoding == "UTF-8"


def test_the_first_bytes_decide_not_the_name(tmp_path: Path) -> None:
    gzipped = tmp_path / "really-gzip.csv"
    gzipped.write_bytes(gzip.compress(TEXT.encode()))
    plain = tmp_path / "really-plain.csv.gz"
    plain.write_text(TEXT, encoding="utf-8")
    assert read(gzipped) == read(plain) == TEXT


def test_a_zip_may_hold_a_layout_beside_its_csv(tmp_path: Path) -> None:
    path = packed_zip(tmp_path / "a.zip", "layout.txt", "data.CSV", "__MACOSX/data.csv")
    assert read(path) == TEXT


def test_line_ends_within_cells_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'id,name\r\n1,"a\r\nb"\r\n')
    assert read(path) == 'id,name\r\n1,"a\r\nb"\r\n'


def test_progress_counts_the_bytes_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(os.urandom(300_000).hex().encode()))
    seen: list[int] = []
    with open_text(inspect(path), seen.append) as stream:
        stream.read()
    assert sum(seen) == path.stat().st_size


def cut_gzip() -> bytes:
    return gzip.compress(os.urandom(5000))[:-20]


def encrypted_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", TEXT)
    content = bytearray(buffer.getvalue())
    content[6] |= 1  # the flag "encrypted" of the member's own header,
    content[content.rindex(b"PK\x01\x02") + 8] |= 1  # and of its entry in the directory
    return bytes(content)


UNREADABLE = {
    "empty": (b"", "the file is empty"),
    "blank": (b"\n \r\n", "the file is empty"),
    "a mark and nothing else": (codecs.BOM_UTF8, "the file is empty"),
    "UTF-16": (TEXT.encode("utf-16"), "the file is in UTF-16"),
    "neither": (b"id,name\n1,\x81\n", "the file is neither UTF-8 nor Latin-1"),
    "marked as UTF-8 and Latin-1 within": (
        codecs.BOM_UTF8 + TEXT.encode("latin-1"),
        "the file is neither UTF-8 nor Latin-1",
    ),
    "gzip cut short": (cut_gzip(), "the archive is damaged or cut short"),
    "gzip and more": (gzip.compress(b"id") + b"more", "the archive is damaged or cut short"),
    "no gzip": (b"\x1f\x8bnonsense", "the archive is damaged or cut short"),
    "no zip": (b"PK\x03\x04nonsense", "the archive is damaged or cut short"),
    "encrypted": (encrypted_zip(), "the zip cannot be opened: File 'a.csv' is encrypted"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str) -> None:
    content, message = UNREADABLE[name]
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        inspect(path)
    assert caught.value.message.startswith(message)
    assert str(caught.value.where).startswith(str(path))


def test_a_wrong_byte_is_found_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id\n1\n\x8d\n")
    with pytest.raises(UsageError) as caught:
        inspect(path)
    assert caught.value.where == f"{path}:3"


def test_a_zip_of_two_csv_files_is_refused(tmp_path: Path) -> None:
    path = packed_zip(tmp_path / "a.zip", "b.csv", "a.csv")
    with pytest.raises(UsageError, match=r"the zip holds 2 CSV files: a\.csv, b\.csv"):
        inspect(path)


def test_a_zip_without_a_csv_is_refused(tmp_path: Path) -> None:
    path = packed_zip(tmp_path / "a.xlsx", "xl/sheet1.xml")
    with pytest.raises(UsageError, match="the zip holds no CSV file"):
        inspect(path)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the file cannot be read: Is a directory"):
        inspect(tmp_path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the file cannot be read: No such file or directory"):
        inspect(tmp_path / "a.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(TEXT, encoding="utf-8")
    path.chmod(0)
    with pytest.raises(UsageError, match="the file cannot be read: Permission denied"):
        inspect(path)
