"""What is kept of an upstream's message: what was asked, and nothing that anybody slipped in."""

from __future__ import annotations

import ipaddress
from struct import pack

import pytest
from dnslib import QTYPE, DNSError, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from appliance.dns import wire
from appliance.dns.answers.answer import FAILURE, Answer, read_answer, without_hints
from appliance.dns.answers.kept import CLIENT_TTL, keep
from appliance.dns.answers.private import is_private
from appliance.dns.wire import Malformed, Rcode, labels_of
from tests.dns.messages import by_hand, facts, key_of, record, says, told

NAME = "www.example.com"
KEY = key_of(NAME)
BASE = 12 + len(KEY)  # where the first record stands
ADDRESS = bytes((192, 0, 2, 1))
A, CNAME, SOA, RRSIG, OPT = 1, 5, 6, 46, 41
SOA_LINE = "example.com 300 SOA ns.example.com host.example.com 1 7200 900 1209600 60"


def links(count: int) -> list[str]:
    """A chain of so many CNAMEs from NAME on, and an address at its end."""
    names = [NAME, *(f"n{number}.example.net" for number in range(count))]
    chain = [f"{one} 60 CNAME {other}" for one, other in zip(names, names[1:], strict=False)]
    return [*chain, f"{names[-1]} 60 A 192.0.2.1"]


def owners(answer: Answer, name: str = NAME, kind: str = "A") -> list[str]:
    heard = told(answer, name, kind)
    return [str(r.rname).rstrip(".").lower() for r in [*heard.rr, *heard.auth]]


# What belongs to the question


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("A", [f"{NAME} 300 A 192.0.2.1", f"{NAME} 300 A 192.0.2.2"]),
        ("AAAA", [f"{NAME} 300 CNAME edge.example.com", "edge.example.com 20 AAAA 2001:db8::1"]),
        ("MX", [f"{NAME} 300 MX 10 mail.{NAME}", f"{NAME} 300 MX 20 mail.example.net"]),
        ("NS", [f"{NAME} 300 NS ns.example.com", f"{NAME} 300 NS ns2.example.com"]),
        ("SOA", [SOA_LINE.replace("example.com 300", f"{NAME} 300", 1)]),
        ("PTR", [f"{NAME} 300 PTR printer.example.com"]),
        ("SRV", [f"{NAME} 300 SRV 1 2 443 sip.example.com"]),
        ("TXT", [f'{NAME} 300 TXT "v=spf1 -all" "and more"']),
        ("CAA", [f'{NAME} 300 CAA 0 issue "example.org"']),
        ("NAPTR", [f'{NAME} 300 NAPTR 1 2 "u" "E2U+sip" "!a!b!" .']),
        ("HTTPS", [f"{NAME} 300 HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.1 echconfig=AQID"]),
        ("CNAME", [f"{NAME} 300 CNAME edge.example.com"]),
        ("DS", [f"{NAME} 300 DS 1 8 2 0011223344"]),
    ],
)
def test_a_client_hears_what_the_upstream_said(kind: str, lines: list[str]) -> None:
    message = says(NAME, kind, lines)
    heard = told(read_answer(message, key_of(NAME, kind)), "wWw.ExAmPlE.cOm", kind)
    assert facts(heard.rr) == facts(DNSRecord.parse(message).rr)
    assert str(heard.q.qname) == "wWw.ExAmPlE.cOm."
    assert not heard.auth and not heard.ar


@pytest.mark.parametrize("stranger", ["aaa.example.org 60 A 192.0.2.9", "example.com 60 TXT x"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_stranger_among_the_answers_is_left_out_and_the_rest_is_laid_out_anew(
    stranger: str, place: int
) -> None:
    lines = [f"{NAME} 300 CNAME edge.aaa.example.org", "edge.aaa.example.org 60 A 192.0.2.1"]
    clean, soiled = says(NAME, "A", lines), [*lines]
    soiled.insert(place, stranger)
    heard = told(read_answer(says(NAME, "A", soiled), KEY), NAME)
    assert facts(heard.rr) == facts(DNSRecord.parse(clean).rr)


@pytest.mark.parametrize("kind", ["MX", "NS", "SOA", "PTR", "SRV", "CNAME"])
def test_names_in_data_are_written_out_when_records_are_laid_out_anew(kind: str) -> None:
    data = {"MX": "10 ", "SRV": "1 2 3 "}.get(kind, "") + "deep.down.aaa.example.org"
    data += " host.aaa.example.org 1 2 3 4 5" if kind == "SOA" else ""
    line = f"{NAME} 60 {kind} {data}"
    soiled = says(NAME, kind, ["aaa.example.org 60 A 192.0.2.9", line])
    heard = told(read_answer(soiled, key_of(NAME, kind)), NAME, kind)
    assert facts(heard.rr) == facts(DNSRecord.parse(says(NAME, kind, [line])).rr)


def test_other_sections_bring_nothing_into_the_answer() -> None:
    message = says(
        NAME,
        "A",
        [f"{NAME} 60 A 192.0.2.1"],
        ["example.com 60 NS ns.example.com", "bank.example 60 NS evil.example", SOA_LINE],
        ["ns.example.com 60 A 192.0.2.53", "bank.example 60 A 192.0.2.66"],
    )
    answer = read_answer(message, KEY)
    assert answer.counts == (1, 0, 0)
    assert owners(answer) == [NAME]


def test_a_chain_is_followed_in_whatever_order_it_comes() -> None:
    lines = links(4)
    for turned in (lines[::-1], lines[2:] + lines[:2]):
        answer = read_answer(says(NAME, "A", turned), KEY)
        assert answer.targets == tuple(f"n{number}.example.net" for number in range(4))
        assert answer.counts == (5, 0, 0)


def test_a_chain_has_sixteen_links_at_most() -> None:
    answer = read_answer(says(NAME, "A", links(16)), KEY)
    assert len(answer.targets) == 16 and answer.counts == (17, 0, 0)
    for count in (17, 50):
        for lines in (links(count), links(count)[::-1]):
            with pytest.raises(Malformed):
                read_answer(says(NAME, "A", lines), KEY)


@pytest.mark.parametrize("back_to", [0, 1, 2, 3])
def test_a_chain_that_runs_in_a_circle_is_no_answer(back_to: int) -> None:
    names = [NAME, "a.example", "b.example", "c.example"]
    names.append(names[back_to])
    lines = [f"{one} 60 CNAME {other}" for one, other in zip(names, names[1:], strict=False)]
    with pytest.raises(Malformed):
        read_answer(says(NAME, "A", lines), KEY)


def test_a_second_alias_of_one_name_leads_nowhere() -> None:
    lines = [*links(1), f"{NAME} 60 CNAME evil.example", "evil.example 60 A 192.0.2.66"]
    answer = read_answer(says(NAME, "A", lines), KEY)
    assert answer.targets == ("n0.example.net",)
    assert facts(told(answer, NAME).rr) == facts(DNSRecord.parse(says(NAME, "A", links(1))).rr)


def test_an_address_beside_an_alias_is_left_out() -> None:
    lines = [f"{NAME} 60 A 192.0.2.66", *links(1)]
    assert owners(read_answer(says(NAME, "A", lines), KEY)) == [NAME, "n0.example.net"]
    assert read_answer(says(NAME, "A", lines), KEY).targets == ("n0.example.net",)


def test_a_whole_tree_may_be_elsewhere() -> None:
    tree = record(39, labels_of("example.net"), labels_of("example.com"))
    alias = record(CNAME, labels_of("www.example.net"))
    address = record(A, ADDRESS, labels_of("www.example.net"))
    for answers in ([tree, alias, address], [address, alias, tree]):
        answer = read_answer(by_hand(KEY, answers), KEY)
        assert answer.targets == ("www.example.net",)
        assert sorted(owners(answer)) == ["example.com", NAME, "www.example.net"]
    without_alias = read_answer(by_hand(KEY, [tree, address]), KEY)
    assert without_alias.targets == ("www.example.net",)
    assert without_alias.counts == (2, 0, 0)


def test_a_tree_that_does_not_make_the_alias_is_a_stranger() -> None:
    tree = record(39, labels_of("evil.example"), labels_of("example.com"))
    alias = record(CNAME, labels_of("www.example.net"))
    answer = read_answer(by_hand(KEY, [tree, alias]), KEY)
    assert (answer.targets, owners(answer)) == (("www.example.net",), [NAME])


def test_a_second_tree_of_one_domain_leads_nowhere() -> None:
    above = labels_of("example.com")
    trees = [record(39, labels_of(far), above) for far in ("example.net", "evil.example")]
    alias = record(CNAME, labels_of("www.example.net"))
    answer = read_answer(by_hand(KEY, [*trees, alias]), KEY)
    assert answer.targets == ("www.example.net",)
    assert answer.records == trees[0] + alias


def test_a_tree_that_makes_names_too_long_is_no_answer() -> None:
    far = labels_of(".".join([*["a" * 60] * 4, "a" * 8]))
    with pytest.raises(Malformed):
        read_answer(by_hand(KEY, [record(39, far, labels_of("example.com"))]), KEY)


def test_a_label_that_looks_like_a_domain_is_not_under_it() -> None:
    """One label of "x", a length and "com" ends in the same bytes as a name under com does."""
    qname = b"\x05x\x03com\x00"
    key = qname + pack("!HH", A, 1)
    message = by_hand(key, [], [record(SOA, bytes(2) + bytes(20), b"\x03com\x00")])
    assert read_answer(message, key).counts == (0, 0, 0)


def test_any_brings_all_that_the_name_has_and_no_more() -> None:
    lines = [f"{NAME} 60 A 192.0.2.1", f"{NAME} 60 TXT x", "mail.example.com 60 A 192.0.2.9"]
    key = key_of(NAME, "ANY")
    answer = read_answer(says(NAME, "ANY", lines), key)
    assert (
        facts(told(answer, NAME, "ANY").rr) == facts(DNSRecord.parse(says(NAME, "A", lines)).rr)[:2]
    )


def test_a_type_that_nobody_knows_passes_as_it_is() -> None:
    key = labels_of(NAME) + pack("!HH", 65_280, 1)
    message = by_hand(key, [record(65_280, b"\xc0\x0c\xff what is this")])
    answer = read_answer(message, key)
    assert answer.records == message[12 + len(key) :]


# The question, again


@pytest.mark.parametrize(
    ("asked", "kind", "came"),
    [
        (NAME, "A", key_of("ww.example.com")),
        (NAME, "A", key_of("xww.example.com")),
        (NAME, "A", key_of(NAME, "AAAA")),
        (NAME, "A", KEY[:-1] + b"\x03"),
        (NAME, "HTTPS", KEY[:-4] + pack("!HH", 97, 1)),  # 97 is the small letter of 65
        (NAME, "A", b"\xc0\x10" + KEY[-4:]),
    ],
)
def test_an_answer_to_another_question_is_none(asked: str, kind: str, came: bytes) -> None:
    key = key_of(asked, kind)
    for message in (by_hand(came), by_hand(key, question=came)):
        with pytest.raises(Malformed):
            read_answer(message, key)


def test_the_question_may_come_back_in_other_letters() -> None:
    shouted = KEY[:-4].upper() + KEY[-4:]
    assert read_answer(by_hand(KEY, [record(A, ADDRESS)], question=shouted), KEY).counts[0] == 1


@pytest.mark.parametrize(
    "flags", [0x0180, 0x8380, 0x8980, 0xA980], ids=["query", "tc", "op1", "op5"]
)
def test_only_a_whole_answer_to_a_query_will_do(flags: int) -> None:
    with pytest.raises(Malformed):
        read_answer(by_hand(KEY, [record(A, ADDRESS)], flags=flags), KEY)


# Times


def test_ttls_count_down_and_stay_below_the_cap() -> None:
    lines = [f"{NAME} 300 CNAME edge.example.com", "edge.example.com 20 A 192.0.2.1"]
    answer = read_answer(says(NAME, "A", lines), KEY)
    assert answer.lifetime == 20
    for passed, cap, ttls in [
        (0, 86_400, [300, 20]),
        (15, 86_400, [285, 5]),
        (19, 86_400, [281, 1]),
        (400, 86_400, [30, 20]),  # beyond its time
        (15, 60, [60, 5]),
        (0, 0, [0, 0]),
    ]:
        assert [r.ttl for r in told(answer, NAME, passed=passed, cap=cap).rr] == ttls


def test_a_ttl_with_its_top_bit_set_is_none_and_a_long_one_is_a_day() -> None:
    for ttl, lifetime in [(1 << 31, 0), ((1 << 32) - 1, 0), ((1 << 31) - 1, 86_400), (0, 0)]:
        answer = read_answer(by_hand(KEY, [record(A, ADDRESS, ttl=ttl)]), KEY)
        assert answer.lifetime == lifetime
        assert answer.ttls[0] == (ttl if ttl < 1 << 31 else 0)


@pytest.mark.parametrize("rcode", [Rcode.NOERROR, Rcode.NXDOMAIN])
@pytest.mark.parametrize(
    ("ttl", "minimum", "lifetime"), [(300, 60, 60), (30, 60, 30), (9_000, 9_000, 3_600)]
)
def test_a_no_holds_as_long_as_its_zone_says(
    rcode: Rcode, ttl: int, minimum: int, lifetime: int
) -> None:
    soa = f"example.com {ttl} SOA ns.example.com host.example.com 1 2 3 4 {minimum}"
    answer = read_answer(says(NAME, "A", authority=[soa], rcode=rcode), KEY)
    assert (answer.rcode, answer.lifetime, answer.counts) == (rcode, lifetime, (0, 1, 0))
    heard = told(answer, NAME)
    assert heard.header.rcode == rcode
    assert [r.ttl for r in heard.auth] == [min(ttl, minimum, CLIENT_TTL)]


def test_a_no_behind_an_alias_is_told_by_the_zone_that_it_leads_to() -> None:
    alias = f"{NAME} 300 CNAME gone.example.net"
    soa = SOA_LINE.replace("example.com", "example.net")
    answer = read_answer(says(NAME, "A", [alias], [soa, SOA_LINE], rcode=3), KEY)
    assert (owners(answer), answer.lifetime) == ([NAME, "example.net"], 60)


@pytest.mark.parametrize("zone", ["com", "."])
def test_a_no_may_come_from_any_zone_above(zone: str) -> None:
    soa = SOA_LINE.replace("example.com", zone, 1)
    assert read_answer(says(NAME, "A", authority=[soa], rcode=3), KEY).counts == (0, 1, 0)


@pytest.mark.parametrize("zones", [[], ["example.org"], ["x.www.example.com"]])
def test_a_no_without_a_word_from_its_zone_holds_for_moments(zones: list[str]) -> None:
    lines = [SOA_LINE.replace("example.com", zone, 1) for zone in zones]
    answer = read_answer(says(NAME, "A", authority=lines, rcode=3), KEY)
    assert (answer.counts, answer.lifetime) == ((0, 0, 0), 5)


@pytest.mark.parametrize("rcode", [1, 2, 4, 5, 6, 9])
def test_a_failure_is_kept_for_moments_and_told_as_ours(rcode: int) -> None:
    answer = read_answer(says(NAME, "A", [f"{NAME} 60 A 192.0.2.1"], rcode=rcode), KEY)
    assert (answer.rcode, answer.records, answer.is_failure) == (rcode, b"", True)
    assert 0 < answer.lifetime <= 10
    assert told(answer, NAME).header.rcode == Rcode.SERVFAIL


def test_a_response_code_may_go_on_in_the_opt_record() -> None:
    badvers = b"\0" + pack("!HHBBHH", OPT, 1232, 1, 0, 0, 0)
    answer = read_answer(by_hand(KEY, [record(A, ADDRESS)], (), [badvers]), KEY)
    assert (answer.rcode, answer.counts) == (Rcode.BADVERS, (0, 0, 0))
    assert keep(FAILURE, 0).shape(0, 1).rcode == Rcode.SERVFAIL


def test_ad_is_kept_and_nothing_else_of_the_flags() -> None:
    message = says(NAME, "A", [f"{NAME} 60 A 192.0.2.1"], flags=wire.AD | wire.AA)
    assert read_answer(message, KEY).flags == wire.AD


# DNSSEC


def signature(covers: int, signer: str) -> bytes:
    head = pack("!HBBIIIH", covers, 8, 2, 60, 2_000_000_000, 1_900_000_000, 7)
    return head + labels_of(signer) + bytes(16)


def nsec(name: str) -> bytes:
    return labels_of(name) + b"\0\x01\x40"


def test_signatures_stay_with_what_they_sign() -> None:
    edge = labels_of("edge.example.com")
    answers = [
        record(CNAME, edge),
        record(RRSIG, signature(CNAME, "example.com")),
        record(A, ADDRESS, edge),
        record(RRSIG, signature(A, "example.com"), edge),
    ]
    stranger = record(RRSIG, signature(16, "example.com"), edge)
    answer = read_answer(by_hand(KEY, [*answers, stranger]), KEY)
    assert answer.counts == (4, 0, 0)
    assert owners(answer) == [NAME, NAME, "edge.example.com", "edge.example.com"]


def test_proofs_of_a_no_come_from_its_own_zone() -> None:
    zone, other = labels_of("example.com"), labels_of("example.org")
    proof = [
        record(SOA, labels_of("ns.example.com") * 2 + pack("!IIIII", 1, 2, 3, 4, 60), zone),
        record(RRSIG, signature(SOA, "example.com"), zone),
        record(47, nsec("z.example.com"), labels_of("a.example.com")),
        record(RRSIG, signature(47, "example.com"), labels_of("a.example.com")),
    ]
    lies = [
        record(47, nsec("z.example.org"), other),
        record(RRSIG, signature(47, "example.org"), other),
        record(2, labels_of("ns.example.com"), zone),
    ]
    answer = read_answer(by_hand(KEY, (), [*lies, *proof]), KEY)
    assert answer.counts == (0, 4, 0)
    assert all(owner.endswith("example.com") for owner in owners(answer))


def test_a_wildcard_keeps_its_proof_and_no_soa() -> None:
    star = labels_of("a.example.com")
    proof = [
        record(50, b"\1\0\0\1\0\x14" + bytes(20) + b"\0\1\x40", star),
        record(RRSIG, signature(50, "example.com"), star),
    ]
    soa = record(SOA, b"\0\0" + bytes(20), labels_of("example.com"))
    answer = read_answer(by_hand(KEY, [record(A, ADDRESS)], [*proof, soa]), KEY)
    assert answer.counts == (1, 2, 0)


# Where an answer leads


def test_services_tell_where_they_lead() -> None:
    key = key_of(NAME, "HTTPS")
    lines = [
        f"{NAME} 60 HTTPS 0 Other.Example.net.",
        f"{NAME} 60 HTTPS 1 . alpn=h2",
        f"{NAME} 60 HTTPS 2 cdn.example.org. alpn=h3",
    ]
    answer = read_answer(says(NAME, "HTTPS", lines), key)
    assert answer.targets == ("other.example.net", "cdn.example.org")
    assert not answer.is_private


def test_an_answer_that_leads_to_hundreds_of_places_is_none() -> None:
    """Each of them would be put to the policy, and everybody else would wait."""
    key = key_of(NAME, "HTTPS")
    services = [record(65, b"\0\1" + labels_of(f"n{n}.example.net")) for n in range(300)]
    assert len(read_answer(by_hand(key, services[:64]), key).targets) == 64
    with pytest.raises(Malformed):
        read_answer(by_hand(key, services), key)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.1.2.3", True),
        ("172.15.255.255", False),
        ("172.16.0.0", True),
        ("172.31.255.255", True),
        ("172.32.0.0", False),
        ("192.168.1.1", True),
        ("192.169.0.0", False),
        ("127.0.0.1", True),
        ("0.0.0.0", True),
        ("169.254.169.254", True),
        ("100.63.255.255", False),
        ("100.64.0.0", True),
        ("100.127.255.255", True),
        ("100.128.0.0", False),
        ("8.8.8.8", False),
        ("::", True),
        ("::1", True),
        ("fe80::1", True),
        ("febf::1", True),
        ("fc00::1", True),
        ("fdff::1", True),
        ("fe00::1", False),
        ("::ffff:192.168.0.1", True),
        ("::ffff:8.8.8.8", False),
        ("::10.0.0.1", True),
        ("64:ff9b::10.0.0.1", True),
        ("64:ff9b::8.8.8.8", False),
        ("64:ff9b:1::8.8.8.8", True),
        ("2002:a00:1::1", True),
        ("2002:808:808::1", False),
        ("2a00:1450:4009::1", False),
    ],
)
def test_an_address_of_the_school_itself_is_told_from_others(address: str, expected: bool) -> None:
    packed = ipaddress.ip_address(address).packed
    assert is_private(packed) is expected
    kind, hint = ("A", "ipv4hint") if len(packed) == 4 else ("AAAA", "ipv6hint")
    for asked, line in [(kind, address), ("HTTPS", f"1 . {hint}={address}")]:
        if "." in address and ":" in address:
            line = line.replace(address, str(ipaddress.IPv6Address(packed)))
        lines = [f"{NAME} 60 {asked} {line}"]
        assert read_answer(says(NAME, asked, lines), key_of(NAME, asked)).is_private is expected


def test_services_lose_their_hints_where_addresses_are_told_otherwise() -> None:
    key, edge = key_of(NAME, "HTTPS"), labels_of("edge.example.com")
    parameters = pack("!HHHHHH", 0, 6, 1, 4, 6, 1) + b"\0\x03\x02h2"
    parameters += pack("!HH", 4, 8) + ADDRESS * 2 + pack("!HH", 5, 3) + b"ech"
    parameters += pack("!HH", 6, 16) + bytes(16)
    answers = [
        record(CNAME, edge),
        record(65, b"\0\1\0" + parameters, edge, ttl=30),
        record(RRSIG, signature(65, "example.com"), edge),
        record(65, b"\0\2\0", edge, ttl=30),
    ]
    answer = read_answer(by_hand(key, answers), key)
    assert answer.is_private  # the hint of ::
    bare = without_hints(answer, key)
    assert not bare.is_private
    assert (bare.counts, bare.ttls, bare.targets) == ((3, 0, 0), (60, 30, 30), answer.targets)
    _, first, second = told(bare, NAME, "HTTPS").rr
    assert [number for number, _ in first.rdata.params] == [0, 1, 5]
    assert dict(first.rdata.params)[0] == pack("!H", 1)
    assert second.rdata.params == []
    assert without_hints(bare, key) == bare


def test_other_answers_have_no_hints_to_lose() -> None:
    answer = read_answer(says(NAME, "A", links(2)), KEY)
    assert without_hints(answer, KEY) is answer


# Hostile messages


def pointer(to: int) -> bytes:
    return pack("!H", 0xC000 | to)


HOSTILE = {
    "a pointer to itself": [record(A, ADDRESS, pointer(BASE))],
    "a pointer forwards": [record(A, ADDRESS, pointer(BASE + 12))],
    "a pointer beyond the end": [record(A, ADDRESS, pointer(0x3FFF))],
    "a pointer into the header": [record(A, ADDRESS, pointer(4))],
    "two that point to each other": [
        record(99, pointer(BASE + 14) + pointer(BASE + 12)),
        record(A, ADDRESS, pointer(BASE + 14)),
    ],
    "a stair of pointers": [
        record(99, pointer(12) + b"".join(pointer(BASE + 12 + 2 * n) for n in range(20))),
        record(A, ADDRESS, pointer(BASE + 12 + 40)),
    ],
    "a label of 64": [record(A, ADDRESS, b"\x40" + b"a" * 64 + b"\0")],
    "a label of 128": [record(A, ADDRESS, b"\x80" + b"a" * 128 + b"\0")],
    "a name of 256": [record(A, ADDRESS, b"\x01a" * 127 + b"\x01\0")],
    "a name that grows by its pointer": [record(A, ADDRESS, b"\x3fa" + b"a" * 62 + pointer(12))] * 9
    + [record(A, ADDRESS, (b"\x3f" + b"a" * 63) * 4 + pointer(12))],
    "an address of three bytes": [record(A, ADDRESS[:3])],
    "an address of five bytes": [record(A, ADDRESS + b"\0")],
    "a length too long": [record(A, ADDRESS, length=5)],
    "a length too short": [record(A, ADDRESS, length=3)],
    "a length beyond all": [record(A, ADDRESS, length=65_535)],
    "an alias longer than its data": [record(CNAME, labels_of("a.example"), length=5)],
    "an alias shorter than its data": [record(CNAME, labels_of("a.example") + b"\0")],
    "an alias of nothing": [record(CNAME, b"")],
    "garbage behind": [record(A, ADDRESS), b"\0"],
    "a signature of two bytes": [record(RRSIG, b"\0\1")],
}


@pytest.mark.parametrize("story", HOSTILE)
def test_a_hostile_message_is_no_answer(story: str) -> None:
    answers = HOSTILE[story]
    with pytest.raises(Malformed):
        read_answer(by_hand(KEY, answers, counted=len(answers) - (answers[-1] == b"\0")), KEY)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\1",
        b"\0\1\xc0\x0c",
        b"\0\1\0\0",
        b"\0\1\0\0\1\0\4ab",
        b"\0\1\0\0\3\0\0\0\1\0\0",
        b"\0\1\0\0\1\0\0\0\1\0\0",
        b"\0\1\0\0\4\0\3\1\2\3",
        b"\0\1\0\0\4\0\0",
        b"\0\1\0\0\6\0\4\1\2\3\4",
    ],
)
def test_a_service_that_breaks_its_form_is_no_answer(data: bytes) -> None:
    key = key_of(NAME, "HTTPS")
    with pytest.raises(Malformed):
        read_answer(by_hand(key, [record(65, data)]), key)


@pytest.mark.parametrize("counted", [0, 1, 3, 65_535])
def test_a_count_that_lies_is_no_answer(counted: int) -> None:
    with pytest.raises(Malformed):
        read_answer(by_hand(KEY, [record(A, ADDRESS)] * 2, counted=counted), KEY)


def test_a_name_inside_changing_bytes_is_written_out() -> None:
    """A pointer to a TTL: as that counts down the name would change after it was checked."""
    ttl = int.from_bytes(b"\x01b\xc0\x0c", "big")  # b.www.example.com, to who points here
    alias = record(CNAME, pointer(BASE + 6))
    answer = read_answer(by_hand(KEY, [record(A, ADDRESS, ttl=ttl), alias]), KEY)
    assert (answer.targets, answer.counts) == (("b.www.example.com",), (1, 0, 0))
    assert answer.records == record(CNAME, labels_of("b.www.example.com"))
    key = key_of(NAME, "MX")
    mail = record(15, b"\0\1" + labels_of("m.example"), ttl=ttl)
    late = record(15, b"\0\2" + pointer(BASE + 6))
    answer = read_answer(by_hand(key, [mail, late]), key)
    for passed in (0, 5):
        heard = told(answer, NAME, "MX", passed=passed, cap=1 << 31).rr
        assert [str(r.rdata.label) for r in heard] == ["m.example.", "b.www.example.com."]


def test_a_pointer_may_lead_into_data_that_nobody_looks_into() -> None:
    """BIND points to the names of signatures and the like."""
    first = record(99, labels_of("a.example"))
    alias = record(CNAME, pointer(BASE + 12))
    there = record(A, ADDRESS, labels_of("a.example"))
    answer = read_answer(by_hand(KEY, [first, alias, there]), KEY)
    assert answer.targets == ("a.example",)
    assert owners(answer) == [NAME, "a.example"]


def test_opt_records_in_odd_places_go_nowhere() -> None:
    opt = wire.opt([(wire.Option.EXTENDED_ERROR, b"\0\x0f")])
    owned = record(OPT, b"")
    good = record(A, ADDRESS)
    for message in (
        by_hand(KEY, [opt, good]),
        by_hand(KEY, [good, owned]),
        by_hand(KEY, [good], [opt]),
        by_hand(KEY, [good], (), [opt, opt]),
    ):
        answer = read_answer(message, KEY)
        assert (answer.counts, answer.records) == ((1, 0, 0), good)
    root = b"\0" + pack("!HH", wire.Type.ANY, 1)
    assert read_answer(by_hand(root, [opt]), root).counts == (0, 0, 0)


def test_the_largest_answers_pass_and_those_that_we_could_not_pass_on_do_not() -> None:
    many = [record(A, pack("!I", 0x08000000 + number)) for number in range(4_000)]
    answer = read_answer(by_hand(KEY, many), KEY)
    assert answer.counts == (4_000, 0, 0)
    assert len(told(answer, NAME).rr) == 4_000
    assert len(wire.reply(by_hand(KEY), _asked(), keep(answer, 0).shape(0, CLIENT_TTL))) < 65_536
    with pytest.raises(Malformed):
        read_answer(by_hand(KEY, [record(A, ADDRESS)] * 4_090), KEY)
    with pytest.raises(Malformed):
        read_answer(by_hand(KEY, [record(A, ADDRESS)] * 5_000), KEY)


def test_names_written_out_may_not_outgrow_a_message() -> None:
    key = key_of(NAME, "NS")
    long = labels_of(".".join(["a" * 60] * 4))
    stranger = record(99, long, labels_of("x.example"))
    at = BASE + len(labels_of("x.example")) + 10
    many = [record(2, pack("!BBH", 1, 97 + number % 26, 0xC000 | at)) for number in range(2_000)]
    with pytest.raises(Malformed):
        read_answer(by_hand(key, [stranger, *many]), key)


def _asked() -> wire.Question:
    return wire.read_question(bytes(DNSRecord.question(NAME).pack()))


# Anything at all


REAL = {
    "A": says(NAME, "A", links(3)),
    "AAAA": says(NAME, "AAAA", [f"{NAME} 60 AAAA 2001:db8::1"] * 3),
    "MX": says(NAME, "MX", [f"{NAME} 60 MX 10 m.example.com", f"{NAME} 60 MX 20 {NAME}"]),
    "TXT": says(NAME, "TXT", authority=[SOA_LINE], rcode=3),
    "SRV": says(NAME, "SRV", ["x.example 60 A 192.0.2.1", f"{NAME} 60 SRV 1 2 3 a.x.example"]),
    "NS": by_hand(
        key_of(NAME, "NS"),
        [
            record(39, labels_of("example.net"), labels_of("example.com")),
            record(CNAME, labels_of("www.example.net")),
            record(2, labels_of("ns.example.net"), labels_of("www.example.net")),
        ],
    ),
    "HTTPS": says(NAME, "HTTPS", [f"{NAME} 60 HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1"]),
}
# Types whose data passes as it is; dnslib looks into it and may not like what it sees
OPAQUE = {16, 46, 47, 50, 64, 65}


@pytest.mark.parametrize("kind", REAL)
def test_a_message_cut_anywhere_is_no_answer(kind: str) -> None:
    for end in range(len(REAL[kind])):
        with pytest.raises(Malformed):
            read_answer(REAL[kind][:end], key_of(NAME, kind))


edits = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 4), st.binary(max_size=4)), min_size=1, max_size=4
)


@given(kind=st.sampled_from(sorted(REAL)), edits=edits)
def test_whatever_becomes_of_a_message_it_is_refused_or_safe_to_pass_on(
    kind: str, edits: list[tuple[int, int, bytes]]
) -> None:
    message = bytearray(REAL[kind])
    for place, size, put in edits:
        at = 12 + len(KEY) + place % (len(message) - 12 - len(KEY)) if place > 12 else place
        message[at : at + size] = put
    check(bytes(message), kind)


@given(kind=st.sampled_from(sorted(REAL)), place=st.integers(0, 400), value=st.integers(0, 255))
def test_whatever_one_byte_says_a_message_is_refused_or_safe_to_pass_on(
    kind: str, place: int, value: int
) -> None:
    message = bytearray(REAL[kind])
    message[place % len(message)] = value
    check(bytes(message), kind)


def check(message: bytes, kind: str) -> None:
    """Either refused, or readable by dnslib with every owner on the chain."""
    try:
        answer = read_answer(message, key_of(NAME, kind))
    except Malformed as refused:
        assert refused.rcode == Rcode.SERVFAIL
        return
    kinds = {int.from_bytes(answer.records[at - 4 : at - 2], "big") for at in answer.ttl_places}
    without_hints(answer, key_of(NAME, kind))
    if kinds & OPAQUE:
        return
    try:
        heard = told(answer, NAME, kind)
    except DNSError as fault:
        assert "Invalid label" in str(fault)  # dnslib wants UTF-8; RFC 2181 §11 lets any byte be
        return
    assert (len(heard.rr), len(heard.auth)) == answer.counts[:2]
    on_chain = {NAME, *answer.targets}
    for one in heard.rr:
        owner = wire.dotted(_labels(one.rname.label))
        is_tree = one.rtype == QTYPE.DNAME
        assert owner in on_chain or (is_tree and any(n.endswith(owner) for n in on_chain))
        assert one.rtype in (getattr(QTYPE, kind), QTYPE.CNAME, QTYPE.DNAME)
    for one in heard.auth:
        owner = wire.dotted(_labels(one.rname.label))
        assert any(name.endswith(owner) for name in on_chain)
        assert one.rtype == QTYPE.SOA
    assert 0 <= answer.lifetime <= min([86_400, *answer.ttls])


def _labels(label: tuple[bytes, ...]) -> bytes:
    return b"".join(bytes((len(part),)) + part for part in label).lower() + b"\0"
