"""From what a teacher typed to what would be opened, and whether it may be.

A service's title, a domain, a pasted web address with any junk around it: the service that owns the
name is meant, else the site that somebody registered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import unquote

from appliance.domains import normalise_site, shorten
from appliance.errors import NotAName
from appliance.policy.addresses import devices_of
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy, decide
from appliance.policy.decisions import typeahead
from appliance.policy.decisions.grants import never_opened
from appliance.policy.decisions.needs import (
    Needed,
    approvals_needed,
    are_adults,
    circumvents,
    services_of,
)
from appliance.policy.decisions.typeahead import Suggestion
from appliance.policy.explain import ListsOf
from appliance.policy.model import GrantKind, Scope, ScopeKind, Target, TargetKind, Who
from appliance.policy.services import Service
from appliance.policy.verdict import DecidedBy, Verdict
from appliance.policy.words import because, describe, listed, moment
from appliance.suffixes import corner_of, is_public_suffix

LONGEST_TYPED = 4096  # a web address that is longer has its site at its beginning
SUGGESTED = 5
_SCHEME = re.compile(r"\b[a-z][a-z0-9+.-]*:/{1,3}", re.IGNORECASE)
_HOST_END = re.compile(r"[/?#\\\s<>\"'|]")
_NAME = re.compile(r"(?:[\w-]+\.)+[\w-]{2,}", re.UNICODE)


class State(StrEnum):
    OPENABLE = "openable"  # it may be asked for
    OPEN = "open"  # already, for all of them
    CIRCUMVENTS = "circumvents"  # a way round the filter: only two people open it for children
    FORBIDDEN = "forbidden"  # nobody may open it, or not for these
    UNKNOWN = "unknown"  # nothing of this name; `suggestions` may help


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be opened, for these people at this time."""

    typed: str  # as it may be shown: short, no control characters
    state: State
    says: str  # one sentence on the state; empty where it may simply be asked for
    targets: tuple[Target, ...] = ()
    title: str = ""  # "YouTube", "bbc.co.uk"
    about: str = ""
    minimum_age: int = 0
    opens_too: tuple[str, ...] = ()  # names that it does not work without, and that open with it
    builds_on: tuple[str, ...] = ()  # the titles of services that those belong to
    needed: Needed = Needed(1, ())
    suggestions: tuple[Suggestion, ...] = ()


def no_lists(name: str) -> frozenset[str]:
    """For who does not know what lists hold."""
    return frozenset()


def proposal(
    policy: Policy,
    text: str,
    scopes: Sequence[Scope],
    at: Instant,
    *,
    kind: GrantKind = GrantKind.OVERRIDE,
    youngest_age: int | None = None,
    lists_of: ListsOf = no_lists,
) -> Proposal:
    """What `text` means, and what opening it at `at` for these would take."""
    typed = shorten(" ".join(text.split()), 80)
    target = meant(policy, text)
    if target is None:
        return _lifeline(policy, typed) or _unknown(policy, text, typed)
    found = _described(policy, target, typed)
    found = replace(found, needed=approvals_needed(policy, [target], scopes, kind, youngest_age))
    state, says = _state(policy, target, scopes, at, lists_of)
    return replace(found, state=state, says=says)


def proposals(
    policy: Policy,
    targets: Iterable[Target],
    scopes: Sequence[Scope],
    at: Instant,
    *,
    lists_of: ListsOf = no_lists,
) -> tuple[Proposal, ...]:
    """What opening each of these would do at `at`: for who decides on what others have chosen."""
    return tuple(_of_target(policy, one, scopes, at, lists_of) for one in targets)


def _of_target(
    policy: Policy, target: Target, scopes: Sequence[Scope], at: Instant, lists_of: ListsOf
) -> Proposal:
    found = _described(policy, target, shorten(str(target), 80))
    if target.kind is TargetKind.DOMAIN or target.name in policy.catalogue.services:
        state, says = _state(policy, target, scopes, at, lists_of)
        return replace(found, state=state, says=says)
    if target.kind is TargetKind.SERVICE:
        says = f"We do not know “{found.title}” any more: nothing would open by it."
        return replace(found, state=State.UNKNOWN, says=says)
    return found  # of a whole kind of sites no single sentence holds


def meant(policy: Policy, text: str) -> Target | None:
    """The service or site that somebody means who types this; None where nothing is found."""
    text = text[:LONGEST_TYPED].strip()
    service = typeahead.named(policy, text)
    if service is not None:
        return Target(TargetKind.SERVICE, service.name)
    host = host_in(text)
    if not host:
        return None
    owner = policy.facts(host).service
    if owner:
        return Target(TargetKind.SERVICE, owner)
    return None if is_public_suffix(host) else Target(TargetKind.DOMAIN, corner_of(host))


def host_in(text: str) -> str:
    """The host name of a web address or of a name in a sentence; empty where there is none."""
    text = unquote(text[:LONGEST_TYPED]).strip()
    scheme = _SCHEME.search(text)
    if scheme:
        authority = _HOST_END.split(text[scheme.end() :], maxsplit=1)[0]
        return _site(authority.rpartition("@")[2].partition(":")[0])
    for word in _HOST_END.split(text):
        found = _NAME.search(word.rpartition("@")[2])
        host = _site(found[0]) if found else ""
        if host:
            return host
    return ""


def whos(policy: Policy, scopes: Iterable[Scope]) -> tuple[Who, ...]:
    """Everybody whom these scopes mean, one of each kind."""
    school = policy.school
    devices = devices_of(school)
    found: dict[Who, None] = {}
    for scope in scopes:
        if scope.kind is ScopeKind.DEVICE and scope.name in devices:
            found[devices[scope.name]] = None
        elif scope.kind is ScopeKind.SET:
            found |= {who: None for who in devices.values() if scope.name in who.sets}
        elif scope.kind is ScopeKind.GROUP:
            found[Who(scope.name)] = None
        elif scope.kind is ScopeKind.EVERYONE:
            found |= {Who(group.name): None for group in school.groups}
    return tuple(found)


def _site(text: str) -> str:
    try:
        name = normalise_site(text.strip(".,;:!()[]{}"))
    except NotAName:
        return ""
    return name if "." in name else ""


def _lifeline(policy: Policy, typed: str) -> Proposal | None:
    """A help line by its title: it needs no opening."""
    wanted = typeahead.fold(typed)
    for one in policy.catalogue.lifelines.values():
        if wanted and wanted == typeahead.fold(one.title):
            says = f"{one.title} is open already, for everyone and always."
            return Proposal(typed, State.OPEN, says, title=one.title)
    return None


def _unknown(policy: Policy, text: str, typed: str) -> Proposal:
    suggestions = typeahead.typeahead(policy, text, SUGGESTED) or typeahead.near(policy, text)
    if not typed:
        says = "Please type the name of a site or an app."
    elif suggestions:
        says = f"We do not know “{typed}”. Is it one of these?"
    else:
        says = (
            f"We do not know “{typed}”. Type the site's address as the browser shows it, such as "
            "bbc.co.uk."
        )
    return Proposal(typed, State.UNKNOWN, says, suggestions=suggestions)


def _described(policy: Policy, target: Target, typed: str) -> Proposal:
    owners = services_of(policy, target)
    if target.kind is not TargetKind.SERVICE or not owners:
        return Proposal(typed, State.OPENABLE, "", (target,), describe(target, policy))
    service = owners[0]
    return Proposal(
        typed=typed,
        state=State.OPENABLE,
        says="",
        targets=(target,),
        title=service.title,
        about=service.about,
        minimum_age=service.minimum_age,
        opens_too=tuple(sorted(service.needs)),
        builds_on=_builds_on(policy, service),
    )


def _builds_on(policy: Policy, service: Service) -> tuple[str, ...]:
    services = policy.catalogue.services
    return tuple(services[name].title for name in service.builds_on if name in services)


def _state(
    policy: Policy, target: Target, scopes: Sequence[Scope], at: Instant, lists_of: ListsOf
) -> tuple[State, str]:
    title = describe(target, policy)
    names = _asked(policy, target)
    # a service's names are mostly all the same to us: a class of thirty and YouTube's two hundred
    # names took 300 ms
    facts = dict.fromkeys(policy.facts(name, lists_of(name)) for name in names)
    askers = whos(policy, scopes)
    if any(never_opened(policy, target, lists_of(name)) for name in names):
        return State.FORBIDDEN, f"{title} stands among what nobody may open at this school."
    banned = _banned(policy, askers, at)
    if banned:
        return State.FORBIDDEN, banned
    verdicts = [decide(policy, who, one, at) for who in askers for one in facts]
    if verdicts and all(verdict.allowed for verdict in verdicts):
        return State.OPEN, _open_already(policy, title, scopes, verdicts[0], at)
    if circumvents(policy, target) and not are_adults(policy, scopes):
        return (
            State.CIRCUMVENTS,
            f"{title} is a way round the filter: two people of the e-safety team have to approve "
            "it.",
        )
    return State.OPENABLE, ""


def _asked(policy: Policy, target: Target) -> tuple[str, ...]:
    """The names by which a target is tried: all of a service's own, so that it works whole."""
    if target.kind is TargetKind.SERVICE:
        return tuple(sorted(policy.catalogue.services[target.name].names)) or (target.name,)
    return (target.name,)


def _banned(policy: Policy, askers: Iterable[Who], at: Instant) -> str:
    devices = {who.device for who in askers if who.device}
    for ban in policy.school.bans:
        start, end = policy.clock.instant(ban.start), policy.clock.instant(ban.end)
        if ban.device in devices and start <= at < end:
            until = moment(end, at, policy)
            return f"{ban.device} is banned until {until}: nothing can be opened for it before."
    return ""


def _open_already(
    policy: Policy, title: str, scopes: Sequence[Scope], verdict: Verdict, at: Instant
) -> str:
    whom = listed([scope.name or "everyone" for scope in scopes])
    why = because(verdict, policy)
    if verdict.decided_by is DecidedBy.DEFAULT:
        return f"{title} is open for {whom} already: nothing in the policy refuses it."
    return f"{title} is open for {whom} already: {why}."
