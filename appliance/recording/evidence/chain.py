"""What ties rows to the anchors of their days: proof.json.

For each day: its anchor, the key, and all chunks from the first that has one of the rows; for those
that have rows, an excerpt. Each head follows from the one before it, up to the anchor's. A day that
is not over has no anchor yet: then the signature of each chunk has to do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from appliance.errors import EvidenceError
from appliance.keys import is_signed
from appliance.recording import anchor as anchors
from appliance.recording.anchor import Signed
from appliance.recording.findings import Findings, What
from appliance.recording.seal import NOTHING, Chunk, Excerpt, leaf_of, prune, tag_of, text_of
from appliance.recording.sealed import each
from appliance.recording.sealer import salts_of
from appliance.store import seals
from appliance.store.database import Record
from appliance.store.sealed import Sealed
from appliance.store.seals import Segment, StoredChunk

KIND: Final = Sealed.REFUSED
Trust = Callable[[str, str], bool]  # a key, and whose it is


@dataclass(slots=True)
class Proof:
    """Rows that are sealed, and what proves it."""

    rows: dict[int, bytes] = field(default_factory=dict)
    unsealed: int = 0
    anchors: list[Signed] = field(default_factory=list)
    text: str = ""


def prove(record: Record, numbers: list[int]) -> Proof:
    """EvidenceError where a row is not as it was sealed: that has to be looked into first."""
    proof = Proof()
    wanted = set(numbers)
    content: list[dict[str, Any]] = []
    by_segment: dict[int, list[StoredChunk]] = {}
    for stored in _from_first(record, min(wanted, default=0), max(wanted, default=0)):
        by_segment.setdefault(stored.segment, []).append(stored)
    for segment in seals.segments(record, KIND):
        chunks = by_segment.get(segment.number, [])
        listed: list[dict[str, Any]] = []
        for stored in chunks:
            excerpt = _excerpt(record, stored, wanted, proof)
            if listed or excerpt:
                listed.append(_described(stored, excerpt))
        if listed:
            before = _before(record, segment, int(listed[0]["first"]))
            content.append(_day(segment, before, listed))
            if segment.anchor:
                proof.anchors += anchors.read(segment.anchor)
    proof.unsealed = len(wanted) - len(proof.rows)
    proof.text = json.dumps({"format": 1, "series": record.series, "days": content}, indent=1)
    return proof


def _from_first(record: Record, low: int, high: int) -> Iterator[StoredChunk]:
    """Each chunk of the days from the one that has the first row to the one that has the last."""
    last_segment = None
    for stored in seals.chunks(record, KIND, low):
        if stored.first > high and stored.segment != last_segment:
            return
        last_segment = stored.segment
        yield stored


def _before(record: Record, segment: Segment, first: int) -> str:
    """The head that the chunk of this first row follows."""
    chunk = seals.chunk_before(record, KIND, first)
    if chunk:
        return chunk.head.hex()
    before = seals.segment(record, KIND, segment.number - 1)
    if before is None:
        return NOTHING.hex()
    (signed,) = anchors.read(before.anchor)
    return signed.anchor.head


def _day(segment: Segment, before: str, chunks: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "kind": str(KIND),
        "number": segment.number,
        "key": segment.key,
        "anchor": segment.anchor,
        "before": before,
        "chunks": chunks,
    }


def _described(stored: StoredChunk, excerpt: Excerpt | None) -> dict[str, Any]:
    described: dict[str, Any] = {
        "first": stored.first,
        "count": stored.count,
        "root": stored.root.hex(),
        "tags": stored.tags_digest.hex(),
        "signature": stored.signature.hex(),
    }
    if excerpt:
        described["excerpt"] = json.loads(excerpt.text)
    return described


def _excerpt(record: Record, stored: StoredChunk, wanted: set[int], proof: Proof) -> Excerpt | None:
    if not any(number in wanted for number in range(stored.first, stored.last + 1)):
        return None
    found = each(record, KIND, stored.first, stored.last)
    rows = {number - stored.first: data for number, data in found}
    salts = salts_of(stored)
    leaves = {place: leaf_of(rows.get(place, b""), salt) for place, salt in salts.items()}
    kept = [place for place in salts if stored.first + place in wanted and place in rows]
    pruned = Excerpt.parse(stored.left).pruned if stored.left else ()
    root, rest = prune(stored.count, leaves, pruned, kept)
    if root != stored.root:
        raise EvidenceError(
            f"rows {stored.first:,} to {stored.last:,} are not as they were sealed, so that no "
            "evidence can be made of them: bellgate verify says which was altered"
        )
    if not kept:
        return None
    proof.rows.update({stored.first + place: rows[place] for place in kept})
    tags = {place: tag_of(leaves[place]) for place in kept}
    return Excerpt({place: salts[place] for place in kept}, tags, rest)


class Checking:
    """Rows of evidence against their proof."""

    def __init__(self, findings: Findings, rows: Mapping[int, bytes], trust: Trust) -> None:
        self.findings = findings
        self.rows = rows
        self.trust = trust
        self.seen: set[int] = set()
        self.anchors: list[Signed] = []

    def check(self, text: bytes) -> None:
        """ValueError, KeyError or TypeError where this is no proof."""
        content = json.loads(text)
        for day in content["days"]:
            self._day(str(content["series"]), day)
        for number in self.rows.keys() - self.seen:
            self.findings.add(
                What.INSERTED, f"row {number:,} was inserted: no seal covers it", str(number)
            )

    def _day(self, series: str, day: dict[str, Any]) -> None:
        key, head = str(day["key"]), bytes.fromhex(day["before"])
        place = f"the seal of day {int(day['number']):,}"
        self.trust(key, place)
        for one in day["chunks"]:
            chunk = Chunk(
                kind=str(day["kind"]),
                series=series,
                segment=int(day["number"]),
                first=int(one["first"]),
                count=int(one["count"]),
                root=bytes.fromhex(one["root"]),
                tags=bytes.fromhex(one["tags"]),
                before=head,
            )
            head = chunk.head
            if not is_signed(chunk.signed, bytes.fromhex(one["signature"]), key):
                self.findings.add(What.SEAL, f"{place}, rows from {chunk.first:,}, was altered")
            if "excerpt" in one:
                self._rows(chunk, Excerpt.parse(text_of(one["excerpt"])))
        if day["anchor"]:
            self._anchor(day, series, head, place)

    def _anchor(self, day: dict[str, Any], series: str, head: bytes, place: str) -> None:
        (signed,) = anchors.read(day["anchor"])
        anchor = signed.anchor
        says = anchor.kind, anchor.number, anchor.series, anchor.head
        fits = says == (day["kind"], day["number"], series, head.hex())
        if not signed.is_good or signed.text != day["anchor"] or not fits:
            self.findings.add(What.SEAL, f"{place} does not lead to its anchor of {anchor.day}")
        else:
            self.findings.anchors += 1
            self.anchors.append(signed)
        self.trust(anchor.key, f"the anchor of {anchor.day}")

    def _rows(self, chunk: Chunk, excerpt: Excerpt) -> None:
        leaves = {}
        is_altered = False
        for place, salt in excerpt.salts.items():
            number = chunk.first + place
            self.seen.add(number)
            if number not in self.rows:
                self.findings.add(What.MISSING, f"row {number:,} is missing", str(number))
                is_altered = True
                continue
            leaves[place] = leaf_of(self.rows[number], salt)
            if tag_of(leaves[place]) != excerpt.tags[place]:
                self.findings.add(What.ALTERED, f"row {number:,} was altered", str(number))
                is_altered = True
        if not is_altered and excerpt.root(chunk.count, leaves) != chunk.root:
            self.findings.add(
                What.ALTERED, f"one of rows {chunk.first:,} to {chunk.last:,} was altered"
            )
        elif not is_altered:
            self.findings.rows += len(leaves)
