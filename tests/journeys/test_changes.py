"""What changes while it runs: a policy, an override, a hosts file, a box whose clock is wrong."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from appliance.child import Child
from appliance.dns.upstream import PATIENCE_SECONDS
from appliance.endpoint import Endpoint
from appliance.running import clock_offset
from appliance.sockets import Service, open_listener
from tests.behaviours import WELL, Asked, Deed, answer
from tests.console import bellgate
from tests.journeys.cast import CLASSROOM, DAN, MS_CLARK, POLICY, override
from tests.journeys.running import ENVIRON, Box, Device, eventually, running
from tests.ports import free_port
from tests.upstream import Upstream

NAME, SLOW = "www.tiktok.com", "slow.tiktok.com"
OUTSIDE, NOWHERE = ["192.0.2.60"], ["0.0.0.0"]
DAY_SECONDS = 86_400
CLICK_SECONDS = 1.0  # from a policy in force to the answers that it gives


@pytest.fixture(scope="module")
def held() -> threading.Event:
    """When this is set, the upstream answers questions for the slow name."""
    return threading.Event()


@pytest.fixture(scope="module")
def world(held: threading.Event) -> Iterator[Upstream]:
    alias = answer(f"alias.example. 300 CNAME {NAME}.", f"{NAME}. 300 A 192.0.2.66")
    zone = {NAME: answer(f"{NAME}. 3600 A 192.0.2.60"), "alias.example": alias}

    def hold(asked: Asked) -> Sequence[Deed]:
        held.wait(PATIENCE_SECONDS)
        return WELL(asked)

    zone[SLOW] = hold
    with Upstream(zone) as up:
        yield up


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory, world: Upstream) -> Iterator[Box]:
    """One whose policy changes; each test publishes what it is about."""
    folder = tmp_path_factory.mktemp("changes")
    (folder / "hosts").write_text("10.20.0.9 printer\n")
    appliance = f'[dns]\nclient_rate = 100000\n[local]\nhosts = ["{folder}/hosts"]\n'
    with running(folder, upstreams=[world.plain], appliance=appliance, workers=2) as box:
        yield box


def hears(device: Device, addresses: list[str]) -> float:
    """From some moment on, the device hears this alone, by UDP and TCP, from all resolvers: each
    question comes from another port, and ports share the resolvers out. The seconds it took."""

    def all_agree() -> bool:
        found = [device.ask(NAME).addresses for _ in range(12)]
        return all(one == addresses for one in found)

    begun = time.monotonic()
    eventually(all_agree)
    assert device.ask_by_tcp(NAME).addresses == addresses
    return time.monotonic() - begun


def test_a_click_is_an_answer_within_a_second(box: Box) -> None:
    """The best of three: the machine may be busy with something else."""
    took = []
    for _ in range(3):
        box.publish(POLICY + override("a-lesson", "service:tiktok", "group:pupils"))
        took.append(hears(box.device(DAN), OUTSIDE))
        box.publish(POLICY)
        took.append(hears(box.device(DAN), NOWHERE))
        if min(took) < CLICK_SECONDS:
            return
    raise AssertionError(f"each click took longer: {took}")


def test_a_teacher_opens_a_site_for_a_class(box: Box) -> None:
    box.publish(POLICY)
    hears(box.device(DAN), NOWHERE)
    box.publish(POLICY + override("a-lesson", "service:tiktok", "group:pupils"))
    hears(box.device(DAN), OUTSIDE)
    hears(box.device(MS_CLARK), NOWHERE)  # it was for pupils
    box.publish(POLICY)
    hears(box.device(DAN), NOWHERE)  # what was kept of it is gone


def test_a_teacher_closes_a_site_that_was_open(box: Box) -> None:
    box.publish(POLICY)
    assert box.device(DAN).ask("www.bbc.example").addresses == ["192.0.2.1"]
    box.publish(POLICY + override("no-news", "domain:bbc.example", "group:pupils", "block"))
    pupil = box.device(DAN)
    eventually(lambda: pupil.ask("www.bbc.example").addresses == NOWHERE)
    assert box.device(MS_CLARK).ask("www.bbc.example").addresses == ["192.0.2.1"]


def test_what_is_opened_expressly_is_open_wherever_it_leads(box: Box) -> None:
    box.publish(POLICY)
    pupil = box.device(DAN)
    assert pupil.ask("alias.example").addresses == NOWHERE
    box.publish(POLICY + override("a-lesson", "domain:alias.example", "group:pupils"))
    eventually(lambda: pupil.ask("alias.example").addresses == ["192.0.2.66"])
    assert pupil.ask(NAME).addresses == NOWHERE
    assert box.device(MS_CLARK).ask("alias.example").addresses == NOWHERE


def test_an_answer_that_comes_after_a_click_is_judged_by_what_holds_then(
    box: Box, world: Upstream, held: threading.Event
) -> None:
    box.publish(POLICY + override("for-all", "social-media", "everyone"))
    pupil = box.device(DAN)
    hears(pupil, OUTSIDE)
    with ThreadPoolExecutor(1) as pool:
        travelling = pool.submit(pupil.ask, SLOW, seconds=20)
        eventually(lambda: world.asked_for(SLOW))
        box.publish(POLICY)
        hears(pupil, NOWHERE)
        held.set()
        assert travelling.result().addresses == NOWHERE


def test_a_connection_that_stays_open_hears_of_changes(box: Box) -> None:
    box.publish(POLICY)
    pupil = box.device(DAN)
    hears(pupil, NOWHERE)
    with pupil.conversation() as talk:
        assert talk.ask(NAME).addresses == NOWHERE
        box.publish(POLICY + override("a-lesson", "service:tiktok", "group:pupils"))
        hears(pupil, OUTSIDE)
        assert talk.ask(NAME).addresses == OUTSIDE


def test_a_device_that_moves_to_another_group_is_another_at_once(box: Box) -> None:
    box.publish(POLICY + override("for-staff", "service:tiktok", "group:staff"))
    hears(box.device(CLASSROOM), NOWHERE)
    placed = f'\n[devices.desk]\ngroup = "staff"\naddresses = ["{CLASSROOM}"]\n'
    box.publish(POLICY + override("for-staff", "service:tiktok", "group:staff") + placed)
    hears(box.device(CLASSROOM), OUTSIDE)
    hears(box.device(DAN), NOWHERE)


def test_a_policy_that_is_wrong_changes_nothing(box: Box) -> None:
    box.publish(POLICY)
    hears(box.device(DAN), NOWHERE)
    wrong = box.folder / "wrong.toml"
    wrong.write_text(POLICY + override("a-lesson", "service:tiktak", "group:pupils"))
    assert bellgate("publish", "--policy", wrong, "--dir", box.data).code == 2
    assert box.device(DAN).ask(NAME).addresses == NOWHERE


def test_a_printer_that_moves_is_found_by_its_name(box: Box) -> None:
    dan = box.device(DAN)
    assert dan.ask("printer").addresses == ["10.20.0.9"]
    (box.folder / "hosts").write_text("10.20.0.77 printer\n")
    eventually(lambda: dan.ask("printer").addresses == ["10.20.0.77"], seconds=10)


def test_no_question_is_lost_while_policies_change(box: Box) -> None:
    box.publish(POLICY)
    dan = box.device(DAN)
    hears(dan, NOWHERE)
    with ThreadPoolExecutor(1) as pool:
        click = pool.submit(
            box.publish, POLICY + override("a-lesson", "service:tiktok", "group:pupils")
        )
        heard = []
        while not click.done():
            heard.append(dan.ask(NAME).addresses)
    assert heard
    assert all(one in (NOWHERE, OUTSIDE) for one in heard)
    hears(dan, OUTSIDE)


@pytest.fixture
def resolver_of_long_ago(box: Box, tmp_path: Path) -> Iterator[Device]:
    """A resolver as systemd starts it on a box without a battery: nothing is published at its
    start, and its clock is a day behind the policy's."""
    box.publish(POLICY)
    endpoint = Endpoint.parse(f"127.0.0.1:{free_port()}")
    listeners = [open_listener(service, endpoint) for service in (Service.UDP, Service.TCP)]
    settings_file = box.data / "run" / "appliance.toml"
    words = ("--config", str(settings_file), "--dir", str(tmp_path))
    for name in ("snapshots", "addresses.json"):
        (tmp_path / name).symlink_to(box.data / name)
    offset = clock_offset(box.data) - DAY_SECONDS
    command = (sys.executable, "-m", "appliance.dns", *words, "--clock-offset", f"{offset:.0f}")
    child = Child.start(command, listeners, ENVIRON)
    for one in listeners:
        one.socket.close()
    yield Device(DAN, endpoint.port)
    child.signal(signal.SIGTERM)
    child.reap()


def test_a_clock_before_the_policy_was_made_is_not_believed(
    resolver_of_long_ago: Device, box: Box
) -> None:
    """Staff may have it in breaks, so with the time unknown they don't: the strictest holds."""
    staff = Device(MS_CLARK, resolver_of_long_ago.port)
    for device in (resolver_of_long_ago, staff):
        reply = device.ask(NAME, seconds=30)
        assert reply.addresses == NOWHERE
        assert reply.why
        assert "until" not in reply.why[1]
    assert staff.ask("www.bbc.example").addresses == ["192.0.2.1"]
