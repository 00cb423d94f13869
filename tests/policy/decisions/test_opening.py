"""What a teacher types, and what it becomes."""

from __future__ import annotations

import time

import pytest

from appliance.lists import catalogue
from appliance.policy.decide import Policy
from appliance.policy.decisions import opening, years
from appliance.policy.decisions.opening import Proposal, State
from appliance.policy.decisions.typeahead import typeahead
from appliance.policy.model import School, Scope
from tests.policy.decisions.desk import Desk

BAN = """[[ban]]
id = "b"
device = "dans-tablet"
from = 2026-11-24T08:00:00
until = 2026-11-25T08:00:00
reason = "Misuse."
approved_by = ["Mrs Hill"]"""


def proposed(text: str, *more: str, scope: str = "group:pupils", at: str = "11:00") -> Proposal:
    desk = Desk(*more)
    return opening.proposal(desk.policy, text, [Scope.parse(scope)], desk.at(at), youngest_age=10)


@pytest.mark.parametrize(
    "typed",
    [
        "youtube",
        " You  Tube ",
        "www.youtube.com",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=1s",
        "HTTPS://YOUTU.BE/abc",
        "Please open https://m.youtube.com/, thanks",
        "look at this: youtube.com!",
        "https%3A%2F%2Fyoutube.com%2Fwatch",
        "<a href='https://youtube.com'>x</a>",
        "http://user:secret@youtube.com:8443/",
        "youtubei.googleapis.com",
        "youtube.com.",
    ],
)
def test_however_it_is_typed_the_service_is_meant(typed: str) -> None:
    found = proposed(typed)
    assert (found.state, found.title) == (State.OPENABLE, "YouTube")
    assert [str(target) for target in found.targets] == ["service:youtube"]
    assert found.minimum_age == 13 and found.needed.count == 2
    assert found.opens_too == ("accounts.google.com",)


@pytest.mark.parametrize(
    ("typed", "site"),
    [
        ("https://www.bbc.co.uk/bitesize/topics/x", "domain:bbc.co.uk"),
        ("my-class.github.io/volcanoes", "domain:my-class.github.io"),
        ("www.münchen.de", "domain:xn--mnchen-3ya.de"),
        ("mailto:head@tate.org.uk", "domain:tate.org.uk"),
    ],
)
def test_a_site_that_no_service_owns_is_the_part_that_somebody_registered(
    typed: str, site: str
) -> None:
    assert [str(target) for target in proposed(typed).targets] == [site]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "co.uk",
        "10.20.3.7",
        "https://[::1]/",
        "=cmd|'/c calc'!A1",
        "\x00\x07",
        "a" * 9_000,
    ],
)
def test_what_means_nothing_opens_nothing(typed: str) -> None:
    found = proposed(typed)
    assert (found.state, found.targets) == (State.UNKNOWN, ())
    assert found.says and found.typed.isprintable() and len(found.typed) <= 80


def test_what_is_misspelt_is_guessed() -> None:
    found = proposed("tiktik")
    assert (
        found.state is State.UNKNOWN
        and found.says == "We do not know “tiktik”. Is it one of these?"
    )
    assert [one.title for one in found.suggestions] == ["TikTok"]


def test_what_is_open_already_is_said_with_the_reason() -> None:
    assert proposed("bbc.co.uk").says == (
        "bbc.co.uk is open for pupils already: nothing in the policy refuses it."
    )
    breaks = proposed("tiktok", scope="group:staff", at="10:35")
    assert breaks.state is State.OPEN
    assert "rule 5.2 ‘Staff may use social media in breaks’" in breaks.says
    assert proposed("tiktok", scope="group:staff").state is State.OPENABLE
    assert proposed("childline").says == "Childline is open already, for everyone and always."


def test_what_nobody_may_open_is_said_at_once() -> None:
    found = proposed("http://bad.example/page")
    assert found.state is State.FORBIDDEN
    assert found.says == "bad.example stands among what nobody may open at this school."
    banned = proposed("youtube", BAN, scope="set:class-7b")
    assert banned.state is State.FORBIDDEN
    assert banned.says.startswith("dans-tablet is banned until 08:00 on Wed 25 Nov 2026:")


def test_a_way_round_the_filter_is_no_request_for_a_class() -> None:
    found = proposed("nordvpn.com")
    assert (found.state, found.needed.count) == (State.CIRCUMVENTS, 2)
    assert found.says.startswith("NordVPN is a way round the filter: two people")
    assert proposed("nordvpn.com", scope="group:staff").state is State.OPENABLE


def test_a_name_on_a_floor_list_is_known_by_its_lists() -> None:
    desk = Desk('[lists.worst]\nfile = "/nowhere/worst.txt"\nfloor = true')
    found = opening.proposal(
        desk.policy,
        "vile.example",
        [Scope.parse("group:staff")],
        desk.at("11:00"),
        lists_of=lambda name: frozenset({"worst"}),
    )
    assert found.state is State.FORBIDDEN


def test_while_typing_the_likeliest_stands_first_and_comes_at_once() -> None:
    known = catalogue.read()
    policy = Policy(School("Bellgate"), known)

    def titles(text: str) -> list[str]:
        return [one.title for one in typeahead(policy, text)]

    assert titles("you")[0] == titles("you tu")[0] == titles("YOUTUBE")[0] == "YouTube"
    assert titles("tik")[0] == "TikTok"
    assert titles("face")[0] == "Facebook"
    assert "Battle.net (Blizzard)" in titles("blizz")
    assert titles("youtu.be")[:1] == titles("googlevideo")[:1] == ["YouTube"]
    assert titles("") == titles("\x00 !") == titles("no such thing at all") == []
    some = list(known.services.values())[::20]
    words = [service.title[:length] for service in some for length in (1, 3, 6)]
    began = time.perf_counter()
    for word in words:
        typeahead(policy, word)
    print(f"typeahead: {(time.perf_counter() - began) / len(words) * 1000:.2f} ms")


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("Year 6", (10, 11)),
        ("year six", None),
        ("Y6", (10, 11)),
        ("6B", (10, 11)),
        ("class-7b", (11, 12)),
        ("year-10-ipads", (14, 15)),
        ("Years 5 and 6", (9, 11)),
        ("Y5/6", (9, 11)),
        ("Year 12 physics", (16, 17)),
        ("Reception", (4, 5)),
        ("Nursery", (3, 4)),
        ("KS3", (11, 14)),
        ("Key Stage 2", (7, 11)),
        ("post-16", (16, 18)),
        ("Sixth form", (16, 18)),
        ("Room 6B", None),
        ("trolley-3", None),
        ("Year 2026", None),
        ("Y99", None),
        ("staff", None),
        ("", None),
    ],
)
def test_a_class_says_how_old_its_children_are(text: str, ages: tuple[int, int] | None) -> None:
    assert years.parse(text) == ages


def test_the_youngest_of_all_who_are_meant_counts() -> None:
    policy = Desk().policy
    scopes = [Scope.parse("set:class-7b"), Scope.parse("group:pupils")]
    assert years.youngest(policy, scopes) == 11
    assert years.youngest(policy, scopes, "Year 6") == 10
    assert years.youngest(policy, [Scope.parse("everyone")]) is None
