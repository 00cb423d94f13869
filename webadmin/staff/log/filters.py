"""What somebody looks for in the refused log: as an address has it, as the store asks for it, as
people read it.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final
from urllib.parse import urlencode

from appliance.domains import normalise, shorten
from appliance.errors import NotAName, RequestError
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.decisions import lessons, opening, typeahead
from appliance.policy.schedule import ONE_DAY
from appliance.store.search import Match, Wish
from appliance.tables import YEARS

LONGEST: Final = 300  # characters of one filter, as saved views have it
DAY_CHOICES: Final = {
    "today": "today",
    "lesson": "this lesson",
    "yesterday": "yesterday",
    "week": "the last 7 days",
}
MATCHES: Final = {Match.UNDER: "lies under", Match.HOLDS: "holds", Match.EXACT: "is exactly"}
DECIDERS: Final = {
    "rule": "a rule",
    "circumvention": "the rule on ways round the filter",
    "list": "a list",
    "override": "an override",
    "exemption": "an exemption",
    "pass": "a pass",
    "ban": "a device ban",
    "floor": "what nobody may open",
}
TITLES: Final = {
    "on": "Time",
    "since": "From",
    "until": "Until",
    "period": "Period",
    "group": "Group",
    "device": "Device",
    "set": "Set",
    "service": "Service",
    "category": "Category",
    "rule": "Rule",
    "decided_by": "Decided by",
    "name": "Name",
}
MOMENT: Final = "%Y-%m-%dT%H:%M"  # as browsers write one into a form
HOUR_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force, and the address without it."""

    title: str
    says: str
    without: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Each as it was chosen or typed; what is left empty does not matter."""

    on: str = ""
    since: str = ""
    until: str = ""
    period: str = ""
    group: str = ""
    device: str = ""
    set: str = ""
    service: str = ""
    category: str = ""
    rule: str = ""
    decided_by: str = ""
    name: str = ""
    match: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filters:
        """What is no filter of ours is passed over."""
        known = {one.name: query.get(one.name, "").strip()[:LONGEST] for one in fields(cls)}
        if known["on"] not in DAY_CHOICES:
            known["on"] = ""
        if known["since"] or known["until"]:
            known["on"] = ""  # what was typed is more than what was chosen from a list
        if not known["name"] or known["match"] not in {*MATCHES} - {Match.UNDER}:
            known["match"] = ""
        return cls(**known)

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """Those that are not empty, by name."""
        each = ((one.name, getattr(self, one.name)) for one in fields(self))
        return [(key, value) for key, value in each if value]

    @property
    def query(self) -> str:
        """Fit to follow a "?"; the same filters are always the same text."""
        return urlencode(self.chosen)

    def __bool__(self) -> bool:
        return bool(self.chosen)

    def alone_in_set(self, policy: Policy) -> str:
        """The device that is the chosen set all by itself; empty: there are more, or no set."""
        members = [
            name
            for one in policy.school.device_sets
            if one.name == self.set
            for name in one.devices
        ]
        return members[0] if len(members) == 1 else ""

    def holds_only(self, *keys: str) -> bool:
        """Whether nothing but these is asked for."""
        return all(key in keys for key, _ in self.chosen)

    def chips(self, policy: Policy) -> list[Chip]:
        """What is in force, in words."""
        found = []
        for key, title in TITLES.items():
            if getattr(self, key):
                says = self._says(key, policy)
                without = replace(self, **{key: ""})
                if key == "name":
                    without = replace(without, match="")
                found.append(Chip(title, says, without.query))
        return found

    def _says(self, key: str, policy: Policy) -> str:
        value: str = getattr(self, key)
        match key:
            case "on":
                return DAY_CHOICES[value]
            case "since" | "until":
                return value.replace("T", ", ")
            case "service" if value in policy.catalogue.services:
                return policy.catalogue.services[value].title
            case "category" if value in policy.catalogue.categories:
                return policy.catalogue.categories[value].title
            case "decided_by":
                return DECIDERS.get(value, value)
            case "period" if value == "closed":
                return "outside school hours"
            case "name":
                return f"{MATCHES[Match(self.match or Match.UNDER)]} {shorten(value)}"
        return shorten(value)

    def times(self, policy: Policy, now: Instant) -> tuple[Instant | None, Instant | None]:
        """From when until when; RequestError where that can't be read."""
        midnight = policy.clock.bell(policy.clock.date(now), 0)
        match self.on:
            case "today":
                return midnight, None
            case "yesterday":
                return policy.clock.bell(policy.clock.date(now) - ONE_DAY, 0), midnight
            case "week":
                return policy.clock.bell(policy.clock.date(now) - 6 * ONE_DAY, 0), None
            case "lesson":
                lesson = lessons.running(policy, now)
                return (lesson.start if lesson else now), None
        since, until = (_moment(text, policy) for text in (self.since, self.until))
        if since is not None and until is not None and until <= since:
            raise RequestError("This time ends before it begins: choose a later end.")
        return since, until

    def wish(
        self,
        policy: Policy,
        now: Instant,
        *,
        before_id: int | None = None,
        after_id: int | None = None,
    ) -> Wish:
        """As the store asks for it; RequestError where a time can't be read."""
        since, until = self.times(policy, now)
        service = typeahead.named(policy, self.service) if self.service else None
        return Wish(
            since_ms=None if since is None else since * 1000,
            until_ms=None if until is None else until * 1000,
            name=self._sought_name(),
            match=Match(self.match or Match.UNDER),
            device=self.device,
            group=self.group,
            device_set=self.set,
            service=service.name if service else self.service,
            category=self.category,
            rule=self.rule,
            decided_by=self.decided_by,
            period=self.period,
            before_id=before_id,
            after_id=after_id,
        )

    def _sought_name(self) -> str:
        """A name as the record has it; out of a pasted address, the name in it."""
        if self.match == Match.HOLDS:
            return self.name.lower()
        if "/" in self.name:
            return opening.host_in(self.name) or self.name.lower()
        try:
            return normalise(self.name)
        except NotAName:
            return self.name.lower()


def _moment(text: str, policy: Policy) -> Instant | None:
    if not text:
        return None
    try:
        when = datetime.datetime.fromisoformat(text)
    except ValueError as fault:
        raise RequestError(f"“{shorten(text, 40)}” is no time: write 2026-11-24T10:15.") from fault
    if when.year not in YEARS:
        raise RequestError(f"The year {when.year} is not one of ours.")
    return policy.clock.instant(when)


def written(at: Instant, policy: Policy) -> str:
    """A moment as a form's field of time takes it."""
    return f"{policy.clock.local(at):{MOMENT}}"


def is_whole_hours(since: Instant, until: Instant | None) -> bool:
    """Whether roll-ups, which go by the hour, can tell how many there were."""
    return since % HOUR_SECONDS == 0 and (until or 0) % HOUR_SECONDS == 0
