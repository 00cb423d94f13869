"""From what is recorded to what detection looks at.

Left out, for there is nothing to hold against anybody: groups that may use circumvention services;
what a person has opened expressly, by an override, an exemption or a pass; times that nobody
trusts; and questions that a forwarder passes on without saying whose they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from appliance.detection.observation import Observation
from appliance.detection.order import Order, TooLate
from appliance.endpoint import Network
from appliance.event import Asker, Event, State, text_of
from appliance.policy.model import Circumvention, School
from appliance.policy.verdict import DecidedBy, Verdict
from appliance.store.rows import TYPES, Row

OPENED: Final = frozenset(
    (DecidedBy.OVERRIDE, DecidedBy.EXEMPTION, DecidedBy.PASS, DecidedBy.OFFICIAL_CHANNEL)
)
RUN_SECONDS: Final = 120  # a run is a minute long, and resolvers write in turns
FOR_EVER: Final = 1 << 40
_text = lru_cache(maxsize=65_536)(text_of)


class Seeing:
    """Makes observations, by the policy in force."""

    def __init__(self, forwarders: Sequence[Network] = ()) -> None:
        self.forwarders = forwarders
        self._free: frozenset[str] = frozenset()
        self._is_nobody = lru_cache(maxsize=4096)(self._stands_for_many)

    def go_by(self, school: School) -> None:
        self._free = frozenset(
            group.name for group in school.groups if group.circumvention is Circumvention.ALLOW
        )

    def observation(self, event: Event) -> Observation | None:
        """None for what is left out."""
        if self._is_left_out(event.asker, event.verdict, event.state):
            return None
        kind = TYPES.get(event.qtype, str(event.qtype))
        name = _text(event.name)
        return self._of(event.asker, event.verdict, event.at_ms, name, kind)

    def of_rows(self, rows: Iterable[Row]) -> Iterator[Observation]:
        """In the order of time. A run of repeats is its first question and its last: of those
        between nothing was written but how many they were."""
        order = Order(RUN_SECONDS)
        for row in rows:
            for seen in self._of_row(row):
                with contextlib.suppress(TooLate):  # the clock was set back then
                    yield from order.take(seen)
        yield from order.until(FOR_EVER)

    def _of_row(self, row: Row) -> Iterator[Observation]:
        if not self._is_left_out(row.asker, row.verdict, row.state):
            for at_ms in {row.first_ms, row.last_ms}:
                yield self._of(row.asker, row.verdict, at_ms, row.name, "".join(row.types[:1]))

    def _is_left_out(self, asker: Asker, verdict: Verdict, state: State) -> bool:
        return (
            asker.who.group in self._free
            or (verdict.allowed and verdict.decided_by in OPENED)
            or not state.clock_trusted
            or self._is_nobody(asker)
        )

    def _stands_for_many(self, asker: Asker) -> bool:
        return not asker.who.device and any(
            asker.address.version == network.version and asker.address in network
            for network in self.forwarders
        )

    @staticmethod
    def _of(asker: Asker, verdict: Verdict, at_ms: int, name: str, kind: str) -> Observation:
        return Observation(
            at=at_ms // 1000,
            device=asker.who.device or str(asker.address),
            group=asker.who.group,
            name=name,
            qtype=kind,
            action=str(verdict.action),
        )
