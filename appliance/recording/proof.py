"""Does the record still say what was sealed? Looks at each row once, a chunk at a time."""

from __future__ import annotations

import datetime
import json
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence

from appliance.keys import fingerprint, is_signed
from appliance.policy.snapshot import digest_of
from appliance.recording import anchor as anchors
from appliance.recording.anchor import Anchor, Signed
from appliance.recording.comparing import LOWEST, Comparing, Forgotten
from appliance.recording.findings import Findings, What
from appliance.recording.seal import (
    NOTHING,
    Chunk,
)
from appliance.recording.sealed import each
from appliance.store import seals
from appliance.store.database import Record, told
from appliance.store.sealed import Sealed, last_final
from appliance.store.seals import Segment

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
                try:
                    _Verifying(record, kind, trusted, findings, progress).all(kept)
                except (ValueError, TypeError, OverflowError):
                    findings.add(What.SEAL, f"what seals the rows of {kind} makes no sense")
            return findings
        finally:
            record.conn.execute("ROLLBACK")


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
        self.rows = Comparing(record, kind, findings)
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
            rows = self.rows.rows(self.next)
            self.findings.add(What.SEAL, f"the seal over {rows} is of no day")
        self._rest()
        self.rows.swaps()
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
                forgotten = Forgotten(slip.low, slip.high, says["kept"])
                forgotten.says(slip.low)
            except (ValueError, KeyError, TypeError, RecursionError):
                is_good = False
            if not is_good:
                self.findings.add(What.SEAL, f"{place} was altered")
            elif self._trust(slip.key, place):
                self.rows.slips.append(forgotten)

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
            self.rows.inserted(anchor.first - 1)
            for number, _ in each(self.record, self.kind, anchor.first, anchor.last):
                self.rows.insert(number)
            self.rows.gone(anchor.first, anchor.last)
            self.rows.end, self.head = anchor.last, bytes.fromhex(anchor.head)
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
            if not is_ours or stored.segment != segment.number or stored.first <= self.rows.end:
                rows = self.rows.rows(stored)
                self.findings.add(What.SEAL, f"the seal over {rows} was altered, or one before it")
            self.head = stored.head
            self.rows.chunk(stored)
            self.progress(self.findings.rows, self.total)
            yield stored.first, stored.count

    def _rest(self) -> None:
        """Rows behind the last chunk: not sealed yet."""
        self.findings.unsealed += int(
            self.record.number(
                f"SELECT count(*) FROM {self.kind} WHERE id > ?", (max(self.rows.end, LOWEST),)
            )
        )
        until = last_final(self.record, self.kind)
        if self.kind is Sealed.REFUSED and until < self.rows.end:
            self.findings.add(
                What.SEAL,
                f"rows up to {self.rows.end:,} are sealed, and {until:,} is said to be the last",
            )
        self.progress(self.total, self.total)

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
