"""Policy versions, stored whole: what was in force at any moment that the record knows of."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from appliance.policy.snapshot import digest_of
from appliance.store.database import Record, told


@dataclass(frozen=True, slots=True)
class InForce:
    """What held from a moment on."""

    at_ms: int
    snapshot: str  # the version that rows name
    policy: str  # digests
    addresses: str


def note_in_force(
    record: Record, at_ms: int, snapshot: str, document: bytes, addresses: bytes
) -> bool:
    """Write down what is in force now; False where that is what was in force before."""
    digests = digest_of(document), digest_of(addresses)
    newest = last_in_force(record)
    if newest and (newest.snapshot, newest.policy, newest.addresses) == (snapshot, *digests):
        return False
    with record.transaction():
        for digest, content in zip(digests, (document, addresses), strict=True):
            record.conn.execute(
                "INSERT OR IGNORE INTO document VALUES (?, ?)", (digest, zlib.compress(content, 9))
            )
        record.db.table("in_force").insert(
            {"at": at_ms, "snapshot": snapshot, "policy": digests[0], "addresses": digests[1]}
        )
    return True


def last_in_force(record: Record) -> InForce | None:
    return _one(record, "ORDER BY number DESC LIMIT 1", ())


def in_force_at(record: Record, at_ms: int) -> InForce | None:
    """None where the record does not reach back so far."""
    return _one(record, "WHERE at <= ? ORDER BY at DESC LIMIT 1", (at_ms,))


def in_force_as(record: Record, snapshot: str) -> InForce | None:
    """By the version that a row names."""
    return _one(record, "WHERE snapshot = ? ORDER BY at LIMIT 1", (snapshot,))


def document(record: Record, digest: str) -> bytes:
    """The text of a policy, or addresses, by digest."""
    with told(record.path):
        content: bytes = record.number("SELECT content FROM document WHERE digest = ?", (digest,))
    return zlib.decompress(content)


def _one(record: Record, which: str, parameters: tuple[int | str, ...]) -> InForce | None:
    with told(record.path):
        row = record.conn.execute(
            f"SELECT at, snapshot, policy, addresses FROM in_force {which}", parameters
        ).fetchone()
    return InForce(*row) if row else None
