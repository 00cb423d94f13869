"""A list as `bellgate lists` prints it: lines for people, one object for machines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from appliance.lists.refresh import Outcome, Result
from appliance.lists.review import EXAMPLES, OverBlock, Review, Why
from appliance.lists.shelf import Record, Shelf
from appliance.lists.standing import Standing, sentence, standing
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.model import SchoolList
from appliance.policy.services import Source

BECAUSE = {
    Why.LIFELINE: "a lifeline: it stays open all the same",
    Why.SCHOOL: "the school's own: it stays open all the same",
    Why.OPENED: "the policy opens it by name",
    Why.NEEDED: "schools need it",
}
LEAD = {Result.UNCHANGED: "unchanged: ", Result.NOT_DUE: "not due yet: "}


class Listing:
    """One list as it stands now, in words and in figures."""

    def __init__(
        self, policy: Policy, folder: Path, name: str, now: Instant, record: Record | None = None
    ) -> None:
        shelf = Shelf(folder)
        self.one = policy.lists[name]
        self.clock = policy.clock
        self.source: Source | None = policy.catalogue.sources.get(self.one.source)
        self.record = record or shelf.record(name)
        self.copy = shelf.copy(name) if self.source else _own_file(self.one)
        has_copy = self.copy is not None
        self.state: Standing = standing(self.source, self.record, has_copy, now)
        self.says = sentence(self.one, self.state, self.record, has_copy, now, self.clock)

    def lines(self) -> list[str]:
        title = self.one.title or self.one.name
        said = [f"{self.one.name}: {title}", f"  {self.says}"]
        if self.source:
            said.append(f"  from {self.source.address}")
            if self.source.over_blocks:
                said.append(f"  known to over-block: {self.source.over_blocks}")
        return said

    def for_machines(self) -> dict[str, Any]:
        record = self.record
        return {
            "name": self.one.name,
            "title": self.one.title,
            "source": self.source.address if self.source else None,
            "state": str(self.state),
            "says": self.says,
            "tried": self._moment(record.tried),
            "fetched": self._moment(record.fetched),
            "confirmed": self._moment(record.confirmed),
            "failing_since": self._moment(record.failing_since),
            "failure": record.failure or None,
            "names": record.names if self.source else len(self.one.names),
            "unsupported": record.unsupported,
        }

    def _moment(self, at: Instant) -> str | None:
        return self.clock.local(at).isoformat() if at else None


def _own_file(one: SchoolList) -> Path | None:
    """The list's file, where the school keeps one and it is there."""
    return Path(one.file) if one.file and Path(one.file).is_file() else None


def outcome_lines(outcome: Outcome, listing: Listing) -> list[str]:
    said = f"{outcome.name}: {LEAD.get(outcome.result, '')}{listing.says}"
    return [said, *_over_block_lines(outcome.over_blocks)]


def outcome_for_machines(outcome: Outcome, listing: Listing) -> dict[str, Any]:
    over_blocks = _over_blocks(outcome.over_blocks)
    return listing.for_machines() | {"result": str(outcome.result), "over_blocks": over_blocks}


def review_lines(review: Review | None) -> list[str]:
    if review is None:
        return []
    examples = f", such as {', '.join(review.examples)}" if review.examples else ""
    adds = f"  adds {review.adds:,} names that our own catalogue hadn't{examples}"
    return [adds, *(_over_block_lines(review.over_blocks) or ["  over-blocks nothing we know of"])]


def _over_block_lines(found: Iterable[OverBlock]) -> list[str]:
    """A line for each reason, with its first names."""
    lines = []
    for why in Why:
        names = [one.name for one in found if one.why is why]
        if names:
            rest = f" and {len(names) - EXAMPLES:,} more" if len(names) > EXAMPLES else ""
            lines.append(f"  over-blocks {', '.join(names[:EXAMPLES])}{rest} ({BECAUSE[why]})")
    return lines


def reviewed(review: Review | None) -> dict[str, Any]:
    if review is None:
        return {"adds": None, "over_blocks": []}
    return {
        "adds": {"count": review.adds, "examples": review.examples},
        "over_blocks": _over_blocks(review.over_blocks),
    }


def _over_blocks(found: Iterable[OverBlock]) -> list[dict[str, str]]:
    return [{"name": one.name, "why": str(one.why), "entry": one.entry} for one in found]
