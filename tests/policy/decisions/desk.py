"""The desk at Bellgate Primary, where people decide: each decision has to survive as a document."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest

from appliance.errors import DecisionError
from appliance.live import checked
from appliance.policy.addresses import devices_of
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy, decide
from appliance.policy.decisions import grants
from appliance.policy.decisions.grants import Wish
from appliance.policy.model import Action, GrantKind, School, Scope, Target, Who
from appliance.policy.verdict import Verdict
from tests.school import CATALOGUE, RULES, TUESDAY, school

PASSES = '[passes]\nallowed = ["service:youtube", "service:roblox"]'
NEVER = '[lists.never]\nnames = ["bad.example"]\nfloor = true'
ALONE = ("Mrs Hill",)
BOTH = ("Mrs Hill", "Mr Khan")


class Desk:
    """The policy in force, changed by one decision after another, and asked what it says."""

    def __init__(self, *more: str, rules: str = RULES) -> None:
        self.policy = Policy(school(PASSES, NEVER, *more, rules=rules), CATALOGUE)

    def decides(self, alter: Callable[[Policy], School]) -> School:
        """Make a decision, as it would be written and read back."""
        decided = alter(self.policy)
        self.policy = checked(decided, CATALOGUE)
        assert self.policy.school == in_order(decided)
        return self.policy.school

    def refuses(self, alter: Callable[[Policy], School]) -> str:
        """The sentence that says why it may not be."""
        with pytest.raises(DecisionError) as refused:
            alter(self.policy)
        sentence = str(refused.value)
        assert sentence.endswith((".", "?")) and "\n" not in sentence
        return sentence

    def at(self, text: str) -> Instant:
        """A time of that Tuesday, or a whole date and time."""
        whole = text if "T" in text else f"{TUESDAY}T{text}"
        return self.policy.clock.instant(datetime.datetime.fromisoformat(whole))

    def wish(self, target: str, scope: str, start: str = "10:45", end: str = "12:15") -> Wish:
        return Wish(
            (Target.parse(target),),
            (Scope.parse(scope),),
            self.at(start),
            self.at(end),
            "The Tudors",
            ALONE,
        )

    def opens(self, target: str, scope: str, start: str = "10:45", end: str = "12:15") -> School:
        wish = self.wish(target, scope, start, end)
        return self.decides(lambda policy: grants.grant(policy, wish, self.at("09:30")))

    def verdict(self, name: str, by: str = "pupils", at: str = "11:00") -> Verdict:
        """What a group, or a device of the school, hears of a name."""
        devices = devices_of(self.policy.school)
        who = devices.get(by, Who(by))
        return decide(self.policy, who, self.policy.facts(name), self.at(at))

    def allows(self, name: str, by: str = "pupils", at: str = "11:00") -> bool:
        return self.verdict(name, by, at).action is not Action.BLOCK


def in_order(one: School) -> School:
    """The school with its grants as a document orders them: by kind."""
    ordered = [g for kind in GrantKind for g in one.grants if g.kind is kind]
    object.__setattr__(one, "grants", tuple(ordered))
    return one
