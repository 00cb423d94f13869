"""The anchor of a day: what was sealed, in a text that is short enough for a mail and signed.

Whoever keeps one outside the box can tell for ever whether the record of that day is still the
same, even when somebody has taken the box and its keys.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.keys import is_signed, public_key
from appliance.recording.seal import digest_of_anchor

TITLE: Final = "bellgate anchor 1"
LARGEST: Final = 100_000  # characters that are looked through; an anchor has some 700
_LINE = re.compile(r"([a-z ]+): ([0-9a-zA-Z :_.-]*)")
_QUOTED = re.compile(r"^[> \t]+")  # as mail programs quote


@dataclass(frozen=True, slots=True)
class Anchor:
    """One segment's numbers and digests."""

    kind: str
    series: str  # of the record
    number: int  # of the segment, counted from 1
    day: datetime.date  # on which it was sealed, by the school's clock
    rows: int
    first: int
    last: int
    chunks: int
    head: str
    before: str  # digest of the anchor before it
    policies: tuple[str, ...]  # snapshot version and digest of the policy's text, by a space
    key: str

    @property
    def text(self) -> str:
        """What is signed."""
        lines = [
            TITLE,
            f"kind: {self.kind}",
            f"series: {self.series}",
            f"number: {self.number}",
            f"day: {self.day}",
            f"rows: {self.rows}",
            f"first: {self.first}",
            f"last: {self.last}",
            f"chunks: {self.chunks}",
            f"head: {self.head}",
            f"before: {self.before}",
            *(f"policy: {policy}" for policy in self.policies),
            f"key: {self.key}",
        ]
        return "\n".join(lines) + "\n"

    @property
    def digest(self) -> str:
        return digest_of_anchor(self.text).hex()


@dataclass(frozen=True, slots=True)
class Signed:
    """An anchor with somebody's signature, good or bad."""

    anchor: Anchor
    signature: str

    @property
    def text(self) -> str:
        return f"{self.anchor.text}signature: {self.signature}\n"

    @property
    def is_good(self) -> bool:
        """True where the owner of its key signed it."""
        signature = bytes.fromhex(self.signature)
        return is_signed(self.anchor.text.encode(), signature, self.anchor.key)


def sign(anchor: Anchor, key: Ed25519PrivateKey) -> Signed:
    if anchor.key != public_key(key):
        raise ValueError("an anchor names the key that signs it")
    return Signed(anchor, key.sign(anchor.text.encode()).hex())


def read(text: str) -> Iterator[Signed]:
    """Every anchor in a text, such as a mail. ValueError where one is cut short or garbled."""
    lines = [_QUOTED.sub("", line).rstrip() for line in text[:LARGEST].splitlines()]
    starts = [at for at, line in enumerate(lines) if line == TITLE]
    for start in starts:
        yield _read(lines[start + 1 :])


def _read(lines: list[str]) -> Signed:
    found: dict[str, str] = {}
    policies: list[str] = []
    for line in lines:
        parts = _LINE.fullmatch(line)
        if parts is None:
            break
        name, value = parts[1], parts[2]
        if name == "policy":
            policies.append(value)
        elif name in found:
            break
        else:
            found[name] = value
        if name == "signature":
            break
    try:
        anchor = Anchor(
            kind=found["kind"],
            series=found["series"],
            number=int(found["number"]),
            day=datetime.date.fromisoformat(found["day"]),
            rows=int(found["rows"]),
            first=int(found["first"]),
            last=int(found["last"]),
            chunks=int(found["chunks"]),
            head=found["head"],
            before=found["before"],
            policies=tuple(policies),
            key=found["key"],
        )
        bytes.fromhex(found["signature"])
    except KeyError as missing:
        raise ValueError(f"an anchor without its line {missing}") from missing
    return Signed(anchor, found["signature"])
