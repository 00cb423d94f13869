"""The catalogue held against its own rules: each kind of fault is found in a spoilt one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import pytest

from appliance.lists import catalogue
from appliance.lists.audit import Finding, audit
from appliance.policy.services import Catalogue, Lifeline, Service

SHARED = {"cloud.example.net"}
NEEDS = {"lessons.example.org"}
CHECKED = ("https://help.example.com/names", "https://en.example.org/wiki")
KINDS = catalogue.read().categories


def service(name: str, *domains: str, **rest: Any) -> Service:
    whole = Service(
        name, name.title(), ("social-networks",), domains=frozenset(domains), checked=CHECKED
    )
    return dataclasses.replace(whole, **rest)


def found(*services: Service, lifelines: Iterable[str] = ()) -> list[Finding]:
    helpline = Lifeline("helpline", "Help line", "help line", frozenset(lifelines))
    known = Catalogue(KINDS, {s.name: s for s in services}, {"helpline": helpline}, {}, {})
    return audit(known, SHARED, NEEDS)


CHATTER = service("chatter", "chatter.com")
FAULTS = {
    "two owners": (
        [CHATTER, service("other", "other.com", hosts=frozenset({"chatter.com"}))],
        "other: chatter.com belongs to chatter too: a name has one owner",
    ),
    "a shared domain": (
        [service("tenant", "cloud.example.net")],
        "tenant: cloud.example.net is ground that many share: name the exact hosts instead",
    ),
    "above a shared domain": (
        [service("tenant", "example.net")],
        "tenant: example.net takes in cloud.example.net, which many share",
    ),
    "over a lifeline": (
        [service("charity", "helps.org")],
        "charity: helps.org takes in talk.helps.org, which is of the lifeline helpline",
    ),
    "a lifeline's very name": (
        [service("charity", hosts=frozenset({"talk.helps.org"}))],
        "charity: talk.helps.org takes in talk.helps.org",
    ),
    "under a lifeline": (
        [service("forum", "forum.talk.helps.org")],
        "forum: forum.talk.helps.org lies under talk.helps.org of the lifeline helpline: nobody",
    ),
    "what schools need": (
        [service("forum", "example.org")],
        "forum: example.org takes in lessons.example.org, which schools need",
    ),
    "a need that is another's": (
        [CHATTER, service("game", "game.com", needs=frozenset({"api.chatter.com"}))],
        "game: api.chatter.com is needed, and is chatter's: name that in builds_on",
    ),
    "a need above another": (
        [service("chat", "chat.meet.com"), service("game", "g.com", needs=frozenset({"meet.com"}))],
        "game: meet.com is needed, and takes in chat.meet.com of chat",
    ),
    "built on nothing": (
        [CHATTER, service("game", "game.com", builds_on=("chater",))],
        "game: chater stands in builds_on and is no service (did you mean chatter?)",
    ),
    "built on a way round": (
        [service("v", "v.com", categories=("vpn",)), service("g", "g.com", builds_on=("v",))],
        "g: v stands in builds_on and is a way round the filter",
    ),
    "checked once": (
        [service("chatter", "chatter.com", checked=CHECKED[:1])],
        "chatter: checked names fewer than two web addresses",
    ),
    "checked nowhere": (
        [service("chatter", "chatter.com", checked=(*CHECKED, "ftp://chatter.com/", "my notes"))],
        "chatter: my notes stands under checked and is no web address",
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_each_kind_of_fault_is_found(kind: str) -> None:
    services, says = FAULTS[kind]
    faults = [str(one) for one in found(*services, lifelines=["talk.helps.org"]) if one.fault]
    assert any(fault.startswith(says) for fault in faults), faults


NOTES = {
    "an overlap": (
        [CHATTER, service("music", "music.chatter.com")],
        "music: music.chatter.com lies under chatter.com of chatter",
    ),
    "said twice": (
        [service("chatter", "chatter.com", "www.chatter.com")],
        "chatter: www.chatter.com is there already: chatter.com takes it in",
    ),
    "a need of its own": (
        [service("chatter", "chatter.com", needs=frozenset({"chatter.com"}))],
        "chatter: chatter.com is there already: chatter.com takes it in",
    ),
    "no top-level domain": (
        [service("chatter", "chatter.comm")],
        "chatter: chatter.comm ends in .comm, where nobody has a site",
    ),
    "a single word": ([service("chatter", "chatter")], "chatter: chatter is a single word"),
    "a public suffix": ([service("chatter", "co.uk")], "chatter: co.uk is a public suffix"),
    "a need above a host": (
        [
            service("chat", hosts=frozenset({"chat.meet.com"})),
            service("game", "game.com", needs=frozenset({"meet.com"})),
        ],
        "game: meet.com is needed, and takes in chat.meet.com of chat",
    ),
}


@pytest.mark.parametrize("kind", NOTES)
def test_what_is_worth_a_look_is_no_fault(kind: str) -> None:
    services, says = NOTES[kind]
    findings = found(*services)
    assert [one.fault for one in findings if str(one).startswith(says)] == [False], findings


def test_a_sound_catalogue_has_nothing_to_mend_or_to_look_at() -> None:
    builds = service(
        "game", "game.com", needs=frozenset({"api.chatter.com"}), builds_on=("chatter",)
    )
    assert (
        found(
            CHATTER, builds, service("dyn", "duckdns.org", "chatter.co.za"), lifelines=["helps.org"]
        )
        == []
    )
