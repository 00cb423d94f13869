"""Asking upstreams by UDP and TCP: what is believed, what is not, and who is asked next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dnslib import RCODE
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.config import Upstream as Server
from appliance.dns.exchange.health import Health
from tests.behaviours import (
    WELL,
    Behaviour,
    altered,
    answer,
    as_query,
    bare,
    broken_off,
    by_transport,
    by_turns,
    complains,
    cut_short,
    echo,
    forged,
    headless,
    in_pieces,
    large,
    late,
    other_opcode,
    says,
    silence,
    small_letters,
    together,
    truncated,
    without_edns,
    wrong_id,
    wrong_question,
)
from tests.dns.conftest import Asker, MakeAsker, key_of
from tests.upstream import Upstream, upstreams

REAL = answer("www.bbc.co.uk 300 A 192.0.2.7")
FORGED = answer("www.bbc.co.uk 300 A 198.51.100.66")


def addresses(record: Any) -> list[str]:
    return [str(one.rdata) for one in record.rr]


# What is sent.


def test_a_question_is_asked_and_its_answer_handed_over(asker: MakeAsker) -> None:
    with Upstream({"www.bbc.co.uk": REAL}) as up:
        school = asker(up.plain)
        assert addresses(school.ask("www.bbc.co.uk")) == ["192.0.2.7"]
        (asked,) = up.asked
        assert asked.kind == "A" and asked.record.header.rd == 1 and asked.has_edns
        assert asked.record.ar[0].edns_len == 1232
        assert not asked.record.ar[0].edns_do and not asked.record.header.cd


def test_dnssec_bits_are_passed_on(asker: MakeAsker) -> None:
    with Upstream() as up:
        school = asker(up.plain)
        school.ask("a.example", dnssec_ok=True)
        school.ask("b.example", checking_disabled=True)
        first, second = up.asked
        assert first.record.ar[0].edns_do and not first.record.header.cd
        assert second.record.header.cd and not second.record.ar[0].edns_do


def test_ids_and_ports_are_many_and_ports_do_not_live_long(asker: MakeAsker) -> None:
    with Upstream(otherwise=echo) as up:
        school = asker(up.plain)
        for _ in range(60):
            school.ask_all(["www.bbc.co.uk"] * 100)
        ids = {asked.message[:2] for asked in up.asked}
        ports = {asked.port for asked in up.asked}
        assert len(ids) > 5000  # of 6,000: two of the same are rare
        assert 20 < len(ports) < 60  # sixteen at a time, 256 questions each
        assert ports.isdisjoint({up.endpoint.port})


def test_questions_may_have_their_letters_mixed_and_answers_come_back_as_asked(
    asker: MakeAsker,
) -> None:
    name = "a-rather-long-name-with-letters.example"
    with Upstream() as up:
        school = asker(up.plain, mix_case=True)
        message = school.ask_bytes(name)
        assert key_of(name) not in up.asked[0].message
        assert key_of(name) in up.asked[0].message.lower()
        assert message and message[12:].startswith(key_of(name))


def test_a_server_that_changes_letters_is_asked_by_tcp(asker: MakeAsker) -> None:
    lowers = by_transport(udp=altered(small_letters, FORGED), tcp=REAL)
    with Upstream({"www.bbc.co.uk": lowers}) as up:
        school = asker(up.plain, mix_case=True)
        assert addresses(school.ask("www.bbc.co.uk")) == ["192.0.2.7"]


# What is believed.


@pytest.mark.parametrize("alter", [wrong_id, wrong_question, as_query, other_opcode])
def test_what_was_not_asked_is_not_believed_and_counted(
    asker: MakeAsker, alter: Callable[[bytes], bytes]
) -> None:
    with Upstream({"www.bbc.co.uk": together(altered(alter, FORGED), REAL)}) as up:
        school = asker(up.plain)
        assert addresses(school.ask("www.bbc.co.uk")) == ["192.0.2.7"]
        assert school.exchange.standing()[0].wrong == 1
        assert len(up.asked) == 1


def test_garbage_is_not_believed(asker: MakeAsker) -> None:
    junk = (says(b"\0"), altered(headless), altered(bare), says(b"\xff" * 4096))
    with Upstream({"www.bbc.co.uk": together(*junk, REAL)}) as up:
        school = asker(up.plain)
        assert addresses(school.ask("www.bbc.co.uk")) == ["192.0.2.7"]
        assert school.exchange.standing()[0].wrong == 4


def test_under_a_rain_of_forgeries_the_question_goes_by_tcp(asker: MakeAsker) -> None:
    rained_on = by_transport(udp=forged(40, FORGED), tcp=REAL)
    with Upstream({"www.bbc.co.uk": rained_on}) as up:
        school = asker(up.plain)
        assert addresses(school.ask("www.bbc.co.uk")) == ["192.0.2.7"]
        assert len(up.asked_for("www.bbc.co.uk", "tcp")) == 1
        assert school.exchange.standing()[0].wrong > 8


# TCP.


def test_a_truncated_answer_is_asked_for_again_by_tcp(asker: MakeAsker) -> None:
    with Upstream({"www.bbc.co.uk": truncated(REAL)}) as up:
        school = asker(up.plain)
        assert addresses(school.ask("www.bbc.co.uk")) == ["192.0.2.7"]
        assert [asked.transport for asked in up.asked] == ["udp", "tcp"]


def test_an_answer_may_fill_64_kilobytes(asker: MakeAsker) -> None:
    with Upstream({"large.example": truncated(large(65535))}) as up:
        school = asker(up.plain)
        message = school.ask_bytes("large.example", "TXT")
        assert message and len(message) == 65535


def test_an_answer_that_is_cut_short_even_by_tcp_is_no_answer(asker: MakeAsker) -> None:
    with Upstream(otherwise=altered(cut_short)) as up, Upstream() as other:
        school = asker(up.plain, other.plain)
        assert addresses(school.ask("www.bbc.co.uk")) == ["192.0.2.1"]
        assert other.asked


@pytest.mark.parametrize("places", [(1,), (2,), (3,), (1, 2, 3, 14), (20, 21), tuple(range(1, 40))])
def test_a_tcp_answer_may_come_in_any_pieces(asker: MakeAsker, places: tuple[int, ...]) -> None:
    with Upstream({"www.bbc.co.uk": truncated(in_pieces(*places, then=REAL))}) as up:
        assert addresses(asker(up.plain).ask("www.bbc.co.uk")) == ["192.0.2.7"]


@pytest.mark.parametrize("size", [0, 1, 2, 13, 30])
def test_a_tcp_answer_that_breaks_off_leads_to_the_next_server(asker: MakeAsker, size: int) -> None:
    with Upstream(otherwise=truncated(broken_off(size))) as up, Upstream() as other:
        school = asker(up.plain, other.plain)
        assert school.ask("www.bbc.co.uk")
        assert school.seconds < 1.0
        assert other.asked


def test_bytes_that_are_no_frame_end_the_connection(asker: MakeAsker) -> None:
    nonsense = by_transport(udp=altered(cut_short), tcp=says(b"\0\1x", is_framed=False))
    with Upstream(otherwise=nonsense) as up, Upstream() as other:
        school = asker(up.plain, other.plain)
        assert school.ask("www.bbc.co.uk") and other.asked


def test_one_tcp_connection_carries_many_questions_and_answers_in_any_order(
    asker: MakeAsker,
) -> None:
    slow = {"slow.example": truncated(late(0.05))}
    with Upstream(slow, otherwise=truncated()) as up:
        school = asker(up.plain)
        school.ask("first.example")
        slow_one, fast_one = school.start("slow.example"), school.start("fast.example")
        school.run_until(lambda: fast_one)
        assert not slow_one
        school.run_until(lambda: slow_one)
        for number in range(10):
            school.ask(f"{number}.example")
        assert up.connections == {"tcp": 1}


def test_a_connection_that_the_server_closed_as_idle_is_made_again(asker: MakeAsker) -> None:
    with Upstream(otherwise=truncated()) as up:
        school = asker(up.plain)
        school.ask("a.example")
        up.hang_up()
        assert school.ask("b.example").rr
        assert up.connections == {"tcp": 2}
        assert school.exchange.standing()[0].failures == 0


def test_a_connection_that_closes_under_a_question_is_made_again_once(asker: MakeAsker) -> None:
    closing = by_turns(broken_off(0), WELL)
    zone = {"b.example": by_transport(udp=altered(cut_short), tcp=closing)}
    with Upstream(zone, otherwise=truncated()) as up:
        school = asker(up.plain)
        school.ask("a.example")
        assert school.ask("b.example").rr
        assert up.connections == {"tcp": 2}
        assert school.exchange.standing()[0].failures == 0


# Servers that complain.


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "NOTIMP", "FORMERR"])
@pytest.mark.parametrize("is_curt", [False, True])
def test_a_complaint_leads_to_the_next_server_at_once(
    asker: MakeAsker, rcode: str, is_curt: bool
) -> None:
    with Upstream(otherwise=complains(rcode, is_curt=is_curt)) as up, Upstream() as other:
        school = asker(up.plain, other.plain)
        assert addresses(school.ask("www.bbc.co.uk")) == ["192.0.2.1"]
        assert up.asked
        assert school.exchange.standing()[0].problem == "it refuses what others answer"


def test_a_complaint_of_all_is_handed_over(asker: MakeAsker) -> None:
    first, second = complains("REFUSED"), complains("SERVFAIL", is_curt=True)
    with Upstream(otherwise=first) as up, Upstream(otherwise=second) as other:
        school = asker(up.plain, other.plain)
        reply = school.ask("www.bbc.co.uk")
        assert reply.header.rcode == RCODE.SERVFAIL
        assert str(reply.q.qname) == "www.bbc.co.uk."
        assert [one.failures for one in school.exchange.standing()] == [0, 0]


def test_a_complaint_is_handed_over_in_time_though_the_other_server_is_silent(
    asker: MakeAsker,
) -> None:
    with Upstream(otherwise=complains("SERVFAIL")) as up, Upstream(otherwise=silence) as other:
        school = asker(up.plain, other.plain)
        assert school.ask("www.bbc.co.uk").header.rcode == RCODE.SERVFAIL
        assert school.seconds < 1.0


def test_nxdomain_is_an_answer(asker: MakeAsker) -> None:
    with Upstream(otherwise=complains("NXDOMAIN")) as up, Upstream() as other:
        school = asker(up.plain, other.plain)
        assert school.ask("www.bbc.co.uk").header.rcode == RCODE.NXDOMAIN
        assert not other.asked


def test_a_server_that_refuses_what_others_answer_is_not_asked_first_for_long(
    asker: MakeAsker,
) -> None:
    with Upstream(otherwise=complains("REFUSED")) as up, Upstream() as other:
        school = asker(up.plain, other.plain)
        for number in range(10):
            assert school.ask(f"{number}.example").rr
        assert len(up.asked) == 3
        assert [one.is_healthy for one in school.exchange.standing()] == [False, True]


@pytest.mark.parametrize("rcode", ["FORMERR", "NOTIMP"])
def test_a_server_without_edns_is_asked_without_and_that_is_remembered(
    asker: MakeAsker, rcode: str
) -> None:
    with Upstream(otherwise=without_edns(rcode=rcode)) as up:
        school = asker(up.plain)
        assert school.ask("a.example").rr
        assert school.ask("b.example").rr
        assert [asked.has_edns for asked in up.asked] == [True, False, False]


def test_a_server_that_dislikes_one_question_keeps_its_edns(asker: MakeAsker) -> None:
    with Upstream({"odd.example": complains("FORMERR")}) as up:
        school = asker(up.plain)
        assert school.ask("odd.example").header.rcode == RCODE.FORMERR
        assert school.ask("b.example").rr
        assert [asked.has_edns for asked in up.asked] == [True, False, True]


# Servers that are slow, silent or gone.


def test_a_lost_datagram_is_sent_again(asker: MakeAsker) -> None:
    with Upstream({"www.bbc.co.uk": by_turns(silence, REAL)}) as up:
        school = asker(up.plain)
        assert addresses(school.ask("www.bbc.co.uk")) == ["192.0.2.7"]
        assert school.seconds < 1.0
        assert up.asked[0].message[:2] != up.asked[1].message[:2]


def test_a_server_where_nobody_listens_costs_no_time(asker: MakeAsker) -> None:
    with Upstream() as up, Upstream() as other:
        up.kill()
        school = asker(up.plain, other.plain)
        assert school.ask("www.bbc.co.uk").rr
        assert "nothing listens" in school.exchange.standing()[0].problem


def test_two_silent_servers_cost_less_than_a_second(asker: MakeAsker) -> None:
    with upstreams(2, otherwise=silence) as (first, second), Upstream() as third:
        school = asker(first.plain, second.plain, third.plain)
        assert school.ask("www.bbc.co.uk").rr
        assert school.seconds < 1.0


def test_silent_servers_are_left_alone_after_a_few_questions(asker: MakeAsker) -> None:
    with Upstream(otherwise=silence) as up, Upstream() as other:
        school = asker(up.plain, other.plain)  # never heard of, so it counts as fast
        assert all(school.ask_all(f"{number}.example" for number in range(5)))
        assert not school.exchange.standing()[0].is_healthy
        assert not school.exchange.is_dead
        before = len(up.asked)
        for number in range(5):
            school.ask(f"later-{number}.example")
        assert len(up.asked) == before


def test_one_slow_name_is_not_held_against_a_server_that_answers_others(
    asker: MakeAsker,
) -> None:
    names = {f"slow-{number}.example": late(0.6) for number in range(5)}
    with Upstream(names) as up:
        school = asker(up.plain)
        slow = [school.start(name) for name in names]
        while not all(slow):
            assert school.ask("quick.example").rr
            school.run_until(lambda: True)
        (standing,) = school.exchange.standing()
        assert standing.is_healthy and standing.failures == 0


def test_the_first_reply_wins_and_the_late_one_is_ignored(asker: MakeAsker) -> None:
    with Upstream(otherwise=late(0.4, FORGED)) as up, Upstream(otherwise=REAL) as other:
        school = asker(up.plain, other.plain)
        assert addresses(school.ask("www.bbc.co.uk")) == ["192.0.2.7"]
        school.run_until(lambda: school.exchange.standing()[0].wrong == 1)
        assert [len(replies) for replies in school.replies] == [1]


def test_a_patient_client_gets_the_answer_to_a_slow_name(asker: MakeAsker) -> None:
    with Upstream(otherwise=late(1.2)) as up:
        assert asker(up.plain).ask("www.bbc.co.uk").rr


def test_a_much_faster_server_is_preferred(asker: MakeAsker) -> None:
    with Upstream(otherwise=late(0.09)) as up, Upstream() as other:
        school = asker(up.plain, other.plain)
        for number in range(12):
            school.ask(f"{number}.example")
        assert up.asked
        assert len(other.asked) > len(up.asked)


def test_of_two_alike_the_first_configured_is_asked() -> None:
    first, second = (Health(Server.parse("127.0.0.1"), rank) for rank in range(2))
    first.measure(0.009)
    second.measure(0.001)
    assert first.order < second.order
    first.measure(0.9)
    assert second.order < first.order
    for _ in range(3):
        second.fail("no answer in time")
    assert first.order < second.order


def test_when_nobody_answers_there_is_an_end(asker: MakeAsker) -> None:
    with upstreams(2, otherwise=silence) as (first, second):
        school = asker(first.plain, second.plain, patience_seconds=0.8)
        assert school.ask("www.bbc.co.uk") is None
        assert 0.7 < school.seconds < 1.5


def test_when_all_are_dead_it_says_so_and_a_live_question_finds_them_alive(
    asker: MakeAsker,
) -> None:
    with upstreams(2) as (first, second):
        first.kill()
        second.kill()
        school = asker(first.plain, second.plain)
        assert school.ask("a.example") is None
        assert school.exchange.is_dead
        assert school.ask("b.example") is None
        assert school.seconds < 1.0  # nobody waits for what can't come
        second.revive()
        assert school.ask("c.example").rr
        assert not school.exchange.is_dead


def test_a_dead_server_is_tried_again_in_the_background(asker: MakeAsker) -> None:
    with Upstream() as up, Upstream(otherwise=late(0.05)) as other:
        school = asker(up.plain, other.plain)
        school.ask("known.example")
        up.kill()
        for number in range(4):
            school.ask(f"{number}.example")
        assert not school.exchange.standing()[0].is_healthy
        up.revive()
        school.run_until(lambda: school.exchange.standing()[0].is_healthy, 10)
        assert up.asked[-1].name == "3.example"  # a question that had a good answer
        assert school.exchange.standing()[0].problem == ""
        school.ask("again.example")
        assert up.asked[-1].name == "again.example"


# Bounds and ends.


def test_more_than_a_school_can_ask_at_once_is_turned_away_soon(asker: MakeAsker) -> None:
    with Upstream(otherwise=silence) as up:
        school = asker(up.plain)
        begun = [school.start(f"{number}.example") for number in range(4106)]
        school.run_until(lambda: all(begun[4096:]), 2)
        assert [replies for replies in begun if replies] == [[None]] * 10
        assert school.exchange.turned_away == 10


def test_closing_tells_whoever_waits(asker: MakeAsker) -> None:
    with Upstream(otherwise=silence) as up:
        school = asker(up.plain)
        waiting = [school.start(f"{number}.example") for number in range(5)]
        school.run_until(lambda: len(up.asked) == 5)
        school.loop.run_until_complete(school.exchange.close())
        assert waiting == [[None]] * 5
        assert school.ask("late.example") is None


def test_without_any_server_nobody_answers(asker: MakeAsker) -> None:
    assert asker().ask("www.bbc.co.uk") is None


def test_an_answer_may_lead_to_the_next_question_at_once(asker: MakeAsker) -> None:
    with Upstream(otherwise=echo) as up:
        school = asker(up.plain)
        seen: list[bytes | None] = []

        def done(message: bytes | None) -> None:
            seen.append(message)
            if len(seen) < 1000:
                school.exchange.ask(
                    key_of("a.example"), dnssec_ok=False, checking_disabled=False, done=done
                )

        done(None)
        school.run_until(lambda: len(seen) == 1000)
        assert None not in seen[1:]


GOOD = st.sampled_from([WELL, late(0.02), truncated(), forged(3), forged(20), in_pieces(1, 5)])
BAD = st.sampled_from(
    [
        silence,
        late(0.7),
        complains("SERVFAIL"),
        complains("REFUSED", is_curt=True),
        without_edns(silence),
        altered(wrong_id),
        altered(wrong_question),
        altered(cut_short),
        truncated(silence),
        truncated(broken_off(7)),
        truncated(says(b"\0\0", is_framed=False)),
        truncated(says(b"x" * 40)),
        says(b"\xff" * 600),
    ]
)


@settings(max_examples=5)
@given(behaviours=st.lists(st.tuples(GOOD | BAD, GOOD | BAD), min_size=10, max_size=40))
def test_whatever_servers_do_every_question_has_one_end(
    behaviours: list[tuple[Behaviour, Behaviour]],
) -> None:
    names = [f"{number}.example" for number in range(len(behaviours))]
    zones = [dict(zip(names, column, strict=True)) for column in zip(*behaviours, strict=True)]
    with Upstream(zones[0]) as first, Upstream(zones[1]) as second:
        school = Asker((first.plain, second.plain), patience_seconds=1.5)
        try:
            replies = school.ask_all(names)
        finally:
            school.close()
    for name, reply in zip(names, replies, strict=True):
        assert reply is None or reply[12:].startswith(key_of(name))
