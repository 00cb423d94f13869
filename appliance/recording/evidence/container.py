"""The ZIP around evidence: nothing in it can unpack to more than it is, and no byte of it is idle.

We pack without compression, so that the same content makes the same bytes everywhere. Who unpacks
it and packs it again with another program changes nothing that matters: then the content counts.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from appliance.disk import faults_as
from appliance.errors import EvidenceError

LARGEST: Final = 512 << 20  # bytes, packed or unpacked
MOST_FILES: Final = 200
ALWAYS: Final = (1980, 1, 1, 0, 0, 0)  # a zip's first moment: the manifest says when it was made

_NAME = re.compile(r"(?:attachments/)?[a-z0-9][a-z0-9._-]{0,80}\Z")
# zipfile raises all of these over a file that somebody made to trip it up
_FAULTS: Final = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error,
    ValueError, KeyError, IndexError, OverflowError, struct.error,
)  # fmt: skip


class Damaged(Exception):
    """The ZIP is not as we packed it; the message says how."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """In this order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as packed:
        for name, data in files.items():
            member = zipfile.ZipInfo(name, ALWAYS)
            member.create_system = 3  # Unix, wherever it is packed
            member.external_attr = 0o644 << 16
            packed.writestr(member, data)
    return buffer.getvalue()


def unpack(path: Path) -> dict[str, bytes]:
    """EvidenceError where this is no ZIP at all, Damaged where it is a broken or altered one."""
    with faults_as(EvidenceError, path), path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise EvidenceError(f"{path}: evidence of ours has at most {LARGEST >> 20} MB")
    if not data.startswith(b"PK") and b"PK\5\6" not in data[-65_600:]:
        raise EvidenceError(f"{path} is no evidence of ours: it is no ZIP")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
            _refuse_tricks(members)
            files = {member.filename: _content(packed, member) for member in members}
    except _FAULTS as fault:
        raise Damaged(f"the ZIP is damaged or was altered: {str(fault)[:100] or 'cut'}") from fault
    if any(member.date_time == ALWAYS for member in members) and pack(files) != data:
        raise Damaged("the ZIP is damaged or was altered around its files")
    return files


def _refuse_tricks(members: list[zipfile.ZipInfo]) -> None:
    """Before a byte is unpacked: no place outside, no bomb, nothing twice."""
    names = [member.filename for member in members]
    if len(names) > MOST_FILES:
        raise Damaged(f"it holds more than {MOST_FILES} files")
    if len(set(names)) < len(names):
        raise Damaged("it holds a file twice")
    for name in names:
        if not _NAME.match(name):
            raise Damaged(f"it holds a file that has no place in evidence: {ascii(name)[:100]}")
    if sum(member.file_size for member in members) > LARGEST:
        raise Damaged(f"it would unpack to more than {LARGEST >> 20} MB")
    usual = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if any(member.compress_type not in usual for member in members):
        raise Damaged("it is packed in an unusual way")


def _content(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """No more of it than was announced."""
    with packed.open(member) as file:
        data = file.read(member.file_size + 1)
    if len(data) != member.file_size:
        raise Damaged(f"{member.filename} is not as long as the ZIP says")
    return data
