"""The policy in force, read and changed by several people at once: nothing is lost, nothing half
done."""

from __future__ import annotations

import dataclasses
import ipaddress
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from appliance.errors import DecisionError, PolicyError, PublishError, SnapshotError
from appliance.lists import catalogue
from appliance.live import Live
from appliance.policy import export, ready
from appliance.policy.addresses import devices_of
from appliance.policy.decide import Policy, decide
from appliance.policy.decisions import grants, roll
from appliance.policy.decisions.grants import Wish
from appliance.policy.decisions.roll import Entry
from appliance.policy.model import Device, School, Scope, Target, Who
from appliance.policy.snapshot import SNAPSHOTS, Reader, Snapshot, current, read_addresses
from appliance.publish import NAME_FILES, publish
from appliance.store.database import FILE, Record
from appliance.store.policies import note_in_force
from tests.console import CHECKOUT

NOW = 1795515300  # 2026-11-24 10:15 in London, in Lesson 1
PUPILS = Who("pupils")
KNOWN = catalogue.read()
BUSY = """
import sys
from pathlib import Path
from appliance.live import Live
from tests.test_live import NOW, opened
live, name = Live(Path(sys.argv[1])), sys.argv[2]
for number in range(4):
    live.change(lambda policy: opened(policy, f"{name}-{number}"), NOW)
"""


def opened(policy: Policy, name: str, target: str = "service:tiktok") -> School:
    wish = Wish(
        (Target.parse(target),),
        (Scope.parse("group:pupils"),),
        NOW,
        NOW + 900,
        "Lesson 1",
        ("Mrs Hill",),
        id=name,
    )
    return grants.grant(policy, wish, NOW)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a school at which Mersey Vale's policy is in force."""
    folder = tmp_path_factory.mktemp("published")
    Live(folder).publish_first(ready.read("mersey-vale", KNOWN), NOW - 3600)
    return folder


@pytest.fixture
def live(published: Path, tmp_path: Path) -> Live:
    """A school of its own for each test."""
    return Live(Path(shutil.copytree(published, tmp_path / "data", symlinks=True)))


def ids(live: Live) -> set[str]:
    return {grant.id for grant in live.policy().school.grants}


def answer(live: Live, name: str, at: int = NOW) -> bool:
    """What a resolver would answer that looks at the folder now."""
    return Snapshot(current(live.folder / SNAPSHOTS)).verdict(PUPILS, name, at).allowed


def test_before_a_first_policy_there_is_none(tmp_path: Path) -> None:
    live = Live(tmp_path)
    assert not live.is_published()
    with pytest.raises(SnapshotError, match="no policy has been published"):
        live.policy()
    live.publish_first(ready.read("mersey-vale", KNOWN), NOW)
    assert live.is_published() and live.policy().school.name == "Mersey Vale Primary School"


def test_a_policy_is_read_once_until_another_one_is_in_force(live: Live) -> None:
    policy, version = live.policy(), live.version
    assert live.policy() is policy
    elsewhere = Live(live.folder)
    elsewhere.change(lambda one: opened(one, "o-1"), NOW)
    assert live.policy() is not policy and live.version != version
    assert ids(live) == {"o-1"} and live.version == elsewhere.version
    assert live.policy().catalogue is policy.catalogue


def test_what_a_teacher_opens_is_open_at_once_and_closed_at_the_bell(live: Live) -> None:
    assert not answer(live, "www.tiktok.com")
    changed = live.change(lambda policy: opened(policy, "o-1"), NOW)
    assert answer(live, "www.tiktok.com") and not answer(live, "www.tiktok.com", NOW + 900)
    (grant,) = grants.added(changed.before, changed.after)
    assert grant.id == "o-1" and changed.policy_version == live.version
    assert live.policy().school == changed.after


def test_a_file_of_the_school_s_own_catalogue_counts_from_the_next_look_on(live: Live) -> None:
    own = live.folder / "blocklists" / "services"
    own.mkdir(parents=True)
    assert "hope-chat" not in live.policy().catalogue.services
    (own / "hope-chat.toml").write_text(
        'name = "Hope Chat"\ncategories = ["messaging"]\nabout = "Chat."\n'
        'domains = ["hopechat.example"]\nchecked = ["https://hopechat.example"]\n'
    )
    assert live.policy().catalogue.services["hope-chat"].title == "Hope Chat"
    live.change(lambda policy: opened(policy, "o-1", "service:hope-chat"), NOW)
    assert answer(live, "www.hopechat.example")


def test_what_may_not_be_changes_nothing(live: Live) -> None:
    version, snapshot = live.version, current(live.folder / SNAPSHOTS)

    def unknown_group(policy: Policy) -> School:
        rule = dataclasses.replace(policy.school.rules[0], groups=("parents",))
        return dataclasses.replace(policy.school, rules=(rule,))

    with pytest.raises(DecisionError, match="no service “tok”"):
        live.change(lambda policy: opened(policy, "o-1", "service:tok"), NOW)
    with pytest.raises(PolicyError, match='no group "parents"'):
        live.change(unknown_group, NOW)
    with pytest.raises(ZeroDivisionError):
        live.change(lambda policy: 1 // 0, NOW)  # type: ignore[arg-type, return-value]
    assert (live.version, current(live.folder / SNAPSHOTS)) == (version, snapshot)
    live.change(lambda policy: opened(policy, "o-1"), NOW)  # and the lock is free again
    assert ids(live) == {"o-1"}


def test_a_disk_that_takes_nothing_changes_nothing(live: Live) -> None:
    version = live.version
    (live.folder / "publish.lock").unlink()
    (live.folder / "publish.lock").mkdir()
    with pytest.raises(PublishError, match="nothing was published"):
        live.change(lambda policy: opened(policy, "o-1"), NOW)
    assert live.version == version and ids(live) == set()


def test_threads_that_change_at_once_lose_nothing(live: Live) -> None:
    def work(name: str) -> None:
        live.change(lambda policy: opened(policy, name), NOW)
        assert name in ids(live)

    threads = [threading.Thread(target=work, args=(f"t-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids(live) == ids(Live(live.folder)) == {f"t-{n}" for n in range(6)}


def test_processes_that_change_at_once_lose_nothing(live: Live) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", BUSY, str(live.folder), name], cwd=CHECKOUT)
        for name in ("office", "desk")
    ]
    assert [process.wait() for process in running] == [0, 0]
    assert ids(live) == {f"{name}-{n}" for name in ("office", "desk") for n in range(4)}
    assert answer(live, "www.tiktok.com")


def test_a_moment_that_is_past_has_the_policy_of_that_time(live: Live) -> None:
    before = export.write(live.policy().school).encode()
    changed = live.change(lambda policy: opened(policy, "o-1"), NOW)
    with Record.open(live.folder / FILE) as record:
        note_in_force(record, (NOW - 3600) * 1000, "v1", before, b"{}")
        document = export.write(changed.after).encode()
        note_in_force(record, NOW * 1000, "v2", document, b"{}")
    then = live.at(NOW - 60, NOW + 60)
    assert then.school == changed.before and live.at(NOW - 60, NOW + 60) is then
    assert live.at(NOW, NOW + 60).school == changed.after
    assert live.at(NOW + 9_000, NOW + 60) is live.policy()
    assert live.at(NOW - 9_000, NOW) is live.policy()  # the record does not reach back so far
    assert not decide(then, PUPILS, then.facts("tiktok.com"), NOW).allowed


def test_the_lists_that_a_name_stands_on_are_those_in_force(live: Live) -> None:
    assert live.lists_of("bets.example") == frozenset()
    bets = live.folder / "bets.txt"
    bets.write_text("bets.example\n")
    one = dataclasses.replace(live.policy().lists["hagezi-gambling"], source="", file=str(bets))
    live.change(lambda policy: dataclasses.replace(policy.school, lists=(one,)), NOW)
    assert live.lists_of("www.bets.example") == {"hagezi-gambling"}
    bets.write_text("bets.example\ndice.example\n")
    live.change(lambda policy: opened(policy, "o-1"), NOW)
    assert live.lists_of("dice.example") == {"hagezi-gambling"}


def test_a_device_that_moves_is_known_in_its_new_place(live: Live) -> None:
    ipad = Device("ipad-07", "pupils", (ipaddress.ip_address("10.20.3.8"),))
    live.change(lambda policy: roll.add(policy, Entry(ipad)), NOW)
    live.change(lambda policy: roll.move(policy, ["ipad-07"], "staff"), NOW)
    place = read_addresses(live.folder).place(ipad.addresses[0])
    assert place == devices_of(live.policy().school)["ipad-07"] == Who("staff", "ipad-07")


def test_devices_that_nobody_touched_are_still_there_and_still_known(live: Live) -> None:
    ipad = Device("ipad-07", "pupils", (ipaddress.ip_address("10.20.3.8"),))
    live.change(lambda policy: roll.add(policy, Entry(ipad, ("class-7b",))), NOW)

    def with_channel(policy: Policy, name: str) -> School:
        channel = dataclasses.replace(policy.school.official_channels[0], devices=(name,))
        return dataclasses.replace(policy.school, official_channels=(channel,))

    changed = live.change(lambda policy: with_channel(policy, "ipad-07"), NOW)
    assert Live(live.folder).policy().school == changed.after
    with pytest.raises(PolicyError, match='no device "ipad-08"'):
        live.change(lambda policy: with_channel(policy, "ipad-08"), NOW)


def test_files_that_would_be_the_same_serve_again_unless_they_were_spoilt(live: Live) -> None:
    def inodes() -> list[int]:
        place = current(live.folder / SNAPSHOTS)
        return [(place / name).stat().st_ino for name in NAME_FILES]

    before = inodes()
    live.change(lambda policy: opened(policy, "o-1"), NOW)
    assert inodes() == before
    (current(live.folder / SNAPSHOTS) / NAME_FILES[0]).write_bytes(b"spoilt")
    live.change(lambda policy: opened(policy, "o-2"), NOW)
    assert inodes()[0] != before[0] and answer(live, "www.tiktok.com")
    live.change(lambda policy: opened(policy, "o-3", "domain:dares.example"), NOW)
    assert inodes() != before


def test_a_change_is_made_and_taken_up_within_a_blink(live: Live) -> None:
    """Told, not judged: the machine may be busy."""
    reader = Reader(live.folder / SNAPSHOTS)
    for number in range(3):
        began = time.perf_counter()
        live.change(lambda policy, n=number: opened(policy, f"o-{n}"), NOW)  # type: ignore[misc]
        changed = time.perf_counter()
        assert reader.refresh()
        took, taken_up = changed - began, time.perf_counter() - changed
        print(f"changed in {took * 1000:.0f} ms, taken up in {taken_up * 1000:.0f} ms")


def test_a_policy_of_the_command_line_is_changed_like_any_other(live: Live) -> None:
    school = dataclasses.replace(live.policy().school, name="Hope Street")
    publish(Policy(school, live.policy().catalogue), live.folder, NOW)
    live.change(lambda policy: opened(policy, "o-1"), NOW)
    assert (live.policy().school.name, ids(live)) == ("Hope Street", {"o-1"})
