"""What a name is, and what lies under what: rules that hold for all names."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from appliance.domains import lies_under, normalise, normalise_site, parents
from appliance.errors import NotAName
from appliance.lists import catalogue
from appliance.policy.decide import Policy, decide
from appliance.policy.model import Action, Scope, ScopeKind, Who
from tests.school import CATALOGUE, Ask, school

KNOWN = catalogue.read()
POLICY = Policy(school(), KNOWN)
OWNED = sorted(d for s in KNOWN.services.values() for d in s.domains)

labels = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=63)
names = st.lists(labels, min_size=1, max_size=5).map(".".join).filter(lambda name: len(name) < 254)
spellings = st.sampled_from([str.upper, str.title, str.lower, "{}.".format, " {} ".format])


@given(names, spellings)
def test_one_name_has_one_form_however_it_is_spelled(name: str, spell: object) -> None:
    assert callable(spell)
    assert normalise(spell(name)) == normalise(name) == normalise(normalise(name))


@given(st.text(max_size=300))
def test_any_text_is_a_name_or_a_sentence(text: str) -> None:
    try:
        name = normalise(text)
    except NotAName as fault:
        assert str(fault)
        assert "\n" not in str(fault)
        return
    assert normalise(name or ".") == name
    assert len(name) <= 253
    assert name == "" or all(0 < len(label) <= 63 for label in name.split("."))


@given(names, names)
def test_lying_under_is_what_parents_say(name: str, domain: str) -> None:
    assert lies_under(name, domain) == (domain in parents(name))
    assert lies_under(f"{name}.{domain}", domain)
    assert not lies_under(f"{name}{domain}", domain)


@given(st.sampled_from(OWNED), labels, names)
def test_no_name_is_a_services_because_it_ends_alike(domain: str, letters: str, sub: str) -> None:
    alike = f"{letters}{domain}"
    assume(not any(parent in OWNED for parent in parents(alike)))
    assert POLICY.facts(alike).service == ""
    inside = f"{sub}.{domain}"
    if len(inside) < 254:
        assert POLICY.facts(inside).service != ""


@given(names)
def test_reverse_names_and_single_labels_are_refused_to_nobody(name: str) -> None:
    for asked in (f"{name.partition('.')[0]}", f"{name}.in-addr.arpa", f"{name}.ip6.arpa"):
        if len(asked) < 254:
            assert decide(POLICY, Who("pupils"), POLICY.facts(asked), 1_795_515_300).allowed


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("MÜNCHEN.de.", "xn--mnchen-3ya.de"),
        ("faß.de", "xn--fa-hia.de"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("ＴＩＫＴＯＫ.com", "tiktok.com"),
    ],
)
def test_what_a_person_types_is_what_a_browser_asks(written: str, asked: str) -> None:
    assert normalise_site(written) == asked
    ask = Ask(f'[lists.l]\nnames = ["{written}"]\nfloor = true')
    assert not ask.verdict(asked).allowed


SCOPES = st.sampled_from(
    [
        Scope(ScopeKind.DEVICE, "dans-tablet"),
        Scope(ScopeKind.SET, "class-7b"),
        Scope(ScopeKind.GROUP, "pupils"),
        Scope(ScopeKind.EVERYONE),
    ]
)
TARGETS = st.sampled_from(
    ["domain:www.tiktok.com", "domain:tiktok.com", "service:tiktok", "category:media-sharing",
     "social-media", "everything"]
)  # fmt: skip
ORDER = ["domain:www.tiktok.com", "domain:tiktok.com", "service:tiktok", "category:media-sharing",
         "social-media", "everything"]  # fmt: skip
GRANT = """
[[override]]
id = "{id}"
action = "{action}"
target = ["{target}"]
for = ["{scope}"]
from = 2026-11-24T00:00:00
until = 2026-11-25T00:00:00
reason = "r"
approved_by = ["head"]
"""


@given(st.lists(st.tuples(SCOPES, TARGETS, st.booleans()), min_size=1, max_size=5))
def test_the_narrower_scope_wins_then_the_narrower_target_then_the_block(
    grants: list[tuple[Scope, str, bool]],
) -> None:
    lines = [
        GRANT.format(id=f"o-{n}", scope=scope, target=target, action="allow" if opens else "block")
        for n, (scope, target, opens) in enumerate(grants)
    ]
    verdict = Ask(*lines).verdict("www.tiktok.com", device="dans-tablet", sets=("class-7b",))
    _, _, opens = min((scope.kind, ORDER.index(target), opens) for scope, target, opens in grants)
    assert verdict.action is (Action.ALLOW if opens else Action.BLOCK)
    assert CATALOGUE.services["tiktok"].name == verdict.service
