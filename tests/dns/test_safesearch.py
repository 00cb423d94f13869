"""Search engines held to their safe mode."""

from __future__ import annotations

import pytest
from dnslib import RR, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from appliance.dns import wire
from appliance.dns.own import safesearch
from appliance.dns.own.alias import addresses_in
from appliance.dns.own.safesearch import REDIRECTED, SafeSearch, needs_asking
from appliance.policy.model import SafeMode
from tests.dns.questions import messages, question, read, said, start_of_zone

ENGINES = SafeSearch(
    {
        "google": {
            "strict": "forcesafesearch.google.com",
            "moderate": "forcesafesearch.google.com",
        },
        "youtube": {"strict": "restrict.youtube.com", "moderate": "restrictmoderate.youtube.com"},
        "local": {"strict": "10.20.0.8"},
    }
)
SAFE = [b"\xd8\xef\x26\x78"]


@pytest.mark.parametrize(
    ("engine", "mode", "target"),
    [
        ("google", SafeMode.MODERATE, "forcesafesearch.google.com"),
        ("youtube", SafeMode.STRICT, "restrict.youtube.com"),
        ("youtube", SafeMode.MODERATE, "restrictmoderate.youtube.com"),
        ("local", SafeMode.MODERATE, "10.20.0.8"),
        ("unheard-of", SafeMode.STRICT, ""),
    ],
)
def test_each_group_has_its_mode(engine: str, mode: SafeMode, target: str) -> None:
    assert ENGINES.target(engine, mode) == target


def test_a_search_engine_is_answered_by_its_safe_name() -> None:
    asked = question("www.google.co.uk")
    reply = read(asked, safesearch.shape(asked[1], "forcesafesearch.google.com", SAFE, 25))
    assert said(reply) == (
        "NOERROR",
        [
            "www.google.co.uk. 25 CNAME forcesafesearch.google.com.",
            "forcesafesearch.google.com. 25 A 216.239.38.120",
        ],
    )


@pytest.mark.parametrize(
    ("qtype", "addresses"), [("AAAA", ()), ("HTTPS", ()), ("HTTPS", None), ("SVCB", SAFE)]
)
def test_no_other_way_leads_to_the_unsafe_page(qtype: str, addresses: list[bytes] | None) -> None:
    asked = question("www.bing.com", qtype)
    reply = read(asked, safesearch.shape(asked[1], "strict.bing.com", addresses, 25))
    assert said(reply) == ("NOERROR", ["www.bing.com. 25 CNAME strict.bing.com."])
    assert start_of_zone(reply) == ("strict.bing.com.", 25, 25)


@pytest.mark.parametrize("target", ["strict.bing.com", ""])
def test_a_safe_name_that_nobody_can_find_is_a_failure_and_not_the_unsafe_page(
    target: str,
) -> None:
    asked = question("www.bing.com")
    assert said(read(asked, safesearch.shape(asked[1], target, None, 25))) == ("SERVFAIL", [])


@pytest.mark.parametrize(
    ("qtype", "answers"), [("A", ["www.search.lan. 25 A 10.20.0.8"]), ("AAAA", []), ("HTTPS", [])]
)
def test_an_address_in_place_of_a_name_is_given_as_it_is(qtype: str, answers: list[str]) -> None:
    asked = question("www.search.lan", qtype)
    reply = read(asked, safesearch.shape(asked[1], "10.20.0.8", None, 25))
    assert said(reply) == ("NOERROR", answers)
    assert not needs_asking("10.20.0.8", asked[1].qtype)


def test_only_questions_that_lead_to_the_page_are_answered_differently() -> None:
    assert {wire.Type.A, wire.Type.AAAA, wire.Type.HTTPS, wire.Type.SVCB} == REDIRECTED
    assert needs_asking("strict.bing.com", wire.Type.A)
    assert not needs_asking("strict.bing.com", wire.Type.HTTPS)
    assert not needs_asking("", wire.Type.A)


def test_addresses_are_found_behind_any_number_of_names() -> None:
    upstream = DNSRecord.question("strict.bing.com").reply()
    for line in (
        "strict.bing.com 60 CNAME a.bing.net",
        "a.bing.net 60 CNAME b.bing.net",
        "b.bing.net 60 A 204.79.197.220",
        "b.bing.net 60 A 204.79.197.221",
        "b.bing.net 60 AAAA fd00::7",
    ):
        upstream.add_answer(*RR.fromZone(line))
    message = upstream.pack()
    records = message[12 + len(b"\x06strict\x04bing\x03com\0") + 4 :]
    assert addresses_in(records, 5, wire.Type.A) == [b"\xcc\x4f\xc5\xdc", b"\xcc\x4f\xc5\xdd"]
    assert len(addresses_in(records, 5, wire.Type.AAAA)) == 1
    assert addresses_in(records, 2, wire.Type.A) == []
    with pytest.raises(ValueError, match="cut short"):
        addresses_in(records[:-1], 5, wire.Type.A)


@given(st.binary(max_size=100), st.integers(0, 9), st.sampled_from([1, 28, 65]))
def test_records_that_make_no_sense_are_refused(records: bytes, count: int, qtype: int) -> None:
    try:
        found = addresses_in(records, count, qtype)
    except ValueError:
        return
    assert all(len(address) in (4, 16) for address in found)


@given(
    messages,
    st.sampled_from(["", "10.20.0.8", "fd00::8", "restrict.youtube.com"]),
    st.none() | st.lists(st.binary(min_size=4, max_size=4), max_size=5),
    st.integers(-5, 10_000),
)
def test_no_question_whatever_stops_us(
    message: bytes, target: str, addresses: list[bytes] | None, ttl: int
) -> None:
    asked = wire.read_question(message)
    reply = wire.reply(message, asked, safesearch.shape(asked, target, addresses, ttl))
    assert len(reply) <= wire.PLAIN_UDP_SIZE + 100
