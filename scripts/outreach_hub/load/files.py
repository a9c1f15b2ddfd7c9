"""Opening a CSV as it was published: plain, gzip or zip, in UTF-8 or Latin-1.

A file is read twice. The first pass decides its encoding for the whole of it, proves that an
archive is whole, and finds NUL bytes. It costs a twentieth of the load, and then nothing in a file
can surprise the second pass half way.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from outreach_hub.errors import UsageError

Advance = Callable[[int], None]
"""Told how many bytes more of a file, as it lies on the disk, have been read."""

_CHUNK = 1 << 18
_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGIC = b"PK"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_IN_WINDOWS_1252 = b"\x81\x8d\x8f\x90\x9d"
_SAVE_AS_UTF8 = "save it as CSV in UTF-8"


@dataclass(frozen=True)
class CsvFile:
    """A file that can be read from end to end."""

    path: Path
    codec: str
    encoding: str
    has_nul: bool


def inspect(path: Path) -> CsvFile:
    """Read a file through once, or say why it cannot be loaded."""
    with _open_bytes(path) as stream:
        head = stream.read(_CHUNK)
        if head.startswith(_UTF16_MARKS):
            raise UsageError("the file is in UTF-16", where=str(path), hint=_SAVE_AS_UTF8)
        marked = head.startswith(codecs.BOM_UTF8)
        decoder = codecs.getincrementaldecoder("utf-8")()
        is_utf8, is_windows, has_nul, is_blank = True, True, False, True
        chunk = head.removeprefix(codecs.BOM_UTF8)
        while chunk:
            has_nul = has_nul or b"\0" in chunk
            is_blank = is_blank and not chunk.strip()
            if is_utf8:
                is_utf8 = _decodes(decoder, chunk)
            is_windows = is_windows and not _lacks_windows_1252(chunk)
            chunk = stream.read(_CHUNK)
        is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    if is_blank:
        raise UsageError("the file is empty", where=str(path))
    if is_utf8:
        return CsvFile(path, "utf-8-sig", "UTF-8 with BOM" if marked else "UTF-8", has_nul)
    if is_windows and not marked:
        return CsvFile(path, "cp1252", "Latin-1 (Windows-1252)", has_nul)
    line = _first_line_that_is_not_utf8(path)
    raise UsageError(
        "the file is neither UTF-8 nor Latin-1", where=f"{path}:{line}", hint=_SAVE_AS_UTF8
    )


@contextmanager
def open_text(file: CsvFile, advance: Advance) -> Iterator[IO[str]]:
    """The file's text, its line ends left for the CSV reader to see."""
    with _open_bytes(file.path, advance) as stream:
        yield io.TextIOWrapper(stream, encoding=file.codec, newline="")


@contextmanager
def _open_bytes(path: Path, advance: Advance = lambda count: None) -> Iterator[IO[bytes]]:
    """The CSV's bytes. Its first two decide what it is: names are often wrong about that."""
    try:
        with path.open("rb", buffering=0) as raw:
            magic = raw.read(2)
            raw.seek(0)
            counted = io.BufferedReader(_Counted(raw, advance), _CHUNK)
            if magic == _GZIP_MAGIC:
                with gzip.GzipFile(fileobj=counted) as inflated:
                    yield io.BufferedReader(inflated, _CHUNK)
            elif magic == _ZIP_MAGIC:
                with zipfile.ZipFile(counted) as archive, _only_csv(archive, path) as member:
                    yield io.BufferedReader(member, _CHUNK)  # type: ignore[type-var]
            else:
                yield counted
    except (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile):
        raise UsageError(
            "the archive is damaged or cut short", where=str(path), hint="fetch it again"
        ) from None
    except OSError as error:
        raise UsageError(
            f"the file cannot be read: {error.strerror or error}", where=str(path)
        ) from None


def _only_csv(archive: zipfile.ZipFile, path: Path) -> IO[bytes]:
    """The one CSV of a zip, beside whatever layout or read-me was packed with it."""
    names = sorted(
        name
        for name in archive.namelist()
        if name.lower().endswith(".csv") and not name.startswith("__MACOSX/")
    )
    if len(names) != 1:
        found = f"{len(names)} CSV files: {', '.join(names)}" if names else "no CSV file"
        raise UsageError(
            f"the zip holds {found}", where=str(path), hint="a zip to load holds exactly one"
        )
    try:
        return archive.open(names[0])
    except RuntimeError as error:
        # zipfile's way to say that the member is encrypted, or compressed as Python cannot undo.
        raise UsageError(f"the zip cannot be opened: {error}", where=str(path)) from None


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _lacks_windows_1252(chunk: bytes) -> bool:
    return not chunk.isascii() and len(chunk.translate(None, _NOT_IN_WINDOWS_1252)) < len(chunk)


def _first_line_that_is_not_utf8(path: Path) -> int:
    with _open_bytes(path) as stream:
        for number, line in enumerate(stream, start=1):
            if not _decodes(codecs.getincrementaldecoder("utf-8")(), line, final=True):
                return number
    raise AssertionError("every line is UTF-8, and so is the file")


class _Counted(io.RawIOBase):
    """A file that tells how much of it was read."""

    def __init__(self, raw: io.FileIO, advance: Advance) -> None:
        self._raw = raw
        self._advance = advance

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._raw.readinto(buffer) or 0
        self._advance(count)
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True
