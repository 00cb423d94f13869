"""What a list comes in: text, gzip, zip, tar, a folder; unpacked as it is read, never to disk.

However small the file, what comes out of it is bounded: a list that unpacks to more is a bomb.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from appliance.errors import ListError
from appliance.lists.formats.ut1 import Member, is_of_ut1

MOST_BYTES = 512 << 20  # four times the largest list known: UT1 adult, 4.6 million names
MOST_TIMES = 100  # times larger than its file; lists of names reach 12, repetitive ones 40
SMALL = 16 << 20  # bytes that may come out of any file: so few harm nobody
MOST_MEMBERS = 10_000  # files in an archive; UT1 has three hundred
MOST_LAYERS = 3  # a tar in a gzip in a zip
BUFFER = 64 << 10

_TAR_MARK = slice(257, 262)
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_OTHERS = {  # what it begins with, and what that is
    b"\xfd7zXZ": "is packed with xz: gzip and zip can be read",
    b"BZh": "is packed with bzip2: gzip and zip can be read",
    b"\x28\xb5\x2f\xfd": "is packed with zstd: gzip and zip can be read",
    b"7z\xbc\xaf": "is packed with 7-zip: gzip and zip can be read",
    b"\xff\xfe": "is written in UTF-16: a list is UTF-8",
    b"\xfe\xff": "is written in UTF-16: a list is UTF-8",
    b"%PDF": "is a PDF, not a list",
}
_WEB_PAGE = (b"<!doctype", b"<html", b"<?xml")


@dataclass(frozen=True, slots=True)
class Opened:
    """An open list: one text, or else an archive's members, each to be read as it comes."""

    text: IO[bytes] | None
    members: Iterator[Member]


class _Unreadable(Exception):
    """Why there is no list in this file, as the end of a sentence."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """What is in this file; whatever goes wrong while it is being read is a ListError."""
    try:
        with contextlib.ExitStack() as stack:
            yield _open(path, stack)
    except _Unreadable as fault:
        raise ListError(f"{path} {fault}") from fault
    except EOFError as fault:
        raise ListError(f"{path} is cut short") from fault
    except OSError as fault:
        raise ListError(f"{path}: {fault.strerror or 'it is broken: ' + str(fault)}") from fault
    except (zlib.error, tarfile.TarError, zipfile.BadZipFile) as fault:
        raise ListError(f"{path} is broken: {fault}") from fault
    except (NotImplementedError, RuntimeError) as fault:  # zipfile's: a method, a password
        raise ListError(f"{path} can't be unpacked: {fault}") from fault


@contextlib.contextmanager
def _unpacking() -> Iterator[None]:
    """What zipfile and tarfile raise over altered bytes, besides their own errors."""
    try:
        yield
    except (ValueError, OverflowError, struct.error) as fault:
        raise _Unreadable(f"is broken: {fault}") from fault


def _open(path: Path, stack: contextlib.ExitStack) -> Opened:
    if path.is_dir():
        return Opened(None, _in_folder(path, stack))
    if path.exists() and not path.is_file():
        raise _Unreadable("is not a file")
    file = stack.enter_context(path.open("rb"))
    size = path.stat().st_size
    if file.peek(len(_ZIP)).startswith(_ZIP):
        with _unpacking():
            packed = stack.enter_context(zipfile.ZipFile(file))
        return _open_zip(packed, size, stack)
    return _unpack(file, size, stack)


def _unpack(stream: _Readable, size: int, stack: contextlib.ExitStack) -> Opened:
    """Take off one layer after another."""
    for _ in range(MOST_LAYERS):
        layer = BufferedReader(_Bounded(stream, _Budget(size)), BUFFER)
        start = layer.peek(BUFFER)
        if start.startswith(_GZIP):
            stream = stack.enter_context(gzip.GzipFile(fileobj=layer))
        elif start[_TAR_MARK] == b"ustar":
            return Opened(None, _in_tar(layer, stack))
        else:
            _refuse_other_kinds(start)
            return Opened(layer, iter(()))
    raise _Unreadable("is packed too many times over")


def _refuse_other_kinds(start: bytes) -> None:
    for mark, what in _OTHERS.items():
        if start.startswith(mark):
            raise _Unreadable(what)
    if start.lstrip()[:100].lower().startswith(_WEB_PAGE):
        raise _Unreadable("is a web page, not a list")
    if b"\0" in start:
        raise _Unreadable("is not a text, nor packed in a way that can be read")


def _open_zip(packed: zipfile.ZipFile, size: int, stack: contextlib.ExitStack) -> Opened:
    files = [one for one in packed.infolist() if not one.is_dir() and not _is_beside(one.filename)]
    if any(is_of_ut1(one.filename) for one in files):
        return Opened(None, _in_zip(packed, files[: MOST_MEMBERS + 1], _Budget(size)))
    if len(files) != 1:
        raise _Unreadable(f"holds {len(files)} files: a packed list is one file")
    with _unpacking():
        stream = stack.enter_context(packed.open(files[0]))
    return _unpack(stream, size, stack)


def _is_beside(name: str) -> bool:
    """True for what packers and publishers put beside a list."""
    parts = PurePosixPath(name).parts
    is_hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return is_hidden or not parts or parts[-1].upper().startswith(("README", "LICEN", "COPYING"))


def _in_zip(
    packed: zipfile.ZipFile, files: list[zipfile.ZipInfo], budget: _Budget
) -> Iterator[Member]:
    for count, one in enumerate(files):
        _refuse_too_many(count)
        with _unpacking():
            stream = packed.open(one)
        with stream:
            yield one.filename, BufferedReader(_Bounded(stream, budget), BUFFER)


def _in_tar(layer: IO[bytes], stack: contextlib.ExitStack) -> Iterator[Member]:
    with _unpacking():
        packed = stack.enter_context(tarfile.open(fileobj=layer, mode="r|"))
    is_of_names = False
    for count, one in enumerate(_headers(packed)):
        _refuse_too_many(count)
        is_text = one.isreg() and not one.issparse()  # a sparse file grows out of nothing
        if is_text and (stream := packed.extractfile(one)):
            is_of_names = is_of_names or is_of_ut1(one.name)
            yield one.name, stream
    if not is_of_names:
        raise _Unreadable("holds no category: a tar of lists has CATEGORY/domains")


def _headers(packed: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while True:
        with _unpacking():
            one = packed.next()
        if one is None:
            return
        yield one


def _in_folder(path: Path, stack: contextlib.ExitStack) -> Iterator[Member]:
    """An unpacked archive: one category, or a folder of them."""
    files = [*sorted(path.glob("*")), *sorted(path.glob("*/*"))]
    files = [file for file in files if file.is_file() and not file.is_symlink()]
    if not any(is_of_ut1(file.name) for file in files):
        raise _Unreadable("is a folder without a category: none holds a file called domains")
    for count, file in enumerate(files):
        _refuse_too_many(count)
        with file.open("rb") as stream:
            yield str(file), BufferedReader(_Bounded(stream, _Budget(MOST_BYTES)), BUFFER)


def _refuse_too_many(count: int) -> None:
    if count >= MOST_MEMBERS:
        raise _Unreadable(f"holds more than {MOST_MEMBERS:,} files: that is no list but a trap")


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Budget:
    """How many bytes may still come out of a file of this size."""

    def __init__(self, size: int) -> None:
        self.most = min(MOST_BYTES, max(SMALL, MOST_TIMES * size))
        self.left = self.most

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise _Unreadable(
                f"unpacks to more than {self.most >> 20} MB: that is no list but a trap"
            )


class _Bounded(io.RawIOBase):
    """A stream that fills what it is given, so that a peek shows enough, and pays for it."""

    def __init__(self, stream: _Readable, budget: _Budget) -> None:
        self.stream = stream
        self.budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        filled = 0
        while filled < len(buffer):
            data = self.stream.read(len(buffer) - filled)
            if not data:
                break
            buffer[filled : filled + len(data)] = data
            filled += len(data)
        self.budget.spend(filled)
        return filled
