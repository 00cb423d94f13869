"""What reports say of exceptions and of attempts: what was opened and who used it, and what signs
of ways round the filter there were.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from appliance.policy.model import Grant
from appliance.store.database import Record
from appliance.store.reports import By, Span, numbers
from appliance.store.rollups import SUMMED
from appliance.store.writer import mark

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
class LastUse:
    """When an exception last decided a question, and how many it has decided."""

    hour_ms: int  # the whole hour in which it did
    opened: int
    closed: int
    lately: int  # in this hour and the one before


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


def last_uses(record: Record, now_ms: int) -> dict[str, LastUse]:
    """When each exception last decided anything, by its kind and id ("override:the-id"), as far as
    the record reaches back. What is not here never did."""
    with record.reading():
        rows = record.conn.execute(
            _LAST_USES, {"summed": mark(record, SUMMED), "lately": now_ms // HOUR_MS - 1}
        ).fetchall()
    return {what: LastUse(hour * HOUR_MS, *counts) for what, hour, *counts in rows}


# The few facets of exceptions first, so that the sums of all hours are read once and joined to
# nothing else.
_LAST_USES: Final = """
WITH mine AS MATERIALIZED (
    SELECT facet.id, facet.ruling, decided_by || ':' || rule AS what, action = 'block' AS is_closed
    FROM facet JOIN ruling ON ruling.id = facet.ruling
    WHERE decided_by IN ('override', 'exemption', 'pass')
),
sums AS (
    SELECT what, hour, count, is_closed FROM facet_hour JOIN mine ON mine.id = facet
    UNION ALL SELECT what, hour, count, is_closed FROM pending JOIN mine ON mine.id = facet
    UNION ALL SELECT decided_by || ':' || rule, first / 3600000, count, 1
    FROM refused JOIN ruling ON ruling.id = refused.ruling
    WHERE refused.id > :summed AND decided_by IN ('override', 'exemption', 'pass')
)
SELECT what, max(hour), sum(count * (1 - is_closed)), sum(count * is_closed),
    sum(CASE WHEN hour >= :lately THEN count ELSE 0 END) FROM sums GROUP BY what
"""


def attempts(record: Record, span: Span) -> list[AttemptNumber]:
    """Signs of ways round the filter by kind, the most frequent first."""
    rows = record.conn.execute(
        "SELECT kind, sum(count), count(DISTINCT device), count(DISTINCT cases.id) "
        "FROM case_sign JOIN cases ON cases.id = case_id "
        "WHERE first >= ? AND first < ? GROUP BY kind ORDER BY 2 DESC, 1",
        (span.since_hour * HOUR_MS, span.until_hour * HOUR_MS),
    ).fetchall()
    return [AttemptNumber(*row) for row in rows]
