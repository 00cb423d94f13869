"""Does the record still say what was sealed? Looks at each row once, a chunk at a time."""

from __future__ import annotations

import datetime
import json
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from appliance.keys import fingerprint, is_signed
from appliance.policy.snapshot import digest_of
from appliance.recording import anchor as anchors
from appliance.recording.anchor import Anchor, Signed
from appliance.recording.findings import Findings, What
from appliance.recording.seal import (
    NOTHING,
    TAG_BYTES,
    Chunk,
    Excerpt,
    digest_of_tags,
    leaf_of,
    root_of,
    tag_of,
)
from appliance.recording.sealed import each
from appliance.recording.sealer import salts_of
from appliance.store import seals
from appliance.store.database import Record, told
from appliance.store.sealed import Sealed, event_of, last_final
from appliance.store.seals import Segment, StoredChunk

LOWEST: Final = -(1 << 63)  # that a row's number can be
MOST_SWAPPED: Final = 64  # rows that are compared with each other
Progress = Callable[[int, int], None]  # rows done, of how many

Trust = Collection[str] | None  # public keys; None: there is nothing to compare with


def verify(
    record: Record,
    trusted: Trust,
    kept: Sequence[Signed] = (),
    progress: Progress = lambda done, of: None,
) -> Findings:
    """The record as it is at one moment, whatever is written meanwhile; `kept` are anchors that
    somebody kept outside."""
    with told(record.path):
        record.conn.execute("BEGIN")
        try:
            findings = Findings()
            for kind in Sealed:
                _Verifying(record, kind, trusted, findings, progress).all(kept)
            return findings
        finally:
            record.conn.execute("ROLLBACK")


@dataclass(frozen=True, slots=True)
class _Forgotten:
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


class _Verifying:
    """One kind of rows."""

    def __init__(
        self,
        record: Record,
        kind: Sealed,
        trusted: Trust,
        findings: Findings,
        progress: Progress,
    ) -> None:
        self.record = record
        self.kind = kind
        self.trusted = trusted
        self.findings = findings
        self.progress = progress
        self.series = record.series
        self.slips: list[_Forgotten] = []
        self.altered: list[_Altered] = []
        self.end = LOWEST - 1  # of what was looked at
        self.head = NOTHING
        self.total = int(record.number(f"SELECT max(id) - min(id) + 1 FROM {kind}"))

    def all(self, kept: Sequence[Signed]) -> None:
        self._read_slips()
        before = NOTHING.hex()
        self.chunks = seals.chunks(self.record, self.kind)
        self.next = next(self.chunks, None)
        segments = seals.segments(self.record, self.kind)
        for place, segment in enumerate(segments, start=1):
            self._trust(segment.key, f"the seal of {_day(segment)}")
            if segment.number != place:
                missing = "the seal of an earlier day is missing"
                self.findings.add(What.SEAL, f"{missing}: {_day(segment)} is number {place}")
            signed = self._anchor(segment, before, is_last=place == len(segments))
            self._segment(segment, signed.anchor if signed else None)
            before = signed.anchor.digest if signed else before
        if self.next:
            self.findings.add(What.SEAL, f"the seal over {self._rows(self.next)} is of no day")
        self._rest()
        self._swaps()
        if self.kind is Sealed.REFUSED:
            self._policies(segments)
        for one in kept:
            if one.anchor.kind == self.kind:
                self._compare(one, segments)

    def _trust(self, key: str, whose: str) -> bool:
        self.findings.signed_by(key)
        if self.trusted is None or key in self.trusted:
            return True
        self.findings.add(
            What.SEAL,
            f"{whose} is signed with another key, {_short(key)}: somebody has sealed it anew",
        )
        return False

    # Slips, anchors, chunks

    def _read_slips(self) -> None:
        for slip in seals.slips(self.record, self.kind):
            place = f"what is said of forgetting rows {slip.low:,} to {slip.high:,}"
            try:
                says = json.loads(slip.text)
                fits = (says["low"], says["high"]) == (slip.low, slip.high)
                fits &= (says["kind"], says["series"]) == (str(self.kind), self.series)
                is_good = fits and is_signed(
                    slip.text.encode(), bytes.fromhex(slip.signature), slip.key
                )
                forgotten = _Forgotten(slip.low, slip.high, says["kept"])
                forgotten.says(slip.low)
            except (ValueError, KeyError, TypeError, RecursionError):
                is_good = False
            if not is_good:
                self.findings.add(What.SEAL, f"{place} was altered")
            elif self._trust(slip.key, place):
                self.slips.append(forgotten)

    def _anchor(self, segment: Segment, before: str, *, is_last: bool) -> Signed | None:
        """The anchor of a segment; None where it has none that can be read."""
        place = f"the anchor of {_day(segment)}"
        if not segment.anchor:
            if not is_last:
                self.findings.add(What.SEAL, f"{place} is missing")
            return None
        try:
            (signed,) = anchors.read(segment.anchor)
            is_good = signed.text == segment.anchor and signed.is_good
        except ValueError:
            self.findings.add(What.SEAL, f"{place} was altered")
            return None
        anchor = signed.anchor
        says = anchor.kind, anchor.series, anchor.number, anchor.day.toordinal()
        if not is_good or says != (str(self.kind), self.series, segment.number, segment.day):
            self.findings.add(What.SEAL, f"{place} was altered")
        elif anchor.before != before:
            self.findings.add(What.SEAL, f"{place} does not follow the one before it")
        else:
            self.findings.anchors += 1
        self._trust(anchor.key, place)
        return signed

    def _segment(self, segment: Segment, anchor: Anchor | None) -> None:
        stored = list(self._checked_chunks(segment, anchor))
        if anchor is None:
            return
        if not stored and anchor.rows:
            self._inserted(anchor.first - 1)
            for number, _ in each(self.record, self.kind, anchor.first, anchor.last):
                self._insert(number)
            self._gone(anchor.first, anchor.last)
            self.end, self.head = anchor.last, bytes.fromhex(anchor.head)
            return
        rows = sum(count for _, count in stored)
        first = stored[0][0] if stored else 0
        last = sum(stored[-1]) - 1 if stored else 0
        says = anchor.head, anchor.rows, anchor.chunks, anchor.first, anchor.last
        if says != (self.head.hex(), rows, len(stored), first, last):
            self.findings.add(
                What.SEAL,
                f"the seals of {_day(segment)} are not those of its anchor: rows {anchor.first:,} "
                f"to {anchor.last:,} were sealed then",
            )
            self.head = bytes.fromhex(anchor.head)

    def _checked_chunks(self, segment: Segment, anchor: Anchor | None) -> Iterator[tuple[int, int]]:
        """First row and count of each chunk, when it has been looked at."""
        while self.next and (anchor is None or self.next.first <= anchor.last):
            stored, self.next = self.next, next(self.chunks, None)
            chunk = Chunk(
                kind=str(self.kind),
                series=self.series,
                segment=segment.number,
                first=stored.first,
                count=stored.count,
                root=stored.root,
                tags=stored.tags_digest,
                before=self.head,
            )
            is_ours = chunk.head == stored.head and is_signed(
                chunk.signed, stored.signature, segment.key
            )
            if not is_ours or stored.segment != segment.number or stored.first <= self.end:
                self.findings.add(
                    What.SEAL, f"the seal over {self._rows(stored)} was altered, or one before it"
                )
            self.head = stored.head
            self._chunk(stored)
            yield stored.first, stored.count

    # Rows

    def _chunk(self, stored: StoredChunk) -> None:
        self._inserted(stored.first - 1)
        rows = dict(each(self.record, self.kind, stored.first, stored.last))
        self.end = max(self.end, stored.last)
        self.progress(self.findings.rows, self.total)
        try:
            salts = salts_of(stored)
            excerpt = Excerpt.parse(stored.left) if stored.left else None
        except ValueError:
            self.findings.add(What.SEAL, f"what seals {self._rows(stored)} was altered")
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
                if len(self.altered) < MOST_SWAPPED:
                    self.altered.append(_Altered(number, rows[number], salts[place], tag))
            else:
                self.findings.rows += 1
        if salts and self.findings.count == before:
            self.findings.add(
                What.ALTERED,
                f"one of {self._rows(stored)} was altered; what tells which was altered as well",
            )
        self._left_out(stored, salts, rows)

    def _tags(self, stored: StoredChunk, excerpt: Excerpt | None) -> bool:
        """Whether the tags of a chunk can be believed."""
        if excerpt is not None or not stored.secret:
            return True  # of what is left nobody signed the tags
        if digest_of_tags(stored.tags) == stored.tags_digest:
            return True
        self.findings.add(What.SEAL, f"the tags of {self._rows(stored)} were altered")
        return False

    def _left_out(
        self, stored: StoredChunk, salts: dict[int, bytes], rows: dict[int, bytes]
    ) -> None:
        """Rows that are forgotten: they are not there, and somebody said so."""
        if len(salts) == stored.count:
            return
        for number in rows:
            if number - stored.first not in salts:
                self._insert(number)
        if not salts:
            self._gone(stored.first, stored.last)
            return
        for place in range(stored.count):
            if place not in salts:
                self._gone(stored.first + place, stored.first + place)

    def _gone(self, first: int, last: int) -> None:
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

    def _inserted(self, until: int) -> None:
        """Rows that lie before a chunk and in none."""
        if until > self.end:
            for number, _ in each(self.record, self.kind, self.end + 1, until):
                self._insert(number)
            self.end = until

    def _rest(self) -> None:
        """Rows behind the last chunk: not sealed yet."""
        self.findings.unsealed += int(
            self.record.number(f"SELECT count(*) FROM {self.kind} WHERE id > ?", (self.end,))
        )
        until = last_final(self.record, self.kind)
        if self.kind is Sealed.REFUSED and until < self.end:
            self.findings.add(
                What.SEAL,
                f"rows up to {self.end:,} are sealed, and {until:,} is said to be the last",
            )
        self.progress(self.total, self.total)

    def _swaps(self) -> None:
        """Of two rows that were altered, each may be the other."""
        for one in self.altered:
            mine = self._event(one.number)
            for other in self.altered:
                theirs = self._event(other.number)
                data = other.data.replace(f'"{theirs}"'.encode(), f'"{mine}"'.encode(), 1)
                if other is not one and tag_of(leaf_of(data, one.salt)) == one.tag:
                    self._swapped(mine, theirs)

    def _swapped(self, mine: str, theirs: str) -> None:
        for place, fault in enumerate(self.findings.faults):
            if fault.event == mine and fault.what is What.ALTERED:
                sentence = f"row {mine} was swapped: what it said stands in {theirs} now"
                self.findings.faults[place] = type(fault)(What.SWAPPED, sentence, mine)

    # Policies, and what others have kept

    def _policies(self, segments: Sequence[Segment]) -> None:
        """The texts are those that were in force when the anchors were written."""
        for digest, packed in seals.documents(self.record):
            try:
                is_good = digest_of(zlib.decompress(packed)) == digest
            except zlib.error:
                is_good = False
            if not is_good:
                self.findings.add(What.SEAL, f"the text of a policy, {digest}, was altered")
        for segment in segments:
            try:
                found = [one.anchor for one in anchors.read(segment.anchor)]
            except ValueError:
                continue  # told of above
            for policy in (policy for anchor in found for policy in anchor.policies):
                snapshot, _, digest = policy.partition(" ")
                known = seals.documents_of(self.record, snapshot)
                if digest and known and digest not in known:
                    self.findings.add(
                        What.SEAL, f"what was in force as policy {snapshot[:12]} was altered"
                    )

    def _compare(self, kept: Signed, segments: Sequence[Segment]) -> None:
        """An anchor that somebody kept, with the one of that day here."""
        anchor = kept.anchor
        place = f"the anchor of {anchor.day}, number {anchor.number}, that was kept outside"
        if anchor.series != self.series:
            self.findings.add(What.SEAL, f"{place} is another record's")
            return
        ours = [one.anchor for one in segments if one.number == anchor.number]
        if ours != [kept.text]:
            self.findings.add(
                What.SEAL, f"{place} says otherwise: rows until then were sealed anew, or cut off"
            )

    def _miss(self, number: int) -> None:
        event = self._event(number)
        self.findings.add(What.MISSING, f"row {event} is missing", event)

    def _insert(self, number: int) -> None:
        event = self._event(number)
        self.findings.add(What.INSERTED, f"row {event} was inserted: nobody sealed it", event)

    def _event(self, number: int) -> str:
        return event_of(self.series, self.kind, number)

    def _rows(self, stored: StoredChunk) -> str:
        return f"rows {self._event(stored.first)} to {self._event(stored.last)}"


def _tag(stored: StoredChunk, excerpt: Excerpt | None, place: int) -> bytes:
    if excerpt:
        return excerpt.tags[place]
    return stored.tags[place * TAG_BYTES : (place + 1) * TAG_BYTES]


def _day(segment: Segment) -> str:
    try:
        return str(datetime.date.fromordinal(segment.day))
    except (ValueError, OverflowError, TypeError):
        return f"number {segment.number}"


def _short(key: str) -> str:
    try:
        return fingerprint(key)
    except ValueError:
        return key[:24]
