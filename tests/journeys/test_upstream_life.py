"""Upstreams come and go: the next is asked, old answers serve, each question is asked once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.behaviours import altered, answer, by_turns, complains, late, silence, wrong_id
from tests.journeys.asking import Reply
from tests.journeys.cast import DAN
from tests.journeys.conftest import School
from tests.journeys.running import Box, eventually, running
from tests.upstream import Upstream

REPEATED_SECONDS = 5.0  # a question may be sent again so long, in case it was lost
STALE, NOBODY = 3, 22  # RFC 8914
WORLD = {
    "short.example": answer("short.example. 1 A 192.0.2.5"),
    "alias.example": answer(
        "alias.example. 1 CNAME www.tiktok.com.", "www.tiktok.com. 1 A 192.0.2.6"
    ),
    "moved.example": by_turns(
        answer("moved.example. 1 CNAME www.tiktok.com.", "www.tiktok.com. 1 A 192.0.2.6"),
        answer("moved.example. 1 CNAME cdn.example.", "cdn.example. 1 A 192.0.2.8"),
    ),
    "assembly.example": late(0.5, answer("assembly.example. 300 A 192.0.2.7")),
}
FAULTY = {
    "silent.example": silence,
    "failing.example": complains("SERVFAIL"),
    "refusing.example": complains("REFUSED"),
    "forged.example": altered(wrong_id),
}


@pytest.fixture(scope="module")
def ups() -> Iterator[tuple[Upstream, Upstream]]:
    with Upstream(WORLD | FAULTY) as first, Upstream(WORLD) as second:
        yield first, second


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory, ups: tuple[Upstream, Upstream]) -> Iterator[Box]:
    """A box whose upstreams a test may kill, and revives; the first is the nearer one."""
    folder = tmp_path_factory.mktemp("upstreams")
    with running(folder, upstreams=[up.plain for up in ups]) as box:
        yield box


@pytest.mark.parametrize("name", FAULTY)
def test_when_the_first_is_no_use_the_next_answers_within_a_second(box: Box, name: str) -> None:
    begun = time.monotonic()
    assert box.device(DAN).ask(name).addresses == ["192.0.2.1"]
    assert time.monotonic() - begun < 1


def test_fifty_devices_that_ask_at_once_cost_one_question(
    box: Box, ups: tuple[Upstream, Upstream]
) -> None:
    devices = [box.device(f"127.20.1.{i}") for i in range(1, 51)]
    with ThreadPoolExecutor(50) as pool:
        replies = list(pool.map(lambda device: device.ask("assembly.example"), devices))
    assert {tuple(reply.addresses) for reply in replies} == {("192.0.2.7",)}
    # one flight asks by turns, and again in case something was lost
    assert sum(len(up.asked_for("assembly.example")) for up in ups) < 10


def test_when_the_first_is_dead_the_next_answers_within_a_second(
    box: Box, ups: tuple[Upstream, Upstream]
) -> None:
    first, second = ups
    first.kill()
    try:
        begun = time.monotonic()
        assert box.device(DAN).ask("two.example").addresses == ["192.0.2.1"]
        assert time.monotonic() - begun < 1
        assert second.asked_for("two.example")
    finally:
        first.revive()


def test_when_a_name_leads_elsewhere_today_it_is_open_today(box: Box) -> None:
    dan = box.device(DAN)
    assert dan.ask("moved.example").addresses == ["0.0.0.0"]
    eventually(lambda: dan.ask("moved.example").addresses == ["192.0.2.8"], seconds=5)


def test_when_all_are_dead_old_answers_serve_until_they_are_back(
    box: Box, ups: tuple[Upstream, Upstream]
) -> None:
    dan = box.device(DAN)
    assert dan.ask("short.example").addresses == ["192.0.2.5"]
    assert dan.ask("alias.example").addresses == ["0.0.0.0"]
    for up in ups:
        up.kill()

    def stale() -> Reply | None:
        reply = dan.ask("short.example")
        return reply if reply.why else None

    reply = eventually(stale)  # its second is soon over
    assert (reply.addresses, reply.why) == (["192.0.2.5"], (STALE, ""))
    assert 0 < reply.ttl <= 30
    assert dan.ask_by_tcp("short.example").addresses == ["192.0.2.5"]
    led_on = dan.ask("alias.example")
    assert led_on.addresses == ["0.0.0.0"]  # old or not, it leads where it may not
    refused = dan.ask("www.tiktok.com")
    assert refused.addresses == ["0.0.0.0"]  # to refuse needs nobody
    unknown = dan.ask("unknown.example")
    assert (unknown.rcode, unknown.why) == ("SERVFAIL", (NOBODY, ""))
    for up in ups:
        up.revive()

    def fresh() -> Reply | None:
        reply = dan.ask("short.example")
        return None if reply.why else reply

    assert eventually(fresh, seconds=20).addresses == ["192.0.2.5"]

    def known() -> bool:
        return dan.ask("unknown.example").addresses == ["192.0.2.1"]

    assert eventually(known, seconds=20)


def test_signatures_are_asked_for_only_by_who_wants_them(school: School) -> None:
    """And neither gets the other's answer from what is kept."""
    dan = school.box.device(DAN)
    for _ in range(2):
        assert dan.ask("signed.example").addresses
        assert dan.ask("signed.example", dnssec_ok=True).addresses
        assert dan.ask("signed.example", cd=True).addresses
    assert len(school.world.asked_for("signed.example")) == 3


def test_a_popular_name_is_fetched_anew_before_it_ends(school: School) -> None:
    """So nobody waits for it: see Popular, which has asked since the box began."""
    school.popular.wait()
    first, *others = [one.at for one in school.world.asked_for(school.popular.NAME)]
    later = [at - first for at in others if at - first > REPEATED_SECONDS]
    assert later
    assert school.popular.TTL * 0.8 < later[0] < school.popular.TTL
