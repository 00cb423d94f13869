"""What was decided of a name, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from appliance.policy.model import Action
from appliance.policy.tags import Facts


class DecidedBy(StrEnum):
    """Which step of the precedence spoke."""

    FLOOR = "floor"
    LIFELINE = "lifeline"
    BAN = "ban"
    OVERRIDE = "override"
    EXEMPTION = "exemption"
    PASS = "pass"
    OFFICIAL_CHANNEL = "official-channel"
    RULE = "rule"
    CIRCUMVENTION = "circumvention"
    LIST = "list"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer to "may this device have this name now?", with its reason."""

    action: Action
    decided_by: DecidedBy
    rule: str = ""  # the id of the rule, grant or ban that decided
    clause: str = ""
    target: str = ""  # what it took the name for: "social-media", "service:tiktok"
    says: str = ""  # the school's wording, or ours where the school has none
    service: str = ""  # what the name is
    category: str = ""
    safe_search: str = ""  # the engine whose safe mode answers, when the action is restrict

    @property
    def allowed(self) -> bool:
        return self.action is not Action.BLOCK


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, before it is told of one name: what the policy knows of a verdict beforehand."""

    decided_by: DecidedBy
    action: Action
    target: str = ""
    rule: str = ""
    clause: str = ""
    says: str = ""
    category: str = ""  # what the target calls the name, where it does
    prefers: tuple[
        str, ...
    ] = ()  # else the first of the name's categories among these, or its first

    @property
    def opens(self) -> bool:
        return self.action is not Action.BLOCK

    def verdict(self, facts: Facts, *, safe_search: bool) -> Verdict:
        """Told of one name. Where a group has safe search, allowed engines answer safely."""
        preferred = [category for category in facts.categories if category in self.prefers]
        verdict = Verdict(
            action=self.action,
            decided_by=self.decided_by,
            rule=self.rule,
            clause=self.clause,
            target=self.target,
            says=self.says,
            service=facts.service,
            category=self.category or next(iter(preferred or facts.categories), ""),
        )
        is_safe = safe_search or self.action is Action.RESTRICT
        if facts.safe_search and verdict.allowed and is_safe:
            return replace(verdict, action=Action.RESTRICT, safe_search=facts.safe_search)
        return verdict


NO_REASON = Reason(DecidedBy.DEFAULT, Action.ALLOW, says="Nothing in the policy refuses it.")
