"""Rows of the record, a chunk at a time, compared with what was sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.recording.findings import Fault, Findings, What
from appliance.recording.seal import TAG_BYTES, Excerpt, digest_of_tags, leaf_of, root_of, tag_of
from appliance.recording.sealed import each
from appliance.recording.sealer import salts_of
from appliance.store.database import Record
from appliance.store.sealed import Sealed, event_of
from appliance.store.seals import StoredChunk

LOWEST: Final = -(1 << 63)  # that a row's number can be
MOST_SWAPPED: Final = 64  # rows that are compared with each other


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a slip says."""

    low: int
    high: int
    kept: Sequence[Sequence[int]]

    def says(self, number: int) -> bool | None:
        """Whether this row was forgotten; None where it says nothing of it."""
        if not self.low <= number <= self.high:
            return None
        return not any(low <= number <= high for low, high in self.kept)


@dataclass(frozen=True, slots=True)
class _Altered:
    """A row whose tag does not fit."""

    number: int
    data: bytes
    salt: bytes
    tag: bytes


class Comparing:
    """One kind of rows with their seals, in the order of their numbers."""

    def __init__(self, record: Record, kind: Sealed, findings: Findings) -> None:
        self.record = record
        self.kind = kind
        self.findings = findings
        self.series = record.series
        self.slips: list[Forgotten] = []
        self.end = LOWEST - 1  # of what was looked at
        self._altered: list[_Altered] = []

    def chunk(self, stored: StoredChunk) -> None:
        self.inserted(stored.first - 1)
        rows = dict(each(self.record, self.kind, stored.first, stored.last))
        self.end = max(self.end, stored.last)
        try:
            salts = salts_of(stored)
            excerpt = Excerpt.parse(stored.left) if stored.left else None
        except ValueError:
            self.findings.add(What.SEAL, f"what seals {self.rows(stored)} was altered")
            return
        leaves = {
            number - stored.first: leaf_of(data, salts[number - stored.first])
            for number, data in rows.items()
            if number - stored.first in salts
        }
        if leaves.keys() == salts.keys() and salts:
            try:
                root = (
                    excerpt.root(stored.count, leaves)
                    if excerpt
                    else root_of([leaves[place] for place in range(stored.count)])
                )
            except ValueError:
                root = b""
            if root == stored.root:
                self.findings.rows += len(leaves)
                self._tags(stored, excerpt)
                self._left_out(stored, salts, rows)
                return
        self._name(stored, excerpt, salts, leaves, rows)

    def _name(
        self,
        stored: StoredChunk,
        excerpt: Excerpt | None,
        salts: dict[int, bytes],
        leaves: dict[int, bytes],
        rows: dict[int, bytes],
    ) -> None:
        """The root of a chunk does not fit, or rows of it are gone: which?"""
        before = self.findings.count
        is_told = self._tags(stored, excerpt)
        for place in salts:
            number = stored.first + place
            tag = _tag(stored, excerpt, place)
            if place not in leaves:
                self._miss(number)
            elif is_told and tag != tag_of(leaves[place]):
                self.findings.add(
                    What.ALTERED, f"row {self._event(number)} was altered", self._event(number)
                )
                if len(self._altered) < MOST_SWAPPED:
                    self._altered.append(_Altered(number, rows[number], salts[place], tag))
            else:
                self.findings.rows += 1
        if salts and self.findings.count == before:
            self.findings.add(
                What.ALTERED,
                f"one of {self.rows(stored)} was altered; what tells which was altered as well",
            )
        self._left_out(stored, salts, rows)

    def _tags(self, stored: StoredChunk, excerpt: Excerpt | None) -> bool:
        """Whether the tags of a chunk can be believed."""
        if excerpt is not None or not stored.secret:
            return True  # of what is left nobody signed the tags
        if digest_of_tags(stored.tags) == stored.tags_digest:
            return True
        self.findings.add(What.SEAL, f"the tags of {self.rows(stored)} were altered")
        return False

    def _left_out(
        self, stored: StoredChunk, salts: dict[int, bytes], rows: dict[int, bytes]
    ) -> None:
        """Rows that are forgotten: they are not there, and somebody said so."""
        if len(salts) == stored.count:
            return
        for number in rows:
            if number - stored.first not in salts:
                self.insert(number)
        if not salts:
            self.gone(stored.first, stored.last)
            return
        for place in range(stored.count):
            if place not in salts:
                self.gone(stored.first + place, stored.first + place)

    def gone(self, first: int, last: int) -> None:
        """These rows are not there: were they forgotten?"""
        for slip in self.slips:  # most often one speaks of all of them
            if slip.low <= first and last <= slip.high and not slip.kept:
                self.findings.forgotten += last - first + 1
                return
        for number in range(first, last + 1):
            says = [said for slip in self.slips if (said := slip.says(number)) is not None]
            if says and says[-1]:
                self.findings.forgotten += 1
            else:
                self._miss(number)

    def inserted(self, until: int) -> None:
        """Rows that lie before a chunk and in none."""
        if until > self.end:
            for number, _ in each(self.record, self.kind, self.end + 1, until):
                self.insert(number)
            self.end = until

    def swaps(self) -> None:
        """Of two rows that were altered, each may be the other."""
        for one in self._altered:
            mine = self._event(one.number)
            for other in self._altered:
                theirs = self._event(other.number)
                data = other.data.replace(f'"{theirs}"'.encode(), f'"{mine}"'.encode(), 1)
                if other is not one and tag_of(leaf_of(data, one.salt)) == one.tag:
                    self._swapped(mine, theirs)

    def _swapped(self, mine: str, theirs: str) -> None:
        for place, fault in enumerate(self.findings.faults):
            if fault.event == mine and fault.what is What.ALTERED:
                sentence = f"row {mine} was swapped: what it said stands in {theirs} now"
                self.findings.faults[place] = Fault(What.SWAPPED, sentence, mine)

    def _miss(self, number: int) -> None:
        event = self._event(number)
        self.findings.add(What.MISSING, f"row {event} is missing", event)

    def insert(self, number: int) -> None:
        event = self._event(number)
        self.findings.add(What.INSERTED, f"row {event} was inserted: nobody sealed it", event)

    def _event(self, number: int) -> str:
        return event_of(self.series, self.kind, number)

    def rows(self, stored: StoredChunk) -> str:
        return f"rows {self._event(stored.first)} to {self._event(stored.last)}"


def _tag(stored: StoredChunk, excerpt: Excerpt | None, place: int) -> bytes:
    if excerpt:
        return excerpt.tags[place]
    return stored.tags[place * TAG_BYTES : (place + 1) * TAG_BYTES]
