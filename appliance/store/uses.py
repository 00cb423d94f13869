"""What reports say of exceptions and of attempts: what was opened and who used it, and what signs
of ways round the filter there were.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from appliance.policy.model import Grant
from appliance.store.database import Record
from appliance.store.reports import By, Span, numbers

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Use:
    """An override, exemption or pass, and how many questions it decided."""

    kind: str
    id: str
    opened: int
    closed: int

    @property
    def is_unused(self) -> bool:
        return not self.opened and not self.closed


@dataclass(frozen=True, slots=True)
class AttemptNumber:
    """Signs of one kind, and how many devices and cases they belong to."""

    kind: str
    signs: int
    devices: int
    cases: int


def exceptions(record: Record, span: Span, standing: Iterable[Grant] = ()) -> list[Use]:
    """Each exception that decided anything in this span, the most used first; then those of
    `standing` that decided nothing: somebody may ask whether they are still needed."""
    found = {one.what: one for one in numbers(record, By.GRANT, span) if one.what}
    used = []
    for what, one in found.items():
        kind, _, id_ = what.partition(":")
        used.append(Use(kind, id_, opened=one.allowed, closed=one.refused))
    used.sort(key=lambda use: (-use.opened - use.closed, use.kind, use.id))
    unused = {(str(one.kind), one.id) for one in standing if f"{one.kind}:{one.id}" not in found}
    return used + [Use(kind, id_, 0, 0) for kind, id_ in sorted(unused)]


def attempts(record: Record, span: Span) -> list[AttemptNumber]:
    """Signs of ways round the filter by kind, the most frequent first."""
    rows = record.conn.execute(
        "SELECT kind, sum(count), count(DISTINCT device), count(DISTINCT cases.id) "
        "FROM case_sign JOIN cases ON cases.id = case_id "
        "WHERE first >= ? AND first < ? GROUP BY kind ORDER BY 2 DESC, 1",
        (span.since_hour * HOUR_MS, span.until_hour * HOUR_MS),
    ).fetchall()
    return [AttemptNumber(*row) for row in rows]
