"""Rows of the refused log as people read them: why in the school's words, how sure, what was
taught then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from flask import url_for

from appliance.errors import ApplianceError
from appliance.event import Flag, Means
from appliance.policy.decide import Policy
from appliance.policy.model import Scope, ScopeKind, Target, TargetKind
from appliance.policy.verdict import DecidedBy, Verdict
from appliance.policy.words import because, describe
from appliance.store.office import notices
from appliance.store.office.notices import Notice
from appliance.store.rows import Row
from appliance.suffixes import site_of
from webadmin.staff import room
from webadmin.staff.permissions import Permission, may

POLICIES: Final = 3  # of the past, for one page: each takes 30 ms to read
KNOWN: Final = {
    Means.NETWORK: "only its network is known",
    Means.ADDRESS: "by address: may be another’s",
    Means.SUBNET: "by another server’s word",
    Means.MAC: "by hardware address",
    Means.CLIENT_ID: "by a secret name",
}
Words = dict[tuple[DecidedBy, str, str], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row, and what stands beside it."""

    row: Row
    service: str  # its title
    why: str
    topics: tuple[str, ...]
    explain: str  # these three are addresses; empty where the reader may not
    open_for: str
    add_to_case: str

    @property
    def at(self) -> int:
        return self.row.first_ms // 1000

    @property
    def last(self) -> int:
        return self.row.last_ms // 1000

    @property
    def known(self) -> str:
        """How the device was known, in a few words; the row has the sentence."""
        if not self.row.asker.who.device and self.row.asker.means is Means.ADDRESS:
            return KNOWN[Means.NETWORK]
        return KNOWN[self.row.asker.means]

    @property
    def is_way_round(self) -> bool:
        return self.row.verdict.decided_by is DecidedBy.CIRCUMVENTION

    @property
    def is_led_on(self) -> bool:
        return bool(self.row.flags & Flag.LED_ON)

    @property
    def is_foreign(self) -> bool:
        """Whether it has letters of other scripts: a look-alike is shown as it was asked."""
        return any(label.startswith("xn--") for label in self.row.name.split("."))


def entries(rows: Iterable[Row]) -> list[Entry]:
    """Each with what was known then."""
    rows = list(rows)
    told = Teller()
    given = _notices(rows)
    known = {device.name for device in room.policy().school.devices}
    return [
        Entry(
            row,
            told.service(row.verdict.service),
            told.why(row),
            _topics(row, given),
            explain=_explain(row, known),
            open_for=_open_for(row),
            add_to_case=_add_to_case(row),
        )
        for row in rows
    ]


class Teller:
    """Says why in the words that the school had at that time."""

    def __init__(self) -> None:
        self.policy = room.policy()
        self._words: dict[str, Words] = {room.context().live.version: _words(self.policy)}

    def why(self, row: Row) -> str:
        """ "TikTok is social media, rule 7.1 ‘All social media is blocked’" """
        verdict = row.verdict
        key = verdict.decided_by, verdict.rule, verdict.target
        said = self._of(row).get(key, "")
        says = said or self._plainly(verdict)
        return because(replace(verdict, says=says), self.policy, with_age=False)

    def service(self, name: str) -> str:
        found = self.policy.catalogue.services.get(name)
        return found.title if found else name

    def _plainly(self, verdict: Verdict) -> str:
        """Where the school's words of that time can't be had."""
        if verdict.decided_by is DecidedBy.LIST and verdict.target:
            known = self.policy.lists.get(Target.parse(verdict.target).name)
            return f"it stands on the list “{known.title}”" if known else "it stands on a list"
        return "" if verdict.clause or verdict.rule else f"refused by {verdict.decided_by}"

    def _of(self, row: Row) -> Words:
        version = row.state.policy
        if version not in self._words:
            if len(self._words) > POLICIES:
                return {}
            self._words[version] = self._then(row)
        return self._words[version]

    def _then(self, row: Row) -> Words:
        try:
            return _words(room.context().live.at(row.first_ms // 1000, room.now()))
        except ApplianceError:
            return {}  # of a policy that can't be read any more: the clause says it


def _words(policy: Policy) -> Words:
    found: Words = {}
    for opinion in policy.opinions:
        reason = opinion.reason
        found.setdefault((reason.decided_by, reason.rule, reason.target), reason.says)
    return found


def _notices(rows: list[Row]) -> list[Notice]:
    if not rows:
        return []
    first, last = (pick(row.first_ms for row in rows) for pick in (min, max))
    return notices.between(room.office(), first // 1000, last // 1000 + 1)


def _topics(row: Row, given: list[Notice]) -> tuple[str, ...]:
    """ "drugs education, class-7b, Lesson 3: Ms Clark" """
    scopes = row.asker.who.scopes()
    at = row.first_ms // 1000
    return tuple(
        f"{', '.join(filter(None, [one.topic, *map(_whom, one.scopes), one.lesson]))}: {one.name}"
        for one in given
        if one.covers(at, scopes)
    )


def _whom(scope: str) -> str:
    return Scope.parse(scope).name or "everyone"


def _explain(row: Row, known: Collection[str]) -> str:
    """For the device, while the school has it; then for its group."""
    if not may(Permission.EXPLAIN):
        return ""
    local = room.policy().clock.local(row.first_ms // 1000)
    who = row.asker.who
    return url_for(
        "explaining.why",
        name=row.name,
        device=who.device if who.device in known else None,
        group=None if who.device in known else who.group,
        on=f"{local:%Y-%m-%d}",
        time=f"{local:%H:%M:%S}",
    )


def _open_for(row: Row) -> str:
    if not may(Permission.OPEN):
        return ""
    who = row.asker.who
    scope = Scope(ScopeKind.DEVICE, who.device) if who.device else Scope(ScopeKind.GROUP, who.group)
    site = describe(_target(row), room.policy())
    return url_for("overrides.new", site=site, scope=str(scope))


def _target(row: Row) -> Target:
    """The service it belongs to, else the site."""
    service = row.verdict.service
    if service in room.policy().catalogue.services:
        return Target(TargetKind.SERVICE, service)
    return Target(TargetKind.DOMAIN, site_of(row.name))


def _add_to_case(row: Row) -> str:
    return url_for("adding.add", id=row.id) if may(Permission.HANDLE_CASES) else ""
