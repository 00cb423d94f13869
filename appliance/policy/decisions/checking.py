"""What every decision has to hold: words that a document can carry, and names that stand in it."""

from __future__ import annotations

from collections.abc import Iterable

from appliance.domains import normalise_site, shorten
from appliance.errors import DecisionError, NotAName
from appliance.policy.decide import Policy
from appliance.policy.model import Scope, ScopeKind, Target, TargetKind
from appliance.tables import YEARS, suggestion

LONGEST = 500  # characters, as a document has it
LONGEST_ASSESSMENT = 20_000


def words(text: str, what: str, *, longest: int = LONGEST, required: bool = True) -> str:
    """A line or a paragraph as a document can hold it, without what surrounds it."""
    plain = "\n".join(line.rstrip() for line in text.strip().splitlines())
    plain = "".join(c if c.isprintable() or c == "\n" else " " for c in plain)
    if required and not plain.strip():
        raise DecisionError(f"Please say {what}.")
    if len(plain) > longest:
        raise DecisionError(f"{what.capitalize()}: {len(plain):,} characters, at most {longest:,}.")
    return plain


def one_line(text: str, what: str, *, longest: int = LONGEST, required: bool = True) -> str:
    """Words on one line."""
    return words(" ".join(text.split()), what, longest=longest, required=required)


def people(names: Iterable[str]) -> tuple[str, ...]:
    """Who approves, each person once."""
    approvers = tuple(dict.fromkeys(one_line(name, "who approves it") for name in names))
    if not approvers:
        raise DecisionError("Please say who approves it.")
    return approvers


def target(policy: Policy, wanted: Target) -> None:
    """Refuse what this school and its catalogue do not know."""
    catalogue = policy.catalogue
    known = {
        TargetKind.SERVICE: ("service", catalogue.services),
        TargetKind.CATEGORY: ("category", catalogue.categories),
        TargetKind.LIST: ("list", policy.lists),
    }
    if wanted.kind in known:
        what, names = known[wanted.kind]
        among(what, wanted.name, names)


def scope(policy: Policy, wanted: Scope) -> None:
    """Refuse whom this school does not have."""
    school = policy.school
    if wanted.kind is ScopeKind.GROUP:
        among("group", wanted.name, [group.name for group in school.groups])
    elif wanted.kind is ScopeKind.SET:
        among("device set", wanted.name, [one.name for one in school.device_sets])
    elif wanted.kind is ScopeKind.DEVICE:
        among("device", wanted.name, [device.name for device in school.devices])


def among(what: str, name: str, names: Iterable[str]) -> None:
    """Refuse a name that is none of these."""
    known = list(names)
    if name not in known:
        raise DecisionError(f"There is no {what} “{shorten(name)}”{suggestion(name, known)}.")


def span(policy: Policy, start: int, end: int, now: int) -> None:
    """Refuse a time that is over, or that never comes."""
    if end <= start:
        raise DecisionError("It would end before it begins: choose a later end.")
    if end <= now:
        raise DecisionError("Its end is past already: choose a later end.")
    if policy.clock.date(end).year not in YEARS:
        raise DecisionError(f"Its end is too far away: choose a year before {YEARS[-1] + 1}.")


def site(name: str) -> None:
    """Refuse what is no domain name in the one form we keep."""
    try:
        is_plain = normalise_site(name) == name
    except NotAName as fault:
        raise DecisionError(f"{fault}.") from fault
    if not is_plain:
        raise DecisionError(f"“{shorten(name)}” has to be written as {normalise_site(name)}.")
