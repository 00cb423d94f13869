"""One file with a whole catalogue in it, signed by who keeps it.

A zip without compression: nothing in it can unpack to more than the file, and the same catalogue
and key make the same bytes everywhere. `manifest.json` names every file with its digest;
`signature` holds the signer's public key and the Ed25519 signature over the manifest's bytes.
Packing what was read has to give the file again, so there is no byte that anybody can alter.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import re
import struct
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.disk import faults_as
from appliance.errors import EditionError
from appliance.keys import fingerprint, is_signed, public_key
from appliance.lists import catalogue

FORMAT = 1
MANIFEST = "manifest.json"
SIGNATURE = "signature"
LARGEST = 32 << 20  # bytes; a catalogue of 1,300 services has 1.2 million
MOST_FILES = 20_000

_SAFE_PATH = re.compile(r"(?:(?:services|circumvention)/)?[a-z0-9][a-z0-9_-]{0,62}\.toml\Z")
_SIGNED = re.compile(rb"([0-9a-f]{64}) ([0-9a-f]{128})\n\Z")  # public key, signature
_ALWAYS = (1980, 1, 1, 0, 0, 0)  # a zip's first moment: the clock of who packs it says nothing
_DAMAGED = "no catalogue of ours, or it arrived damaged"
_ALTERED = "it was altered after it was signed"

# zipfile raises all of these over a file that somebody made to trip it up
_ZIP_FAULTS = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError,
    ValueError, KeyError, IndexError, OverflowError, struct.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edition:
    """A catalogue that was signed by somebody trusted, and is exactly what they signed."""

    day: datetime.date
    files: Mapping[str, bytes]  # by their paths in blocklists/
    digest: str  # of the manifest, and so of all of it
    signer: str

    @property
    def name(self) -> str:
        return f"{self.day}-{self.digest}"

    def unpack(self, folder: Path) -> None:
        """Write its files below a folder that is there and empty."""
        for path, data in self.files.items():
            place = folder / path
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(data)


def pack(folder: Path, key: Ed25519PrivateKey) -> bytes:
    """The catalogue of a folder as one signed file."""
    paths = [folder / name for name in sorted(path.name for path in folder.glob("*.toml"))]
    for room in (catalogue.SERVICES, catalogue.CIRCUMVENTION):
        paths += catalogue.files_of(folder, room)
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    for name in files:
        if not _SAFE_PATH.match(name):
            raise EditionError(f"{name}: not the name of a file of a catalogue")
    manifest = {
        "format": FORMAT,
        "edition": catalogue.edition(folder).isoformat(),
        "files": {name: _digest(data) for name, data in files.items()},
    }
    signed = json.dumps(manifest, indent=1, sort_keys=True).encode()
    signature = f"{public_key(key)} {key.sign(signed).hex()}\n".encode()
    data = _zipped(files, signed, signature)
    if len(data) > LARGEST or len(files) > MOST_FILES:
        raise EditionError(f"{folder}: {_too_large()}")
    return data


def read(path: Path, trusted: Collection[str]) -> Edition:
    """The edition of a file; EditionError where any byte of it is not as its signer left it."""
    with faults_as(EditionError, path), path.open("rb") as file:
        data = file.read(LARGEST + 1)
    try:
        return _edition(data, trusted)
    except EditionError as fault:
        raise EditionError(f"{path} is refused: {fault}") from fault


def _edition(data: bytes, trusted: Collection[str]) -> Edition:
    if len(data) > LARGEST:
        raise EditionError(_too_large())
    files = _members(data)
    manifest, signature = files.pop(MANIFEST, b""), files.pop(SIGNATURE, b"")
    signer = _signer(manifest, signature, trusted)
    if _zipped(files, manifest, signature) != data:
        raise EditionError(_ALTERED)
    day = _promised(manifest, files)
    return Edition(day=day, files=files, digest=_digest(manifest)[:16], signer=signer)


def _members(data: bytes) -> dict[str, bytes]:
    """What stands in the zip: plain files of a catalogue and our two, each once."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
            _refuse_tricks(members, len(data))
            return {member.filename: packed.read(member) for member in members}
    except _ZIP_FAULTS as fault:
        raise EditionError(_DAMAGED) from fault


def _refuse_tricks(members: list[zipfile.ZipInfo], size: int) -> None:
    """Before a byte is read: no place outside, no bomb, nothing twice."""
    names = [member.filename for member in members]
    if len(names) > MOST_FILES + 2:
        raise EditionError(_too_large())
    for name in names:
        if name not in (MANIFEST, SIGNATURE) and not _SAFE_PATH.match(name):
            raise EditionError("it holds a file that has no place in a catalogue")
    if len(set(names)) < len(names):
        raise EditionError("it holds a file twice")
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise EditionError("it is compressed, and a catalogue of ours never is")
    if sum(member.file_size for member in members) > size:
        raise EditionError("it would unpack to more than it is")


def _signer(manifest: bytes, signature: bytes, trusted: Collection[str]) -> str:
    """Whose signature it is, of those that are trusted."""
    parts = _SIGNED.match(signature)
    if parts is None:
        raise EditionError(_DAMAGED)
    signer = parts[1].decode()
    if signer not in trusted:
        raise EditionError(
            f"it is signed with the key {fingerprint(signer)}, which this box does not trust. "
            "If you know from its owner that it is theirs, say --trust with their public key"
        )
    if not is_signed(manifest, bytes.fromhex(parts[2].decode()), signer):
        raise EditionError(_ALTERED)
    return signer


def _promised(manifest: bytes, files: Mapping[str, bytes]) -> datetime.date:
    """The edition's day, where each file is as the manifest promises and none is left over."""
    try:
        promise: dict[str, Any] = json.loads(manifest)
        if promise["format"] != FORMAT:
            raise EditionError("a newer program made it: bring this box up to date first")
        day = datetime.date.fromisoformat(promise["edition"])
        digests = promise["files"]
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise EditionError(_DAMAGED) from fault
    if digests != {name: _digest(data) for name, data in files.items()}:
        raise EditionError(_ALTERED)
    return day


def _zipped(files: Mapping[str, bytes], manifest: bytes, signature: bytes) -> bytes:
    """The same bytes for the same content, whoever packs it and wherever."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for name, data in [(MANIFEST, manifest), (SIGNATURE, signature), *sorted(files.items())]:
            member = zipfile.ZipInfo(name, _ALWAYS)
            member.create_system = 3  # Unix, wherever it is packed
            member.external_attr = 0o644 << 16
            packed.writestr(member, data)
    return buffer.getvalue()


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def _too_large() -> str:
    return f"a catalogue has at most {LARGEST >> 20} MB and {MOST_FILES:,} files"
