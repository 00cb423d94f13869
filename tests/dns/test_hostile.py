"""A hostile upstream, met through the whole resolver: its answer is a failure or the truth, and
what it says in passing of other names is never believed.

Each attack is asked for by UDP and by TCP; then a name that it spoke of is asked, and has to have
the address that its own, honest answer gives it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from dnslib import RCODE, RR

from appliance.dns.wire import LARGEST_MESSAGE, labels_of
from tests.answering import Answering, question
from tests.behaviours import (
    WELL,
    Asked,
    Behaviour,
    Deed,
    altered,
    answer,
    as_query,
    by_transport,
    complains,
    cut_short,
    large,
    together,
    truncated,
    wrong_id,
    wrong_question,
)
from tests.dns.messages import record
from tests.upstream import Upstream

TRUE = "192.0.2.7"  # what the bank's own answer says
EVIL = "198.51.100.66"
BANK = "bank.example"
HONEST = answer(f"{BANK} 300 A {TRUE}")
A, NS, CNAME, SOA, TXT, DNAME, OPT = 1, 2, 5, 6, 16, 39, 41
AT_BANK = labels_of(BANK)
EVIL_A = record(A, bytes([198, 51, 100, 66]), AT_BANK)
TO_ITSELF = b"\xc0\x0c"

Make = Callable[[Asked], bytes]


def raw(make: Make, *, by: str = "") -> Behaviour:
    """An answer made by hand out of the question; over both roads unless one is named."""

    def behave(asked: Asked) -> Sequence[Deed]:
        return [Deed(make(asked))]

    return by_transport(**{by: behave}) if by else behave


def holding(
    *answers: bytes,
    authority: Sequence[bytes] = (),
    additional: Sequence[bytes] = (),
    counts: tuple[int, int, int] | None = None,
    flags: int = 0x8180,
) -> Behaviour:
    """A message of these records behind the question; the counts may lie."""

    def make(asked: Asked) -> bytes:
        told = counts or (len(answers), len(authority), len(additional))
        body = b"".join([*answers, *authority, *additional])
        return asked.message[:2] + pack("!5H", flags, 1, *told) + _question_of(asked) + body

    return raw(make)


def _question_of(asked: Asked) -> bytes:
    end = asked.message.index(b"\0", 12) + 5
    return asked.message[12:end]


def chain(links: int, *, loops: bool = False) -> Behaviour:
    """CNAMEs one after the other, with an address at their end or none."""

    def behave(asked: Asked) -> Sequence[Deed]:
        reply = asked.reply
        name = asked.name
        for number in range(links):
            target = asked.name if loops and number == links - 1 else f"{number}.chain.example"
            reply.add_answer(*RR.fromZone(f"{name}. 300 CNAME {target}."))
            name = target
        if not loops:
            reply.add_answer(*RR.fromZone(f"{name}. 300 A {TRUE}"))
        return [Deed(bytes(reply.pack()))]

    return behave


def spoofed(count: int) -> Behaviour:
    """So many forged answers, each with another id, in a race with the honest one."""

    def behave(asked: Asked) -> Sequence[Deed]:
        (honest,) = WELL(asked)
        (forged,) = answer(f"{asked.name} 300 A {EVIL}")(asked)
        right = int.from_bytes(asked.message[:2], "big")
        ids = [(right + 1 + place) & 0xFFFF for place in range(count)]
        lies = [
            replace(forged, message=number.to_bytes(2, "big") + forged.message[2:])
            for number in ids
        ]
        return [*lies, honest]

    return by_transport(WELL, udp=behave)


def pointing(*places: int) -> bytes:
    """Names that are pointers, each to one of these places."""
    return b"".join((0xC000 | place).to_bytes(2, "big") for place in places)


def _end(asked: Asked) -> int:
    return 12 + len(_question_of(asked))


def owner_loop(asked: Asked) -> bytes:
    """A record whose owner points to itself."""
    at = _end(asked)
    body = pointing(at) + pack("!HHIH", A, 1, 300, 4) + bytes(4)
    return asked.message[:2] + pack("!5H", 0x8180, 1, 1, 0, 0) + _question_of(asked) + body


def pointers_in_turn(asked: Asked) -> bytes:
    """Two CNAMEs whose targets point to each other."""
    at = _end(asked)
    first, second = at + 12, at + 12 + 14
    body = TO_ITSELF + pack("!HHIH", CNAME, 1, 300, 2) + pointing(second)
    body += TO_ITSELF + pack("!HHIH", CNAME, 1, 300, 2) + pointing(first)
    return asked.message[:2] + pack("!5H", 0x8180, 1, 2, 0, 0) + _question_of(asked) + body


def pointer_ahead(asked: Asked) -> bytes:
    """A target that lies behind the end."""
    body = TO_ITSELF + pack("!HHIH", CNAME, 1, 300, 2) + pointing(0x3FFF)
    return asked.message[:2] + pack("!5H", 0x8180, 1, 1, 0, 0) + _question_of(asked) + body


def pointer_ladder(asked: Asked) -> bytes:
    """Thousands of targets, each a label and a pointer to the one before: reading every one to its
    end would take the square of their number."""
    body, at, before = b"", _end(asked), 12
    for _ in range(3_000):
        target = b"\1a" + pointing(before)
        before = at + len(body) + 12
        body += TO_ITSELF + pack("!HHIH", CNAME, 1, 300, len(target)) + target
        if before > 0x3F00:
            break
    count = body.count(TO_ITSELF + pack("!HH", CNAME, 1))
    return asked.message[:2] + pack("!5H", 0x8180, 1, count, 0, 0) + _question_of(asked) + body


SOA_OF_BANK = record(SOA, b"\0\0" + pack("!5I", 1, 2, 3, 4, 86_400), AT_BANK)
EVIL_OPT = b"\0" + pack("!HHIH", OPT, 65_535, 0xFFFFFFFF, 0)
GOOD_A = record(A, bytes([192, 0, 2, 1]))

ATTACKS: dict[str, Behaviour] = {
    "owner points to itself": raw(owner_loop),
    "targets point to each other": raw(pointers_in_turn),
    "target lies behind the end": raw(pointer_ahead),
    "ladder of pointers": raw(pointer_ladder),
    "the bank among the answers": holding(GOOD_A, EVIL_A),
    "the bank alone among the answers": holding(EVIL_A),
    "the bank in the authority section": holding(GOOD_A, authority=[EVIL_A]),
    "the bank in the additional section": holding(GOOD_A, additional=[EVIL_A]),
    "the bank's servers": holding(
        GOOD_A,
        authority=[record(NS, labels_of("ns.evil.example"), AT_BANK)],
        additional=[record(A, bytes([198, 51, 100, 66]), labels_of("ns.evil.example"))],
    ),
    "an alias of the bank": holding(
        GOOD_A, record(CNAME, labels_of("evil.example"), AT_BANK), authority=[EVIL_A]
    ),
    "to the bank by CNAME": holding(record(CNAME, AT_BANK), EVIL_A),
    "the bank's tree moved": holding(
        record(DNAME, labels_of("evil.example"), labels_of("example")), GOOD_A
    ),
    "no such name, by the bank's SOA": holding(authority=[SOA_OF_BANK], flags=0x8183),
    "50 CNAMEs": chain(50),
    "a circle of 1 CNAME": chain(1, loops=True),
    "a circle of 5 CNAMEs": chain(5, loops=True),
    "64 KB": truncated(large(LARGEST_MESSAGE)),
    "64 KB of the bank": truncated(holding(GOOD_A, *[EVIL_A] * 2_500)),
    "cut short everywhere": altered(cut_short),
    "cut in the middle": altered(lambda message: message[:-3]),
    "something behind the end": altered(lambda message: message + b"\0" * 40),
    "more answers counted than there are": holding(GOOD_A, counts=(9, 0, 0)),
    "fewer answers counted than there are": holding(GOOD_A, EVIL_A, counts=(1, 0, 0)),
    "65,535 of everything": holding(GOOD_A, counts=(65_535, 65_535, 65_535)),
    "a length that lies": holding(record(A, bytes(4), length=400)),
    "an address of 3 bytes": holding(record(A, bytes(3))),
    "a strange OPT": holding(GOOD_A, additional=[EVIL_OPT, EVIL_OPT]),
    "SERVFAIL": complains("SERVFAIL"),
    "REFUSED": complains("REFUSED"),
    "a curt REFUSED": complains("REFUSED", is_curt=True),
    "an answer and a forged one behind it": together(WELL, answer(f"x.example 300 A {EVIL}")),
    "3,000 forgeries before the answer": spoofed(3_000),
}
# What is taken for no reply at all: it is waited for until the resolver gives up.
NO_REPLIES: dict[str, Behaviour] = {
    "another id": altered(wrong_id),
    "another question": altered(wrong_question),
    "the bank's question": raw(
        lambda asked: asked.message[:2] + HONEST(Asked(question(BANK), "udp", 0))[0].message[2:]
    ),
    "a query": altered(as_query),
    "two questions": altered(lambda message: message[:4] + b"\0\2" + message[6:]),
}


@pytest.fixture(scope="module")
def evil() -> Iterator[Upstream]:
    with Upstream({BANK: HONEST}) as up:
        yield up


@pytest.fixture(scope="module")
def box(evil: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    folder = Path(tmp_path_factory.mktemp("box"))
    with Answering(folder, [evil.plain]) as answering:
        yield answering


def addresses(reply: Any) -> set[str]:
    return {str(one.rdata) for one in reply.rr}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_ends_in_failure_or_the_truth(
    attack: str, evil: Upstream, box: Answering
) -> None:
    for tcp in (False, True):
        _meet(f"{[*ATTACKS].index(attack)}-{tcp:d}", ATTACKS[attack], evil, box, tcp=tcp)


def test_what_is_no_reply_to_the_question_is_not_taken_for_one(
    evil: Upstream, box: Answering
) -> None:
    with ThreadPoolExecutor(2 * len(NO_REPLIES)) as people:
        for future in [
            people.submit(_meet, f"no-{place}-{tcp:d}", attack, evil, box, tcp=tcp)
            for place, attack in enumerate(NO_REPLIES.values())
            for tcp in (False, True)
        ]:
            assert future.result() == "SERVFAIL"


def _meet(label: str, attack: Behaviour, evil: Upstream, box: Answering, *, tcp: bool) -> str:
    """Ask for the attacker's name, then for the bank of which it spoke."""
    name, bank = f"{label}.attack.example", f"{label}.{BANK}"
    evil.zone[bank] = answer(f"{bank} 300 A {TRUE}")
    evil.zone[name] = _about(bank, attack)
    reply = box.ask(name, tcp=tcp)
    rcode: str = RCODE[reply.header.rcode]
    assert rcode in ("NOERROR", "NXDOMAIN", "SERVFAIL")
    assert _is_true(reply, name)
    assert addresses(box.ask(bank)) == {TRUE}
    assert addresses(box.ask(bank, tcp=True)) == {TRUE}
    return rcode


def _about(bank: str, attack: Behaviour) -> Behaviour:
    """The same attack, on a bank of its own: nothing of it may be in the cache from before."""
    old, new = labels_of(BANK), labels_of(bank)

    def behave(asked: Asked) -> Sequence[Deed]:
        if asked.message.find(old) > 0:  # asked about the bank itself
            return attack(asked)
        return [replace(deed, message=deed.message.replace(old, new)) for deed in attack(asked)]

    return behave


def _is_true(reply: Any, name: str) -> bool:
    """Every record is of the asked name, or of one that a chain from there leads to."""
    reached = {name}
    for one in reply.rr:
        if _text(one.rname) not in reached:
            return False
        if one.rtype == CNAME:
            reached.add(_text(one.rdata))
    return True


def _text(name: Any) -> str:
    return str(name).rstrip(".").lower()
