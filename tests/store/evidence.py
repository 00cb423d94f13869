"""Cases as detection would tell of them, and files as people have them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Final

from appliance.store import findings
from appliance.store.cases import CaseFile, open_case
from appliance.store.database import FILE, Record
from appliance.store.findings import Finding, Signed

TUESDAY: Final = 1_795_515_300_000  # 24 November 2026, 10:15 in London
MINUTE, DAY = 60_000, 86_400_000


def finding(device: str = "dans-tablet", grade: str = "watch", **how: object) -> Finding:
    told: dict[str, object] = {
        "device": device,
        "group": "pupils",
        "opened_ms": TUESDAY,
        "last_ms": TUESDAY + MINUTE,
        "closed_ms": None,
        "grade": grade,
        "score": 3.5,
        "kinds": ("vpn",),
        "speaks_for": ("It asked for NordVPN 2 minutes after TikTok was refused.",),
        "speaks_against": ("The record shows which device asked, not who held it.",),
    }
    return Finding(**told | how)  # type: ignore[arg-type]


def signed(device: str = "dans-tablet", at_ms: int = TUESDAY, name: str = "nordvpn.com") -> Signed:
    return Signed(device, at_ms, "vpn", "NordVPN", name, "block")


def record_with_case(folder: Path, **how: object) -> tuple[Record, CaseFile]:
    """An open case of Dan's tablet, with one sign."""
    record = Record.open(folder / FILE)
    told = finding(**how)  # type: ignore[arg-type]
    with record.transaction():
        findings.join(record, told, TUESDAY + 2 * MINUTE)
        findings.sign(record, signed(told.device))
    case = open_case(record, told.device)
    assert case
    return record, case


def png(*extra: bytes) -> bytes:
    """A picture of one pixel, with these chunks in it."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)),
        *((b"teXt", data) for data in extra),
        (b"IDAT", zlib.compress(b"\0\0\0\0")),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


JPEG: Final = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\xff\xda\0\2\x12\x34\xff\xd9"
PDF: Final = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def webp() -> bytes:
    body = b"WEBPVP8L" + struct.pack("<I", 6) + b"\x2f\0\0\0\0\x88"
    return b"RIFF" + struct.pack("<I", len(body)) + body
