"""A case in words, for people and for machines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from appliance.domains import shorten
from appliance.policy.clock import SchoolClock
from appliance.policy.words import listed
from appliance.store.cases import CaseFile, Entry, Happened, SignSeen, Whole
from appliance.store.flat import flat

WIDTH = 96
SIGNS_SHOWN = ROWS_SHOWN = 30  # of each, to a person; --json has all


def signs(count: int) -> str:
    return f"{count:,} sign{'' if count == 1 else 's'}"


class Shown:
    """By one school's clock."""

    def __init__(self, clock: SchoolClock) -> None:
        self.clock = clock

    def line(self, case: CaseFile) -> str:
        group = f" ({case.group})" if case.group else ""
        outcome = f", {case.outcome}" if case.outcome else ""
        return (
            f"{case.id:>5}  {case.grade:<10}  {case.status}{outcome}  "
            f"{shorten(case.device)}{group}: {signs(case.events)}, "
            f"{self._day(case.opened_ms)} to {self._day(case.last_ms)}; {listed(case.kinds)}"
        )

    def lines(self, whole: Whole) -> Iterator[str]:
        """All of it that a person reads."""
        case = whole.case
        yield f"Case {case.id}: {shorten(case.device)}" + (f" ({case.group})" * bool(case.group))
        yield f"  {case.grade}, score {case.score}; {case.status}"
        yield (
            f"  from {self._moment(case.opened_ms)} to {self._moment(case.last_ms)}; "
            f"{signs(case.events)}; {listed(case.kinds)}"
        )
        if case.outcome:
            yield f"  {case.outcome}, says {case.reviewer}. {case.lesson}"
        yield from _said("for", case.speaks_for)
        yield from _said("against", case.speaks_against)
        yield from self._parts(whole)

    def _parts(self, whole: Whole) -> Iterator[str]:
        if whole.signs:
            yield f"Signs ({len(whole.signs):,})"
            yield from map(self._sign, whole.signs[:SIGNS_SHOWN])
            yield from _more(len(whole.signs) - SIGNS_SHOWN)
        if whole.rows:
            yield f"Refusals behind it ({len(whole.rows):,})"
            for row in whole.rows[:ROWS_SHOWN]:
                yield (
                    f"  {self._moment(row.first_ms)}  {shorten(row.name)}  {row.count:,} ×  "
                    f"{row.verdict.service or row.verdict.category}, clause {row.verdict.clause}; "
                    f"{row.sureness}"
                )
            yield from _more(len(whole.rows) - ROWS_SHOWN)
        if whole.attachments:
            yield "Attachments"
            for one in whole.attachments:
                yield f"  {one.name}  {one.type}, {one.bytes:,} bytes, from {one.who}"
                yield f"    SHA-256 {one.sha256}"
        yield "History"
        for entry in whole.entries:
            yield from self._entry(entry)

    def case(self, case: CaseFile) -> dict[str, Any]:
        """Keys and words stay as they are: others build on them."""
        return {
            "id": case.id,
            "device": case.device,
            "group": case.group,
            "status": case.status,
            "grade": case.grade,
            "score": case.score,
            "kinds": case.kinds,
            "opened": self._written(case.opened_ms),
            "last": self._written(case.last_ms),
            "closed": self._written(case.closed_ms),
            "events": case.events,
            "for": case.speaks_for,
            "against": case.speaks_against,
            "outcome": case.outcome,
            "lesson": case.lesson,
            "reviewer": case.reviewer,
            "reviewed": self._written(case.reviewed_ms),
        }

    def whole(self, whole: Whole) -> dict[str, Any]:
        return {
            **self.case(whole.case),
            "signs": [
                {
                    "first": self._written(one.first_ms),
                    "last": self._written(one.last_ms),
                    "count": one.count,
                    "kind": one.kind,
                    "title": one.title,
                    "name": one.name,
                    "action": one.action,
                }
                for one in whole.signs
            ],
            "rows": [flat(row, self.clock) for row in whole.rows],
            "attachments": [
                {
                    "id": one.id,
                    "at": self._written(one.at_ms),
                    "who": one.who,
                    "name": one.name,
                    "type": one.type,
                    "bytes": one.bytes,
                    "sha256": one.sha256,
                }
                for one in whole.attachments
            ],
            "history": [
                {
                    "at": self._written(one.at_ms),
                    "who": one.who,
                    "what": one.what,
                    "text": one.text,
                    **one.facts,
                }
                for one in whole.entries
            ],
        }

    def _sign(self, one: SignSeen) -> str:
        times = f"  {one.count:,} ×" if one.count > 1 else ""
        return (
            f"  {self._moment(one.first_ms)}  {one.kind}: {one.title}  {shorten(one.name)}"
            f"{times}  {one.action}"
        )

    def _entry(self, entry: Entry) -> Iterator[str]:
        detail = ""
        if entry.what in (Happened.OPENED, Happened.GRADED):
            detail = f" as {entry.facts['grade']}"
        elif entry.what is Happened.REVIEWED:
            detail = f": {entry.facts['outcome']}"
        yield f"  {self._moment(entry.at_ms)}  {entry.what}{detail}, {entry.who}"
        for line in entry.text.splitlines():
            yield from textwrap.wrap(line, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 4)

    def _moment(self, at_ms: int) -> str:
        when = self.clock.local(at_ms // 1000)
        return f"{when:%a} {when.day} {when:%b %Y %H:%M:%S}"

    def _day(self, at_ms: int) -> str:
        when = self.clock.local(at_ms // 1000)
        return f"{when.day} {when:%b}"

    def _written(self, at_ms: int | None) -> str | None:
        return None if at_ms is None else self.clock.local(at_ms // 1000).isoformat()


def _said(side: str, sentences: tuple[str, ...]) -> Iterator[str]:
    for sentence in sentences:
        yield from textwrap.wrap(
            sentence, WIDTH, initial_indent=f"  {side:<8}", subsequent_indent=" " * 10
        )
        side = ""


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"  … and {count:,} more: --json has all of them"
