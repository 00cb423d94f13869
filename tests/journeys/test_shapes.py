"""What is said to whom: refusals by group and type, and questions that are nobody's business."""

from __future__ import annotations

import pytest

from tests.journeys.asking import query
from tests.journeys.cast import CERTIFIED, DAN, MS_CLARK, SENTENCE, SIXTH_FORMER, VISITOR
from tests.journeys.conftest import PAGE, PAGE_SIX, School
from tests.journeys.running import Box
from tests.upstream import Upstream

REFUSED_NAME = "www.tiktok.com"


@pytest.mark.parametrize(
    ("by", "kind", "addresses"),
    [
        (DAN, "A", [PAGE]),
        (DAN, "AAAA", [PAGE_SIX]),
        (SIXTH_FORMER, "A", ["0.0.0.0"]),
        (SIXTH_FORMER, "AAAA", ["::"]),
        (VISITOR, "A", [PAGE]),
    ],
)
def test_a_refused_name_leads_to_the_page_or_nowhere_as_the_group_has_it(
    box: Box, by: str, kind: str, addresses: list[str]
) -> None:
    reply = box.device(by).ask(REFUSED_NAME, kind)
    assert (reply.rcode, reply.addresses) == ("NOERROR", addresses)
    assert 0 < reply.ttl <= 20


@pytest.mark.parametrize("kind", ["HTTPS", "SVCB", "TXT", "MX", "SRV", "PTR", "NS", "DS", "CNAME"])
def test_of_other_types_a_refused_name_has_nothing(box: Box, kind: str) -> None:
    reply = box.device(DAN).ask(REFUSED_NAME, kind)
    assert reply.is_empty
    assert reply.ttl <= 20


@pytest.mark.parametrize("name", [REFUSED_NAME, "www.bbc.example"])
def test_any_gets_one_short_record(box: Box, name: str) -> None:
    reply = box.device(DAN).ask(name, "ANY")
    (only,) = reply.answers
    assert b"RFC8482" in only.rdata.data


def test_a_refusal_says_why_by_which_clause_and_until_when(box: Box) -> None:
    reply = box.device(MS_CLARK).ask(REFUSED_NAME)
    assert reply.why == (15, f"{SENTENCE} (clause 7.1) until 10:30")
    endless = box.device(DAN).ask(REFUSED_NAME)
    assert endless.why == (15, f"{SENTENCE} (clause 7.1)")


def test_who_knows_no_edns_is_told_nothing_in_it(box: Box) -> None:
    reply = box.device(DAN).ask(REFUSED_NAME, edns=None)
    assert reply.addresses == [PAGE]
    assert not reply.has_edns


@pytest.mark.parametrize(
    "name", ["use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com"]
)
@pytest.mark.parametrize("kind", ["A", "AAAA", "HTTPS"])
def test_canaries_say_that_this_network_filters(box: Box, name: str, kind: str) -> None:
    assert box.device(DAN).ask(name, kind).rcode == "NXDOMAIN"
    assert box.device(MS_CLARK).ask(name, kind).rcode == "NOERROR"  # they may go round it


def test_devices_discover_where_the_box_speaks_in_secret(box: Box, school: School) -> None:
    reply = box.device(DAN).ask("_dns.resolver.arpa", "SVCB")
    assert len(reply.answers) == 2
    for answer, port in zip(reply.answers, (school.tls_port, school.https_port), strict=True):
        data = bytes(answer.rdata.data)
        assert CERTIFIED.split(".")[0].encode() in data
        assert b"\0\x03\0\x02" + port.to_bytes(2, "big") in data
    assert box.device(DAN).ask(CERTIFIED).addresses == ["127.0.0.1"]


def test_the_box_knows_its_own_name_and_nobody_outside_is_asked(box: Box, world: Upstream) -> None:
    assert box.device(DAN).ask("filter.bellgate.sch.uk").addresses == ["127.0.0.1"]
    assert not world.asked_for("filter.bellgate.sch.uk")


@pytest.mark.parametrize(
    ("name", "rcode"),
    [
        ("printers", "NXDOMAIN"),
        ("nas.local", "NXDOMAIN"),
        ("shop.onion", "NXDOMAIN"),
        ("4.3.20.10.in-addr.arpa", "NXDOMAIN"),
        ("localhost", "NOERROR"),
    ],
)
def test_names_that_mean_nothing_outside_stay_inside(
    box: Box, world: Upstream, name: str, rcode: str
) -> None:
    assert box.device(DAN).ask(name).rcode == rcode
    assert not world.asked_for(name)


@pytest.mark.parametrize(
    ("qclass", "name", "kind", "rcode"),
    [
        (3, "version.bind", "TXT", "REFUSED"),
        (3, "id.server", "TXT", "REFUSED"),
        (4, "www.bbc.example", "A", "NOTIMP"),
        (255, "www.bbc.example", "A", "NOTIMP"),
        (1, "bellgate.sch.uk", "AXFR", "REFUSED"),
        (1, "bellgate.sch.uk", "IXFR", "REFUSED"),
        (1, "www.bbc.example", "TYPE249", "NOTIMP"),
    ],
)
def test_what_nobody_should_ask_gets_a_short_no(
    box: Box, world: Upstream, qclass: int, name: str, kind: str, rcode: str
) -> None:
    before = len(world.asked)
    for ask in (box.device(DAN).ask, box.device(DAN).ask_by_tcp):
        reply = ask(name, kind, qclass=qclass)
        assert reply.rcode == rcode
        assert not reply.answers
    assert not [one for one in world.asked[before:] if one.name == name]


@pytest.mark.parametrize("opcode", [1, 2, 4, 5, 6, 15])
def test_other_opcodes_are_not_for_us(box: Box, opcode: int) -> None:
    reply = box.device(DAN).ask("bellgate.sch.uk", "SOA", opcode=opcode)
    assert reply.rcode == "NOTIMP"
    assert reply.record.header.opcode == opcode


def test_a_later_version_of_edns_is_told_ours(box: Box) -> None:
    reply = box.device(DAN).ask("www.bbc.example", version=1)
    assert (reply.rcode, reply.answers) == ("BADVERS", [])


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x12",
        bytes(11),
        query("www.bbc.example")[:2] + b"\x81\x80" + query("www.bbc.example")[4:],  # a reply
    ],
    ids=["nothing", "a byte", "half a header", "a reply"],
)
def test_what_is_no_question_gets_silence(box: Box, message: bytes) -> None:
    assert box.device(DAN).send(message, seconds=0.2) is None


@pytest.mark.parametrize(
    "message",
    [
        query("www.bbc.example")[:20],
        bytes(4) + b"\0\2" + query("www.bbc.example")[6:],
        query("www.bbc.example")[:12] + b"\xc0\x0c\0\1\0\1",
        bytes(12),
    ],
    ids=["cut short", "two questions", "a pointer to itself", "no question"],
)
def test_what_is_a_broken_question_is_told_so(box: Box, message: bytes) -> None:
    reply = box.device(DAN).send(message)
    assert reply
    assert reply.message[3] & 0xF == 1  # FORMERR


@pytest.mark.parametrize("size", [None, 512, 1232])
def test_the_refusal_of_the_longest_name_fits_its_datagram(box: Box, size: int | None) -> None:
    name = ".".join(["a" * 60] * 3 + ["b" * 50]) + ".tiktok.com"
    reply = box.device(MS_CLARK).ask(name, edns=size)
    assert (reply.addresses, reply.is_cut) == ([PAGE], False)
    assert len(reply.message) <= (size or 512)
    if reply.why:
        assert reply.why[1].endswith("(clause 7.1) until 10:30")


def test_an_answer_too_large_for_a_datagram_is_asked_for_again_by_tcp(box: Box) -> None:
    dan = box.device(DAN)
    for size in (None, 512, 1232, 4096):
        cut = dan.ask("large.example", "TXT", edns=size)
        assert (cut.is_cut, cut.answers) == (True, [])
        assert len(cut.message) <= 512
    whole = dan.ask_by_tcp("large.example", "TXT")
    assert not whole.is_cut
    assert len(whole.message) >= 3000
