"""One ZIP that a school can hand to somebody, and what it takes to believe it.

    manifest.json    what it is about, and each file's length and digests, also of pieces of it
    rows.jsonl       the rows, in the very bytes that the seal covers
    rows.csv         the same for a spreadsheet
    case.pdf         the same for people
    proof.json       what ties the rows to the signed anchors of their days; chain.py
    anchors.txt      these anchors
    keys.txt         every key of this box, each signed by the one before it
    policy-….toml    the rules as they were
    attachments/…
    signature.txt    over manifest.json

The same rows at the same moment make the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.keys import fingerprint, is_signed, public_key
from appliance.recording.anchor import Signed
from appliance.recording.evidence import container
from appliance.recording.evidence.chain import Checking, Proof
from appliance.recording.evidence.container import Damaged
from appliance.recording.evidence.sheet import sheet
from appliance.recording.findings import Findings, What
from appliance.recording.keyring import Known, followers, read_known

FORMAT: Final = 1
MANIFEST, SIGNATURE = "manifest.json", "signature.txt"
ROWS, SHEET, PAPER = "rows.jsonl", "rows.csv", "case.pdf"
PROOF, ANCHORS, KEYS = "proof.json", "anchors.txt", "keys.txt"
PIECE: Final = 4096  # bytes whose digest stands in the manifest: so far an alteration can be placed
PIECE_DIGEST: Final = 8
TITLE: Final = "bellgate evidence 1"


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into evidence."""

    about: Mapping[str, Any]  # whom and what, from when to when, made when, by what clock
    proof: Proof
    paper: bytes
    policies: Mapping[str, bytes]  # by snapshot version
    keys: Sequence[Known]
    attachments: Mapping[str, bytes] = field(default_factory=dict)


def pack(contents: Contents, key: Ed25519PrivateKey) -> bytes:
    rows = [data for _, data in sorted(contents.proof.rows.items())]
    files = {
        PAPER: contents.paper,
        SHEET: sheet(rows, contents.about["timezone"]),
        ROWS: b"".join(data + b"\n" for data in rows),
        PROOF: contents.proof.text.encode(),
        ANCHORS: "\n".join(one.text for one in contents.proof.anchors).encode(),
        KEYS: "".join(one.line for one in contents.keys).encode(),
        **{f"policy-{name[:12]}.toml": text for name, text in sorted(contents.policies.items())},
        **{f"attachments/{name}": data for name, data in sorted(contents.attachments.items())},
    }
    manifest = {
        "format": FORMAT,
        **contents.about,
        "rows": len(rows),
        "rows_not_sealed_yet": contents.proof.unsealed,
        "key": public_key(key),
        "files": {name: _described(data) for name, data in files.items()},
    }
    signed = json.dumps(manifest, indent=1).encode()
    return container.pack(
        {
            **files,
            MANIFEST: signed,
            SIGNATURE: _signature(signed, public_key(key), key.sign(signed)),
        }
    )


def verify(
    path: Path, known: Sequence[Known], fingerprint: str | None, kept: Sequence[Signed] = ()
) -> Findings:
    """EvidenceError where this is no evidence at all."""
    findings = Findings()
    try:
        files = container.unpack(path)
        _Verifying(findings, files, known, fingerprint).all(kept)
    except Damaged as fault:
        findings.add(What.ALTERED, str(fault))
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError):
        findings.add(What.SEAL, "its proof makes no sense: it was altered")
    return findings


class _Verifying:
    def __init__(
        self,
        findings: Findings,
        files: dict[str, bytes],
        known: Sequence[Known],
        fingerprint: str | None,
    ) -> None:
        self.findings = findings
        self.files = files
        for name in (MANIFEST, SIGNATURE, ROWS, PROOF, KEYS):
            if name not in files:
                raise Damaged(f"{name} is missing")
        self.trusted = _trusted(files[KEYS], known, fingerprint)

    def all(self, kept: Sequence[Signed]) -> None:
        lines = self.files[ROWS].split(b"\n")
        if lines.pop():
            raise Damaged(f"{ROWS} is cut short")
        rows: dict[int, bytes] = {}
        for place, line in enumerate(lines, start=1):
            self._row(rows, place, line)
        checking = Checking(self.findings, rows, self._trust)
        checking.check(self.files[PROOF])
        self._manifest()
        for one in kept:
            same = [ours for ours in checking.anchors if ours.anchor.number == one.anchor.number]
            if any(ours.text != one.text for ours in same):
                self.findings.add(
                    What.SEAL,
                    f"the anchor of {one.anchor.day} that was kept outside says otherwise",
                )

    def _row(self, rows: dict[int, bytes], place: int, line: bytes) -> None:
        try:
            number = int(str(json.loads(line)["event"]).rpartition("-")[2][1:])
        except (ValueError, KeyError, TypeError, RecursionError):
            self.findings.add(What.ALTERED, f"line {place:,} of {ROWS} was altered")
            return
        if rows and number <= max(rows, default=0) and number in rows:
            self.findings.add(What.INSERTED, f"row {number:,} is there twice", str(number))
        elif rows and number < next(reversed(rows)):
            self.findings.add(
                What.SWAPPED, f"row {number:,}, line {place:,} of {ROWS}, is not in its place"
            )
        rows[number] = line

    def _trust(self, key: str, whose: str) -> bool:
        self.findings.signed_by(key)
        if self.trusted is None or key in self.trusted:
            return True
        self.findings.add(
            What.SEAL, f"{whose} is signed with another key, {fingerprint(key)}: not the box's own"
        )
        return False

    def _manifest(self) -> None:
        signed, signature = self.files[MANIFEST], self.files[SIGNATURE]
        lines = dict(
            line.split(": ", 1) for line in signature.decode().splitlines() if ": " in line
        )
        key, mark = lines["key"], bytes.fromhex(lines["signature"])
        if signature != _signature(signed, key, mark) or not is_signed(signed, mark, key):
            self.findings.add(What.SEAL, f"{MANIFEST} or {SIGNATURE} was altered")
        self._trust(key, "the whole")
        manifest = json.loads(signed)
        promised = manifest["files"]
        for name in sorted(promised.keys() | self.files.keys() - {MANIFEST, SIGNATURE}):
            if name not in self.files:
                self.findings.add(What.MISSING, f"{name} is missing")
            elif name not in promised:
                self.findings.add(What.INSERTED, f"{name} was put in afterwards")
            elif _described(self.files[name]) != promised[name]:
                place = self._place(name, promised[name], str(manifest["timezone"]))
                self.findings.add(What.ALTERED, f"{name} was altered, {place}")

    def _place(self, name: str, promised: Mapping[str, Any], zone: str) -> str:
        """Where a file differs from what was promised, as closely as can be told."""
        data = self.files[name]
        if name == SHEET:
            rows = self.files[ROWS].splitlines()
            if _described(whole := sheet(rows, zone)) == promised:
                pairs = enumerate(zip(data, whole, strict=False))
                at = next(
                    (at for at, (one, two) in pairs if one != two), min(len(data), len(whole))
                )
                line = data[:at].count(b"\n") + 1
                return f"from byte {at + 1:,} on, in line {line:,}"
        for place, (one, two) in enumerate(
            zip(_described(data)["pieces"], promised["pieces"], strict=False)
        ):
            if one != two:
                return f"first in bytes {place * PIECE + 1:,} to {(place + 1) * PIECE:,}"
        return f"it has {len(data):,} bytes in place of {promised['bytes']:,}"


def _trusted(
    keys: bytes, known: Sequence[Known], fingerprint: str | None
) -> Collection[str] | None:
    """Whose signatures are believed; None where there is nothing to compare with."""
    told = read_known(keys.decode())
    if fingerprint:
        return followers(known, fingerprint) | followers(told, fingerprint)
    if not known:
        return None
    believed = {one.key for one in known}
    for key in [one.key for one in known]:
        believed |= followers(told, key)
    return believed


def _described(data: bytes) -> dict[str, Any]:
    return {
        "bytes": len(data),
        "digest": hashlib.blake2b(data, digest_size=32).hexdigest(),
        "pieces": [
            hashlib.blake2b(data[at : at + PIECE], digest_size=PIECE_DIGEST).hexdigest()
            for at in range(0, len(data), PIECE)
        ],
    }


def _signature(manifest: bytes, key: str, signature: bytes) -> bytes:
    digest = hashlib.blake2b(manifest, digest_size=32).hexdigest()
    return (
        f"{TITLE}\nmanifest: {digest}\nkey: {key}\nfingerprint: {fingerprint(key)}\n"
        f"signature: {signature.hex()}\n"
    ).encode()
