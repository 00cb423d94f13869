"""What a list comes in: plain text, gzip, tar, or a tar in gzip."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from appliance.errors import ListError

ENDINGS = (".txt", ".txt.gz", ".tar", ".tar.gz")  # by which readers know the container
GZIP_MAGIC = b"\x1f\x8b"
TAR_MAGIC = b"ustar"  # at byte 257 of its first header, POSIX pax and GNU alike
TAR_HEADER = 512
STEP = 1 << 20  # bytes unpacked at a time: a bomb is met a megabyte at a time, not whole
GZIP_WINDOW = 31  # what zlib calls "the largest window, with gzip's header and checksum"


def ending_of(path: Path) -> str:
    """The ending that says what this file is, by its first bytes and not by its name."""
    is_gzip = _first(_chunks(path), len(GZIP_MAGIC)) == GZIP_MAGIC
    header = _first(unpacked(_chunks(path)) if is_gzip else _chunks(path), TAR_HEADER)
    is_tar = header[257 : 257 + len(TAR_MAGIC)] == TAR_MAGIC
    return f"{'.tar' if is_tar else '.txt'}{'.gz' if is_gzip else ''}"


def refuse_bomb(path: Path, largest_bytes: int) -> None:
    """ListError where a packed list is broken, or unpacks to more than any list holds."""
    if path.suffix != ".gz":
        return
    count = 0
    for piece in unpacked(_chunks(path)):
        count += len(piece)
        if count > largest_bytes:
            raise ListError(
                f"the list unpacks to more than {megabytes(largest_bytes)}: no list is so large"
            )


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What stands in gzip, in pieces that fit into memory; ListError where it is cut short."""
    member = zlib.decompressobj(GZIP_WINDOW)
    try:
        for chunk in chunks:
            while chunk:
                if member.eof:
                    member = zlib.decompressobj(GZIP_WINDOW)  # one gzip behind another is legal
                yield member.decompress(chunk, STEP)
                chunk = member.unused_data or member.unconsumed_tail
        yield member.flush()
    except zlib.error as fault:
        raise ListError("the list arrived damaged: it can't be unpacked") from fault
    if not member.eof:
        raise ListError("the list broke off before its end")


def megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.4g} MB"


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(STEP):
            yield chunk


def _first(pieces: Iterable[bytes], size: int) -> bytes:
    """The first bytes of it all, and no more is read than they need."""
    start = b""
    for piece in pieces:
        start += piece
        if len(start) >= size:
            break
    return start[:size]
