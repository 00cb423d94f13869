"""The bell: what is said before it, what is said after it, and that nothing outlives it.

Each box here is started a few seconds before a bell and watched across it by all its people; the
tests then ask what they heard.
"""

from __future__ import annotations

import contextlib
import datetime
import time
import zoneinfo
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.behaviours import answer, late
from tests.journeys.asking import Reply, subnet
from tests.journeys.cast import DAN, MS_CLARK, OFFICE, POLICY, SERVER, TUESDAY, override
from tests.journeys.running import Box, Device, running
from tests.upstream import Upstream

SLOW_SECONDS = 0.6
WORLD = {
    "www.tiktok.com": answer("www.tiktok.com. 3600 A 192.0.2.60"),
    "www.reddit.com": late(SLOW_SECONDS, answer("www.reddit.com. 3600 A 192.0.2.61")),
}
APPLIANCE = f'[dns]\nforwarders = ["{SERVER}/32"]\n'
WAYS = ("datagram", "stream", "same stream", "forwarder")
OUTSIDE = ["192.0.2.60"]
NOWHERE = ["0.0.0.0"]
LEADS = (3, 8, 20)  # seconds before the bell; the later ones where a machine was slow to start
LEAST_SECONDS = 0.5  # watched, before the bell
AFTER_SECONDS = 1.5  # watched, behind the bell
OFTEN_SECONDS = 0.02
ROUNDING_SECONDS = 0.002  # of the clock that a box tells
ONE_OFF = MS_CLARK.removesuffix("4") + "7"  # a teacher whose answers end three seconds early


@dataclass(frozen=True)
class Heard:
    """A reply, and between which moments of the box it was given."""

    asked_at: float
    heard_at: float
    by: str
    way: str
    reply: Reply


@dataclass(frozen=True)
class Watch:
    """All that was heard around a bell."""

    bell: float
    heard: list[Heard]
    on_its_way: Reply  # to a question that travelled while it rang

    def before(self, by: str, way: str = "datagram") -> list[Heard]:
        found = self._by(by, way)
        return [one for one in found if one.heard_at < self.bell] or _nobody(found)

    def after(self, by: str, way: str = "datagram") -> list[Heard]:
        found = self._by(by, way)
        return [one for one in found if one.asked_at >= self.bell] or _nobody(found)

    def _by(self, by: str, way: str) -> list[Heard]:
        return [one for one in self.heard if (one.by, one.way) == (by, way)]


def _nobody(heard: list[Heard]) -> list[Heard]:
    raise AssertionError(f"nothing was heard on this side of the bell, of {len(heard)} replies")


def instant(bell: str) -> float:
    local = datetime.datetime.fromisoformat(f"{TUESDAY}T{bell}")
    return local.replace(tzinfo=zoneinfo.ZoneInfo("Europe/London")).timestamp()


def clock_before(bell: str, seconds: int) -> str:
    """What --clock is given to start so long before a bell."""
    local = datetime.datetime.fromisoformat(f"{TUESDAY}T{bell}")
    return (local - datetime.timedelta(seconds=seconds)).isoformat()


def watch(box: Box, rings: float) -> Watch:
    """Ask again and again until a while after the bell, in all ways."""
    heard = []
    with contextlib.ExitStack() as stack:
        asks = [
            (by, way, ask)
            for by in (DAN, MS_CLARK, ONE_OFF)
            for way, ask in zip(WAYS, ways_to_ask(box, by, stack), strict=True)
        ]
        travelling = stack.enter_context(ThreadPoolExecutor()).submit(
            ask_just_before, box.device(OFFICE), rings, box.now
        )
        while box.now() < rings + AFTER_SECONDS:
            for by, way, ask in asks:
                before = box.now()
                reply = ask("www.tiktok.com")
                heard.append(Heard(before, box.now(), by, way, reply))
            time.sleep(OFTEN_SECONDS)
        return Watch(rings, heard, travelling.result())


def ways_to_ask(box: Box, by: str, stack: contextlib.ExitStack) -> Iterator[Callable[[str], Reply]]:
    device = box.device(by)
    yield device.ask
    yield device.ask_by_tcp
    yield stack.enter_context(device.conversation()).ask
    yield partial(box.device(SERVER).ask, options=[subnet(by)])


def ask_just_before(device: Device, rings: float, now: Callable[[], float]) -> Reply:
    """A question that is on its way to an upstream while the bell rings."""
    time.sleep(max(rings - SLOW_SECONDS / 2 - now(), 0))
    return device.ask("www.reddit.com")


@pytest.fixture(scope="module")
def world() -> Iterator[Upstream]:
    with Upstream(WORLD) as up:
        yield up


@pytest.fixture(scope="module")
def bells(tmp_path_factory: pytest.TempPathFactory, world: Upstream) -> Iterator[dict[str, Watch]]:
    """Three bells of that Tuesday, all waited for at once."""
    policy = POLICY + override("a-lesson", "service:tiktok", "group:pupils", end="10:00:00")
    rung = ("10:00", "10:30", "10:45")

    def across(bell: str) -> Watch:
        for lead in LEADS:
            folder = tmp_path_factory.mktemp(bell.replace(":", "-"))
            clock = clock_before(bell, lead)
            with running(
                folder, upstreams=[world.plain], clock=clock, policy=policy, appliance=APPLIANCE
            ) as box:
                if box.now() < instant(bell) - LEAST_SECONDS:
                    return watch(box, instant(bell))
        raise AssertionError(f"{bell} came before the box did")

    with ThreadPoolExecutor() as pool:
        yield dict(zip(rung, pool.map(across, rung), strict=True))


def test_staff_are_let_in_when_the_break_begins_and_not_before(bells: dict[str, Watch]) -> None:
    for way in WAYS:
        before, after = bells["10:30"].before(MS_CLARK, way), bells["10:30"].after(MS_CLARK, way)
        assert all(one.reply.addresses == NOWHERE for one in before)
        assert all(one.reply.addresses == OUTSIDE for one in after)


def test_staff_are_shut_out_when_the_break_ends_and_not_before(bells: dict[str, Watch]) -> None:
    for way in WAYS:
        before, after = bells["10:45"].before(MS_CLARK, way), bells["10:45"].after(MS_CLARK, way)
        assert all(one.reply.addresses == OUTSIDE for one in before)
        assert all(one.reply.addresses == NOWHERE for one in after)


def test_an_answer_that_comes_after_the_bell_is_judged_by_what_holds_then(
    bells: dict[str, Watch],
) -> None:
    assert bells["10:45"].on_its_way.addresses == NOWHERE  # it was asked in the break


def test_an_override_ends_by_itself(bells: dict[str, Watch]) -> None:
    before, after = bells["10:00"].before(DAN), bells["10:00"].after(DAN)
    assert all(one.reply.addresses == OUTSIDE for one in before)
    assert all(one.reply.addresses == NOWHERE for one in after)


def test_a_bell_that_is_not_theirs_changes_nothing_for_pupils(bells: dict[str, Watch]) -> None:
    for bell in ("10:30", "10:45"):
        assert all(one.reply.addresses == NOWHERE for one in bells[bell].before(DAN))
        assert all(one.reply.addresses == NOWHERE for one in bells[bell].after(DAN))


def test_no_device_keeps_an_answer_beyond_the_bell(bells: dict[str, Watch]) -> None:
    theirs = [("10:00", DAN), ("10:30", MS_CLARK), ("10:30", ONE_OFF), ("10:45", MS_CLARK)]
    for bell, by in [*theirs, ("10:45", ONE_OFF)]:
        for way in WAYS:
            for one in bells[bell].before(by, way):
                # from the asking on: a busy machine may hear late what was said in time
                assert one.asked_at + one.reply.ttl <= bells[bell].bell + ROUNDING_SECONDS, one


def test_devices_do_not_all_come_back_in_the_same_second(bells: dict[str, Watch]) -> None:
    first, other = bells["10:45"].before(MS_CLARK)[0], bells["10:45"].before(ONE_OFF)[0]
    assert other.reply.ttl <= max(first.reply.ttl - 3, 0)
    assert bells["10:45"].before(ONE_OFF)[-1].reply.addresses == OUTSIDE  # open to the end


def test_a_long_ttl_of_an_upstream_ends_with_the_break(tmp_path: Path, world: Upstream) -> None:
    with running(tmp_path, upstreams=[world.plain], clock=f"{TUESDAY}T10:44:30") as box:
        reply = box.device(OFFICE).ask("www.tiktok.com")
        assert reply.addresses == OUTSIDE
        assert 0 < reply.ttl <= 30
        assert box.device(OFFICE).ask("www.example.org").ttl == 300
        assert box.device(DAN).ask("www.tiktok.com").ttl == 20


def test_a_refusal_says_when_it_ends_and_ends_by_then(bells: dict[str, Watch]) -> None:
    for one in bells["10:30"].before(MS_CLARK):
        assert one.reply.why
        assert one.reply.why[1].endswith("until 10:30")
    assert all(one.reply.ttl == 20 for one in bells["10:30"].before(DAN))
