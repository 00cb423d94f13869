"""Seals rows as they become final, closes a day with its anchor, and says what was forgotten.

All of it happens inside transactions of the recorder, and nothing is remembered from one to the
next but the key: after a crash the record itself says how far it is sealed.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.keys import public_key
from appliance.recording import anchor as anchors
from appliance.recording.anchor import Anchor
from appliance.recording.keyring import Keyring
from appliance.recording.seal import (
    CHUNK_ROWS,
    NOTHING,
    SALT_BYTES,
    Chunk,
    Excerpt,
    digest_of_tags,
    leaf_of,
    prune,
    root_of,
    salt_of,
    tag_of,
    text_of,
)
from appliance.recording.sealed import each
from appliance.store import seals
from appliance.store.database import Record
from appliance.store.sealed import Sealed, last_final
from appliance.store.seals import Segment, Slip, StoredChunk

MOST_CHUNKS: Final = 16  # of one transaction: 0.3 s on x86, a second on a Pi


class Sealer:
    """One data folder's seal."""

    def __init__(self, folder: Path) -> None:
        self.keyring = Keyring(folder)
        self._key: Ed25519PrivateKey | None = None
        self._stamp: tuple[int, int] | None = None

    def waiting(self, record: Record, kind: Sealed = Sealed.REFUSED) -> int:
        """Rows that are final and not sealed yet."""
        first = seals.first_row_after(record, kind, sealed_until(record, kind)[0])
        return max(last_final(record, kind) - first + 1, 0) if first else 0

    def is_due(self, record: Record, today: int) -> bool:
        try:
            return any(self._is_due(record, kind, today) for kind in Sealed)
        except (ValueError, TypeError):
            return True  # joining says why it can't be done

    def join(self, record: Record, today: int, *, at_least: int = 1) -> None:
        """Seal what is final: rows of a day (date.toordinal) of the school's. SigningKeyError where
        there is no key to do it with, SealError where there is nothing to join it to."""
        before = self._key
        key = self._present_key(today)
        with seals.apart(record):
            for kind in Sealed:
                self._join(record, kind, today, at_least, key, before)

    def forgetting(
        self,
        record: Record,
        kind: Sealed,
        low: int,
        high: int,
        staying: Sequence[int],
        now_ms: int,
    ) -> None:
        """Before rows from `low` to `high` are forgotten, all but those that stay."""
        key = self._present_key(datetime.date.fromtimestamp(now_ms / 1000).toordinal())
        series, stays = record.series, set(staying)
        with seals.apart(record):
            for chunk in seals.chunks(record, kind, low, high):
                _leave(record, kind, chunk, low, high, stays)
            slip = _slip(key, kind, series, low, high, _ranges(staying), now_ms)
            seals.add_slip(record, kind, slip)
            for number in seals.forgotten_segments(record, kind):
                _, _, first, last = seals.chunks_of(record, kind, number)
                seals.join_slips(record, kind, _slip(key, kind, series, first, last, [], now_ms))
                seals.drop_chunks(record, kind, number)

    def _is_due(self, record: Record, kind: Sealed, today: int) -> bool:
        segment = seals.last_segment(record, kind)
        is_over = segment is not None and not segment.anchor and segment.day != today
        return is_over or self.waiting(record, kind) > 0

    def _join(
        self,
        record: Record,
        kind: Sealed,
        today: int,
        at_least: int,
        key: Ed25519PrivateKey,
        before: Ed25519PrivateKey | None,
    ) -> None:
        segment = seals.last_segment(record, kind)
        is_open = segment is not None and not segment.anchor
        if segment and is_open and (segment.day != today or segment.key != public_key(key)):
            knows = before is not None and public_key(before) == segment.key
            _close(record, kind, segment, before if before and knows else key)
            is_open = False
        if self.waiting(record, kind) < at_least:
            return
        sealed, head = sealed_until(record, kind)
        low = seals.first_row_after(record, kind, sealed)
        high = min(last_final(record, kind), low + MOST_CHUNKS * CHUNK_ROWS - 1)
        if segment is None or not is_open:
            number = segment.number + 1 if segment else 1
            segment = Segment(number, today, public_key(key))
            seals.add_segment(record, kind, segment)
        for rows in _together(each(record, kind, low, high)):
            head = _seal(record, kind, rows, segment, head, key)

    def _present_key(self, today: int) -> Ed25519PrivateKey:
        """The key in use; read again when somebody has put another one in its place."""
        path = self.keyring.private
        try:
            found = path.stat()
        except FileNotFoundError:
            found = None
        stamp = (found.st_ino, found.st_mtime_ns) if found else None
        if self._key is None or stamp is None or stamp != self._stamp:
            self._key = self.keyring.key(datetime.date.fromordinal(today))
            made = path.stat()
            self._stamp = made.st_ino, made.st_mtime_ns
        return self._key


def sealed_until(record: Record, kind: Sealed) -> tuple[int, bytes]:
    """The last row that is sealed, and the head that the next chunk is joined to."""
    segment = seals.last_segment(record, kind)
    if segment and not segment.anchor:
        chunk = seals.last_chunk(record, kind)
        if chunk and chunk.segment == segment.number:
            return chunk.last, chunk.head
        segment = seals.segment(record, kind, segment.number - 1)
    if segment is None:
        return 0, NOTHING
    anchor = _anchor(segment)
    return anchor.last, bytes.fromhex(anchor.head)


def _close(record: Record, kind: Sealed, segment: Segment, key: Ed25519PrivateKey) -> None:
    """Write the anchor of a day that is over."""
    count, rows, first, last = seals.chunks_of(record, kind, segment.number)
    is_ruled = kind is Sealed.REFUSED
    policies = seals.policies_between(record, kind, first, last) if is_ruled else []
    anchor = Anchor(
        kind=str(kind),
        series=record.series,
        number=segment.number,
        day=datetime.date.fromordinal(segment.day),
        rows=rows,
        first=first,
        last=last,
        chunks=count,
        head=sealed_until(record, kind)[1].hex(),
        before=_digest_before(record, kind, segment.number),
        policies=tuple(" ".join(one).strip() for one in policies),
        key=public_key(key),
    )
    seals.set_anchor(record, kind, segment.number, anchors.sign(anchor, key).text)


def _digest_before(record: Record, kind: Sealed, number: int) -> str:
    before = seals.segment(record, kind, number - 1)
    return _anchor(before).digest if before else NOTHING.hex()


def _anchor(segment: Segment) -> Anchor:
    (signed,) = anchors.read(segment.anchor)
    return signed.anchor


def _together(rows: Iterator[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """Rows in chunks; each one's numbers follow each other without a gap."""
    chunk: list[tuple[int, bytes]] = []
    for number, data in rows:
        if chunk and (len(chunk) == CHUNK_ROWS or number != chunk[-1][0] + 1):
            yield chunk
            chunk = []
        chunk.append((number, data))
    if chunk:
        yield chunk


def _seal(
    record: Record,
    kind: Sealed,
    rows: Sequence[tuple[int, bytes]],
    segment: Segment,
    before: bytes,
    key: Ed25519PrivateKey,
) -> bytes:
    """Write down the chunk of these rows; its head."""
    secret = secrets.token_bytes(SALT_BYTES)
    leaves = [leaf_of(data, salt_of(secret, place)) for place, (_, data) in enumerate(rows)]
    tags = b"".join(map(tag_of, leaves))
    first, _ = rows[0]
    chunk = Chunk(
        kind=str(kind),
        series=record.series,
        segment=segment.number,
        first=first,
        count=len(rows),
        root=root_of(leaves),
        tags=digest_of_tags(tags),
        before=before,
    )
    stored = StoredChunk(
        segment=segment.number,
        first=first,
        count=len(rows),
        root=chunk.root,
        tags_digest=chunk.tags,
        head=chunk.head,
        signature=key.sign(chunk.signed),
        secret=secret,
        tags=tags,
    )
    seals.add_chunk(record, kind, stored)
    return chunk.head


def _leave(
    record: Record, kind: Sealed, chunk: StoredChunk, low: int, high: int, staying: set[int]
) -> None:
    """Keep of a chunk what the rows that stay need, and nothing of the others."""
    if not chunk.secret and not chunk.left:
        return
    if low <= chunk.first and chunk.last <= high:
        if not any(number in staying for number in range(chunk.first, chunk.last + 1)):
            seals.set_left(record, kind, chunk.first, "")
            return
    rows = each(record, kind, chunk.first, chunk.last)
    data = {number - chunk.first: row for number, row in rows}
    salts = salts_of(chunk)
    leaves = {place: leaf_of(data.get(place, b""), salt) for place, salt in salts.items()}
    kept = [
        place
        for place in salts
        if place in data
        and (not low <= chunk.first + place <= high or chunk.first + place in staying)
    ]
    if len(kept) == len(salts):
        return
    old = Excerpt.parse(chunk.left).pruned if chunk.left else ()
    _, pruned = prune(chunk.count, leaves, old, kept)
    tags = {place: tag_of(leaves[place]) for place in kept}
    excerpt = Excerpt({place: salts[place] for place in kept}, tags, pruned)
    seals.set_left(record, kind, chunk.first, excerpt.text if kept else "")


def salts_of(chunk: StoredChunk) -> dict[int, bytes]:
    """Of the rows that are left of a chunk, by their places."""
    if chunk.secret:
        return {place: salt_of(chunk.secret, place) for place in range(chunk.count)}
    return dict(Excerpt.parse(chunk.left).salts) if chunk.left else {}


def _slip(
    key: Ed25519PrivateKey,
    kind: Sealed,
    series: str,
    low: int,
    high: int,
    kept: list[list[int]],
    now_ms: int,
) -> Slip:
    text = text_of(
        {
            "v": 1,
            "what": "forgotten",
            "kind": str(kind),
            "series": series,
            "at": now_ms,
            "low": low,
            "high": high,
            "kept": kept,
        }
    )
    return Slip(low, high, text, public_key(key), key.sign(text.encode()).hex())


def _ranges(numbers: Sequence[int]) -> list[list[int]]:
    """[3, 4, 5, 9] → [[3, 5], [9, 9]]"""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found
