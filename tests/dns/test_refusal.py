"""What a device gets for a name that it may not have."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.dns import wire
from appliance.dns.own.refusal import Refusals, explanation, told
from appliance.policy.model import RefusedAnswer
from tests.dns.questions import (
    message_of,
    messages,
    options_of,
    question,
    read,
    said,
    start_of_zone,
)

FOUR = (ipaddress.ip_address("10.20.0.2"), ipaddress.ip_address("10.20.0.3"))
SIX = (ipaddress.ip_address("fd00::2"),)
PAGE, NULL = RefusedAnswer.BLOCK_PAGE, RefusedAnswer.NULL
SAYS = "All social media is blocked on the school network."


@pytest.mark.parametrize(
    ("page", "refused", "qtype", "addresses"),
    [
        (FOUR + SIX, PAGE, "A", ["10.20.0.2", "10.20.0.3"]),
        (FOUR + SIX, PAGE, "AAAA", ["fd00::2"]),
        (FOUR, PAGE, "AAAA", []),  # none of this family: the device takes the other one
        (SIX, PAGE, "A", []),
        ((), PAGE, "A", ["0.0.0.0"]),
        ((), PAGE, "AAAA", ["::"]),
        (FOUR + SIX, NULL, "A", ["0.0.0.0"]),
        (FOUR + SIX, NULL, "AAAA", ["::"]),
        (FOUR + SIX, PAGE, "HTTPS", []),
        (FOUR + SIX, PAGE, "SVCB", []),
        (FOUR + SIX, NULL, "TXT", []),
        (FOUR + SIX, NULL, "MX", []),
        (FOUR + SIX, PAGE, "DS", []),
        (FOUR + SIX, PAGE, "DNSKEY", []),
        (FOUR + SIX, PAGE, "CNAME", []),
        (FOUR + SIX, PAGE, "NS", []),
    ],
)
def test_a_refused_name_leads_to_the_page_or_nowhere(
    page: tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...],
    refused: RefusedAnswer,
    qtype: str,
    addresses: list[str],
) -> None:
    asked = question("www.tiktok.com", qtype)
    reply = read(asked, Refusals(page).shape(asked[1].qtype, refused, 20))
    assert said(reply) == (
        "NOERROR",
        [f"www.tiktok.com. 20 {qtype} {address}" for address in addresses],
    )
    if not addresses:
        assert start_of_zone(reply) == ("www.tiktok.com.", 20, 20)


def test_a_question_for_everything_gets_a_short_word() -> None:
    asked = question("tiktok.com", "ANY")
    shape = Refusals(FOUR).shape(asked[1].qtype, PAGE, 20)
    code, (answer,) = said(read(asked, shape))
    assert code == "NOERROR"
    assert answer.startswith("tiktok.com. 20 HINFO")
    assert b"\x07RFC8482\x00" in shape.records


@pytest.mark.parametrize(
    ("wanted", "given_"), [(5, 5), (30, 30), (2, 2), (0, 0), (-3, 0), (90, 30)]
)
def test_a_refusal_ends_before_the_bell_and_never_lasts_long(wanted: int, given_: int) -> None:
    asked = question("tiktok.com")
    reply = read(asked, Refusals(FOUR).shape(wire.Type.A, PAGE, wanted))
    assert {rr.ttl for rr in reply.rr} == {given_}
    asked = question("tiktok.com", "HTTPS")
    reply = read(asked, Refusals(FOUR).shape(wire.Type.HTTPS, PAGE, wanted))
    assert start_of_zone(reply)[1:] == (given_, given_)


def test_a_refusal_is_made_once() -> None:
    refusals = Refusals(FOUR)
    assert refusals.shape(1, PAGE, 20) is refusals.shape(1, PAGE, 20)
    assert refusals.shape(65, PAGE, 20) is refusals.shape(16, NULL, 20)


@pytest.mark.parametrize(
    ("clause", "until", "text"),
    [
        (
            "7.1",
            "10:30",
            "All social media is blocked on the school network (clause 7.1) until 10:30",
        ),
        ("7.1", "", "All social media is blocked on the school network (clause 7.1)"),
        ("", "10:30", "All social media is blocked on the school network until 10:30"),
        ("", "", "All social media is blocked on the school network"),
    ],
)
def test_a_refusal_says_why_by_which_clause_and_until_when(
    clause: str, until: str, text: str
) -> None:
    asked = question("www.tiktok.com")
    shape = Refusals(FOUR).shape(wire.Type.A, PAGE, 20)
    reply = read(asked, shape, [explanation(asked[1], shape, SAYS, clause, until)])
    assert options_of(reply) == {15: b"\x00\x0f" + text.encode()}


def test_a_device_that_knows_no_options_gets_none() -> None:
    asked = question("www.tiktok.com", edns=False)
    shape = Refusals(FOUR).shape(wire.Type.A, PAGE, 20)
    reply = read(asked, shape, [explanation(asked[1], shape, SAYS)])
    assert options_of(reply) == {}
    assert len(reply.rr) == 2


def test_a_long_sentence_gives_way_to_the_clause_and_the_end() -> None:
    text = told("Mae pob cyfrwng cymdeithasol wedi’i rwystro. " * 9, "7.1", "10:30")
    assert len(text.encode()) <= 240
    assert text.startswith("Mae pob cyfrwng")
    assert text.endswith("… (clause 7.1) until 10:30")


def test_a_sentence_over_two_lines_becomes_one() -> None:
    assert (
        told("All social media\nis blocked.\n", "7.1") == "All social media is blocked (clause 7.1)"
    )


@given(st.text(max_size=400), st.text(max_size=80), st.text(max_size=20), st.integers(0, 240))
def test_no_text_is_longer_than_its_room(says: str, clause: str, until: str, room: int) -> None:
    assert len(told(says, clause, until, room).encode("utf-8", "surrogatepass")) <= room


@given(
    messages,
    st.sampled_from([(), FOUR, SIX, FOUR + SIX, FOUR * 20, SIX * 20]),
    st.sampled_from(RefusedAnswer),
    st.integers(-5, 100),
    st.text(max_size=300),
)
def test_no_refusal_is_ever_too_long_for_a_datagram(
    message: bytes,
    page: tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...],
    refused: RefusedAnswer,
    ttl: int,
    says: str,
) -> None:
    asked = wire.read_question(message)
    shape = Refusals(page).shape(asked.qtype, refused, ttl)
    reply = wire.reply(message, asked, shape, [explanation(asked, shape, says, "7.1", "10:30")])
    assert len(reply) <= wire.PLAIN_UDP_SIZE
    if asked.name.isascii():
        assert read((message, asked), shape).header.rcode == 0


@pytest.mark.parametrize("qtype", [1, 28, 65, 255])
@pytest.mark.parametrize("page", [(), FOUR * 20, SIX * 20])
def test_the_longest_name_of_all_still_fits(
    qtype: int, page: tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...]
) -> None:
    message = message_of([b"a" * 63, b"b" * 63, b"c" * 63, b"d" * 61], qtype)
    asked = wire.read_question(message)
    shape = Refusals(page).shape(qtype, PAGE, 30)
    option = explanation(asked, shape, SAYS * 5, "7.1", "10:30")
    assert len(wire.reply(message, asked, shape, [option])) <= wire.PLAIN_UDP_SIZE
    assert option[1][:2] == b"\x00\x0f"
