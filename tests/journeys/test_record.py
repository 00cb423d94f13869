"""The record: each question once, with who asked, what was said, and by whose word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from dnslib import QTYPE

from appliance.dns.wire import dotted, labels_of
from appliance.event import Event, Flag, Means
from appliance.policy.model import Action
from appliance.policy.verdict import DecidedBy
from tests.behaviours import answer
from tests.journeys.asking import query
from tests.journeys.cast import DAN
from tests.journeys.running import Box, Device, eventually, running
from tests.upstream import Upstream

LAST = labels_of("last.example")
WORLD = {
    "alias.example": answer(
        "alias.example. 300 CNAME www.tiktok.com.", "www.tiktok.com. 300 A 192.0.2.66"
    ),
    "rebind.example": answer("rebind.example. 300 A 192.168.1.1"),
}


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """Two resolvers: each writes down what it was asked."""
    folder = tmp_path_factory.mktemp("record")
    with Upstream(WORLD) as up, running(folder, upstreams=[up.plain], workers=2) as box:
        yield box


def recorded(box: Box, *devices: Device, count: int) -> list[Event]:
    """All events of these devices, once there are so many. A last question of each, noted behind
    all others by whichever resolver it meets, shows that there are no more to come."""
    addresses = {device.address for device in devices}

    def found() -> list[Event]:
        events = [one for one in box.events() if str(one.asker.address) in addresses]
        return [one for one in events if one.name != LAST]

    eventually(lambda: len(found()) >= count)
    before = len(box.events())
    for _ in range(12):
        devices[0].ask(dotted(LAST))
    eventually(lambda: len(box.events()) >= before + 12)
    assert len(found()) == count
    return found()


def test_a_refusal_is_recorded_with_all_that_a_decision_needs(box: Box) -> None:
    dan = box.device(DAN)
    dan.ask("WWW.TikTok.com", "AAAA")
    (event,) = recorded(box, dan, count=1)
    assert dotted(event.name) == "www.tiktok.com"
    assert QTYPE[event.qtype] == "AAAA"
    assert str(event.asker.address) == DAN
    assert (event.asker.who.group, event.asker.means) == ("pupils", Means.NETWORK)
    assert (event.state.period, event.state.clock_trusted) == ("Lesson 1", True)
    verdict = event.verdict
    assert (verdict.action, verdict.decided_by) == (Action.BLOCK, DecidedBy.RULE)
    assert (verdict.rule, verdict.clause, verdict.service) == ("all-social-media", "7.1", "tiktok")
    assert 0 <= box.now() - event.at_ms / 1000 < 60


def test_how_an_answer_came_about_is_recorded(box: Box) -> None:
    device = box.device("127.20.2.4")
    for name in ("www.bbc.example", "www.google.com", "alias.example", "rebind.example"):
        for _ in range(2):
            device.ask(name)
    found = {dotted(event.name): event for event in recorded(box, device, count=8)}
    news = found["www.bbc.example"]
    assert (news.verdict.action, news.verdict.decided_by, news.flags) == (
        Action.ALLOW,
        DecidedBy.DEFAULT,
        Flag(0),
    )
    assert found["www.google.com"].flags == Flag.SAFE
    led_on = found["alias.example"]
    assert (led_on.flags, led_on.verdict.action) == (Flag.LED_ON, Action.BLOCK)
    assert led_on.verdict.service == "tiktok"
    assert found["rebind.example"].flags == Flag.FAILED


def test_every_question_is_recorded_once_however_it_came(box: Box) -> None:
    """By datagram and stream, the first time and from what lies ready, refused and allowed."""
    wanted: Counter[tuple[str, str, str, str]] = Counter()
    devices = {
        "pupils": box.device("127.20.3.4"),
        "sixth-form": box.device("127.21.3.4"),
        "staff": box.device("127.10.3.4"),
    }
    for group, device in devices.items():
        for name, action in (("www.tiktok.com", "block"), ("www.bbc.example", "allow")):
            for kind in ("A", "AAAA", "HTTPS"):
                for _ in range(7):
                    device.ask(name, kind)
                device.send_by_tcp([query(name, kind) for _ in range(5)])
                wanted[group, name, kind, action] += 12
    found = Counter(
        (
            event.asker.who.group,
            dotted(event.name),
            str(QTYPE[event.qtype]),
            str(event.verdict.action),
        )
        for event in recorded(box, *devices.values(), count=wanted.total())
    )
    assert found == wanted


def test_a_flood_in_batches_is_recorded_whole(box: Box) -> None:
    names = [f"flood{i % 50}.tiktok.com" for i in range(400)]
    device = box.device("127.20.4.4")
    replies = device.send_all([query(name) for name in names])
    assert len(replies) == 400
    found = Counter(dotted(event.name) for event in recorded(box, device, count=400))
    assert found == Counter(names)


def test_what_was_no_question_leaves_no_record(box: Box) -> None:
    device = box.device("127.20.5.4")
    device.send(b"\0" * 12)
    device.send(query("www.bbc.example")[:20])
    device.ask("www.bbc.example", opcode=5)
    device.ask("www.bbc.example")
    (event,) = recorded(box, device, count=1)
    assert dotted(event.name) == "www.bbc.example"


def test_what_is_in_the_record_outlives_a_resolver_that_is_killed(box: Box) -> None:
    device, workers = box.device("127.20.6.4"), box.workers()
    device.ask("www.tiktok.com")
    recorded(box, device, count=1)
    for pid in workers:
        box.kill(pid)
    eventually(lambda: len(set(box.workers()) - set(workers)) == 2)
    device.ask("www.reddit.com", seconds=30)
    names = [dotted(event.name) for event in recorded(box, device, count=2)]
    assert sorted(names) == ["www.reddit.com", "www.tiktok.com"]


def test_what_was_asked_just_before_the_end_is_recorded(tmp_path: Path) -> None:
    with Upstream() as up, running(tmp_path, upstreams=[up.plain]) as box:
        box.device(DAN).ask("www.tiktok.com")
        box.end()
        assert [dotted(event.name) for event in box.events()] == ["www.tiktok.com"]
