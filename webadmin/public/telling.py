"""What is told of one name to whoever holds the device: open or not, the school's words, and when
that changes.

The reason that staff gave for a ban or an exception is not among it: it may be about a child.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from appliance.domains import normalise, shorten
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.explain import Explainer
from appliance.policy.model import Action
from appliance.policy.verdict import DecidedBy, Verdict
from appliance.policy.words import WHEN

_OURS: Final = {
    DecidedBy.BAN: "For now this device can only reach help lines and the school's own sites. "
    "Please talk to a member of staff about it.",
    DecidedBy.OVERRIDE: "The school has closed it for a while.",
    DecidedBy.EXEMPTION: "The school has closed it for a while.",
    DecidedBy.PASS: "The school has closed it for a while.",
}
_PLAINLY: Final = "The school keeps it closed."
# what a teacher could not open for a lesson either
_NEVER: Final = (DecidedBy.FLOOR, DecidedBy.BAN, DecidedBy.CIRCUMVENTION)


@dataclass(frozen=True, slots=True)
class Told:
    """One name, now."""

    name: str
    title: str  # "TikTok", or the name
    is_open: bool
    is_safe_mode: bool
    changes: Instant | None  # when it opens, or closes; None: no bell does that
    then: str  # "at break": what time of day it is then
    says: str
    clause: str
    minimum_age: int
    service: str
    may_be_asked_for: bool
    is_ban: bool

    @property
    def headline(self) -> str:
        return f"{self.title} is {'open' if self.is_open else 'closed'}"


def tell(explainer: Explainer, asked: str) -> Told:
    """NotAName where no device could ask for it."""
    name = normalise(asked)
    policy = explainer.policy
    answer = explainer.explain(name).answer
    verdict = answer.verdict
    if not verdict.allowed:
        changes = explainer.opens(name)
    else:
        closes = answer.then is not None and not answer.then.allowed
        changes = answer.until if closes else None
    service = policy.catalogue.services.get(verdict.service)
    return Told(
        name=name,
        title=service.title if service else shorten(name),
        is_open=verdict.allowed,
        is_safe_mode=verdict.action is Action.RESTRICT,
        changes=changes,
        then=WHEN.get(policy.schedule.moment(changes).kind, "") if changes else "",
        says="" if verdict.allowed else _words(verdict),
        clause=verdict.clause,
        minimum_age=service.minimum_age if service else 0,
        service=verdict.service,
        may_be_asked_for=not verdict.allowed and verdict.decided_by not in _NEVER,
        is_ban=verdict.decided_by is DecidedBy.BAN,
    )


def in_a_line(told: Told, policy: Policy) -> str:
    """ "TikTok is closed here until 10:30. All social media is blocked. (clause 7.1)" """
    until = f" until {policy.clock.local(told.changes):%H:%M on %d %B %Y}" if told.changes else ""
    clause = f" (clause {told.clause})" if told.clause and not told.is_open else ""
    return " ".join(filter(None, [f"{told.headline} here{until}.", told.says])) + clause


def _words(verdict: Verdict) -> str:
    return _OURS.get(verdict.decided_by) or verdict.says or _PLAINLY
