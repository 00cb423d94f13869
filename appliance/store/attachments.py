"""Files that people add to a case: screen prints, letters. Kept in DIR/attachments, far from any
web page, each under its own hash and readable by our user alone.

What a file is, its content says: a name or a browser may lie. Nothing but the kinds below is taken,
and an image has to be one from its first byte to its last: what goes on behind its end is another
file that hides in it. A JPEG is let off that, since phones put more behind every photo.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import time
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.disk import faults_as, to_disk
from appliance.errors import CaseError, StoreError

FOLDER: Final = "attachments"  # in the data folder
LARGEST: Final = 10_000_000  # bytes
NAME_LENGTH: Final = 100
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
ARRIVING: Final = ".arriving-"
STRAY_SECONDS: Final = 3600  # a file that nobody names so long after it came belongs to nobody

PNG, JPEG, WEBP, PDF, TEXT = (
    "image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain",
)  # fmt: skip
ENDINGS: Final = {
    PNG: (".png",),
    JPEG: (".jpg", ".jpeg"),
    WEBP: (".webp",),
    PDF: (".pdf",),
    TEXT: (".txt",),
}
TAKEN: Final = "PNG, JPEG, WebP, PDF and plain text"
_PNG_BEGINS: Final = b"\x89PNG\r\n\x1a\n"
_PDF_ENDS_WITHIN: Final = 1024  # as readers look for it
_EDGES: Final = ". _-+&,'()"  # neither hidden files nor options nor formulas
_SEEN: Final = frozenset("\t\n\r\f")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is in its place."""

    name: str
    type: str
    bytes: int
    sha256: str


class Keeper:
    """The attachments of one data folder; or what is kept like them, beside them."""

    def __init__(self, folder: Path, name: str = FOLDER) -> None:
        self.folder = folder / name

    @contextlib.contextmanager
    def keep(self, file: Path, name: str) -> Iterator[Kept]:
        """Copy a file into its place; CaseError where it will not do. When what happens with it in
        the block fails it goes again, sooner or later: nobody names it."""
        with self.keep_bytes(_read(file), name) as kept:
            yield kept

    @contextlib.contextmanager
    def keep_bytes(self, data: bytes, name: str) -> Iterator[Kept]:
        """The same of what has come over the network."""
        _refuse_size(data, name)
        kind = sniff(data)
        if kind is None:
            raise CaseError(
                f"{_shown(name)}: {TAKEN} are taken, and by its content it is none of these"
            )
        kept = Kept(safe_name(name, kind), kind, len(data), hashlib.sha256(data).hexdigest())
        with faults_as(CaseError, self.folder):
            self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            self._write(self.path(kept.sha256), data)
        yield kept

    def path(self, sha256: str) -> Path:
        return self.folder / sha256

    def read(self, sha256: str) -> bytes:
        """CaseError where it is gone, or another than it was."""
        with faults_as(CaseError, self.path(sha256)):
            data = self.path(sha256).read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise CaseError(f"{self.path(sha256)}: it was changed since it was attached")
        return data

    def forget_all_but(self, named: Collection[str], now: float | None = None) -> int:
        """Delete the files that no case names any more; how many. One that has just come may not
        be named yet."""
        before = (time.time() if now is None else now) - STRAY_SECONDS
        gone = 0
        with faults_as(StoreError, self.folder), contextlib.suppress(FileNotFoundError):
            for path in self.folder.iterdir():
                if path.name not in named and path.stat().st_mtime < before:
                    path.unlink()
                    gone += 1
        return gone

    def _write(self, path: Path, data: bytes) -> None:
        new = path.with_name(ARRIVING + secrets.token_hex(8))
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _give_to_owner(new, self.folder)
            os.replace(new, path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
        to_disk(self.folder)


def sniff(data: bytes) -> str | None:
    """What these bytes are, by themselves; None: nothing that is taken."""
    if data.startswith(_PNG_BEGINS):
        return PNG if _is_whole_png(data) else None
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG if b"\xff\xd9" in data[3:] else None
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        # one byte more, where its length is odd
        return (
            WEBP if int.from_bytes(data[4:8], "little") + 8 in (len(data), len(data) - 1) else None
        )
    if data.startswith(b"%PDF-"):
        return PDF if b"%%EOF" in data[-_PDF_ENDS_WITHIN:] else None
    return TEXT if _is_text(data) else None


def safe_name(name: str, kind: str) -> str:
    """A name for people to read, which no system takes for a path, a command or another kind."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    seen = "".join(
        one if one.isalnum() or one in " -_.,()+&'" else "_"
        for one in name
        if unicodedata.category(one)[0] != "C"  # not even what only turns the rest around
    )
    stem, endings = " ".join(seen.split()), ENDINGS[kind]
    for ending in endings:
        if stem.lower().endswith(ending):
            stem, endings = stem[: -len(ending)], (ending,)
            break
    longest = NAME_LENGTH - len(endings[0])
    return (stem.strip(_EDGES)[:longest].strip(_EDGES) or "attachment") + endings[0]


def _is_whole_png(data: bytes) -> bool:
    """Chunk by chunk to the last one, and nothing behind it."""
    at = len(_PNG_BEGINS)
    if data[at + 4 : at + 8] != b"IHDR":
        return False
    while at + 12 <= len(data):
        kind = data[at + 4 : at + 8]
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        if kind == b"IEND":
            return at == len(data)
    return False


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and all(
        one in _SEEN or unicodedata.category(one) not in ("Cc", "Cs", "Co", "Cn") for one in text
    )


def _read(file: Path) -> bytes:
    with faults_as(CaseError, file):
        # not a device and not a pipe, which would never end
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise CaseError(f"{_shown(str(file))}: this is no file")
            with os.fdopen(handle, "rb", closefd=False) as opened:
                data = opened.read(LARGEST + 1)  # its length may grow while we look
        finally:
            os.close(handle)
    return data


def _refuse_size(data: bytes, name: str) -> None:
    if len(data) > LARGEST:
        raise CaseError(
            f"{_shown(name)}: it is larger than {LARGEST // 1_000_000} MB, the most that is taken"
        )
    if not data:
        raise CaseError(f"{_shown(name)}: it is empty")


def _give_to_owner(new: Path, folder: Path) -> None:
    """Root at the console adds a file; the box's own user has to read it."""
    owner = folder.parent.stat()
    if os.geteuid() == 0:
        os.chown(folder, owner.st_uid, owner.st_gid)
        os.chown(new, owner.st_uid, owner.st_gid)


def _shown(name: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in name)[:100]
