"""Snapshots: they agree with decide at every instant, and a broken one is never used."""

from __future__ import annotations

import datetime
import ipaddress
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import PublishError, SnapshotError
from appliance.policy.addresses import Addresses, devices_of
from appliance.policy.clock import DAY_SECONDS
from appliance.policy.decide import Policy, decide, holds_until
from appliance.policy.model import School, Who
from appliance.policy.snapshot import MANIFEST, TABLES, Reader, Snapshot, current, read_addresses
from appliance.publish import publish
from tests.invent import DAYS, GROUPS, NAMES, schools
from tests.school import CATALOGUE, Ask, school

LISTED = {  # what the invented schools' lists hold
    "adult": ["bad.example", "adult.example", "shared.example", "music.youtube.com"],
    "bypass": ["shared.example", "sub.adult.example", "proxy.example"],
}
LISTED_NAMES = (
    "adult.example",
    "x.adult.example",
    "x.sub.adult.example",
    "shared.example",
    "proxy.example",
    "notproxy.example",
    "example",
)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A box's data folder, with a copy of each list."""
    lists = tmp_path / "lists"
    lists.mkdir()
    for name, names in LISTED.items():
        (lists / f"{name}.txt").write_text("\n".join(names) + "\n")
    return tmp_path


def lists_of(name: str) -> frozenset[str]:
    """The lists that hold a name or a domain above it, told in another way than the product's."""
    return frozenset(
        one
        for one, names in LISTED.items()
        if any(name == listed or name.endswith("." + listed) for listed in names)
    )


def snapshot_of(policy: Policy, box: Path, now: int) -> Snapshot:
    published = publish(policy, box, now)
    return Snapshot(box / "snapshots" / published.version)


@given(invented=schools(), day=st.sampled_from(DAYS), hour=st.integers(0, 23), data=st.data())
def test_snapshot_and_decide_agree_at_every_instant_around_every_bell(
    box: Path, invented: School, day: datetime.date, hour: int, data: st.DataObject
) -> None:
    policy = Policy(invented, CATALOGUE)
    now = policy.clock.bell(day, hour * 60)
    snapshot = snapshot_of(policy, box, now)
    in_use = frozenset(invented.lists_in_use())
    askers = [*map(Who, GROUPS), *devices_of(invented).values()]
    names = data.draw(st.lists(st.sampled_from([*NAMES, *LISTED_NAMES]), min_size=3, max_size=5))
    bells = set(policy.schedule.bells(now, now + 2 * DAY_SECONDS))
    bells |= {
        edge
        for opinion in policy.opinions
        for edge in (opinion.when.start, opinion.when.end)
        if edge is not None and now < edge < now + 3 * DAY_SECONDS
    }
    instants = sorted({at for bell in bells for at in (bell - 1, bell, bell + 1)} | {now})
    for name in names:
        facts = policy.facts(name, lists_of(name) & in_use)
        for who in askers:
            for at in instants:
                if at >= now:
                    assert snapshot.verdict(who, name, at) == decide(policy, who, facts, at)
            at = data.draw(st.sampled_from([at for at in instants if at >= now]))
            until = holds_until(policy, who, facts, at)
            if until is None or until <= snapshot.last:
                assert snapshot.until(who, name, at) == until
    for at in instants:
        if at >= now:
            assert snapshot.period(at) == policy.schedule.moment(at).period


def test_one_persons_word_opens_no_vpn_on_a_pupils_device(
    tmp_path: Path,
) -> None:
    for_device = (
        '[[override]]\nid = "o"\naction = "allow"\ntarget = ["service:nordvpn", "everything"]\n'
        'for = ["device:dans-tablet", "device:ms-clarks-laptop"]\nfrom = 2026-11-24T00:00:00\n'
        'until = 2026-11-25T00:00:00\nreason = "r"\napproved_by = ["head"]'
    )
    ask = Ask(for_device)
    now = ask.instant("09:00")
    snapshot = snapshot_of(ask.policy, tmp_path, now)
    for device, allowed in (("dans-tablet", False), ("ms-clarks-laptop", True)):
        who = devices_of(ask.policy.school)[device]
        verdict = snapshot.verdict(who, "nordvpn.com", now)
        assert verdict == decide(ask.policy, who, ask.policy.facts("nordvpn.com"), now)
        assert verdict.allowed is allowed


@given(schools(), st.ip_addresses() | st.sampled_from(["10.0.0.9", "10.9.0.2", "10.1.255.1"]))
def test_addresses_say_the_same_after_they_were_written(
    invented: School, asked: ipaddress.IPv4Address | ipaddress.IPv6Address | str
) -> None:
    address = ipaddress.ip_address(str(asked))
    addresses = Addresses.of(invented)
    written = Addresses.load(addresses.dump())
    assert written.place(address) == addresses.place(address)
    assert written.by_mac == addresses.by_mac
    assert written.by_client_id == addresses.by_client_id


def test_a_device_is_placed_by_its_address_then_its_network_then_by_default(tmp_path: Path) -> None:
    ask = Ask()
    publish(ask.policy, tmp_path, ask.instant("09:00"))
    addresses = read_addresses(tmp_path)

    def who(address: str) -> Who:
        return addresses.place(ipaddress.ip_address(address))

    assert who("10.20.3.7") == Who("pupils", "dans-tablet", frozenset({"class-7b"}))
    assert who("10.20.9.9") == who("fd00:20::9") == Who("pupils")
    assert who("192.0.2.1") == Who("guests")


def test_a_reader_takes_up_a_new_policy_between_two_questions(tmp_path: Path) -> None:
    ask = Ask()
    now = ask.instant("09:00")
    publish(ask.policy, tmp_path, now)
    reader = Reader(tmp_path / "snapshots")
    before = reader.snapshot
    assert not reader.refresh()
    assert not before.verdict(Who("pupils"), "tiktok.com", now).allowed
    publish(Ask(rules="").policy, tmp_path, now)
    assert reader.refresh()
    assert reader.snapshot.verdict(Who("pupils"), "tiktok.com", now).allowed
    assert not before.verdict(Who("pupils"), "tiktok.com", now).allowed  # still mapped, still true


@pytest.mark.parametrize("file", ["tables.json", "names.marisa", "listed.values", MANIFEST])
def test_a_broken_snapshot_is_refused_and_the_old_one_stays(tmp_path: Path, file: str) -> None:
    ask = Ask()
    now = ask.instant("09:00")
    publish(ask.policy, tmp_path, now)
    reader = Reader(tmp_path / "snapshots")
    in_use = reader.snapshot
    publish(Ask(rules="").policy, tmp_path, now)
    broken = current(tmp_path / "snapshots") / file
    data = bytearray(broken.read_bytes() or b"x")
    data[len(data) // 2] ^= 1
    broken.write_bytes(data)
    assert not reader.refresh()
    assert reader.snapshot is in_use
    assert "was altered or cut short" in reader.refused


def test_a_snapshot_cut_short_or_gone_is_refused(tmp_path: Path) -> None:
    ask = Ask()
    publish(ask.policy, tmp_path, ask.instant("09:00"))
    folder = current(tmp_path / "snapshots")
    tables = folder / TABLES
    tables.write_bytes(tables.read_bytes()[:-100])
    with pytest.raises(SnapshotError, match="tables.json was altered or cut short"):
        Snapshot(folder)
    shutil.rmtree(folder)
    with pytest.raises(SnapshotError, match="No such file"):
        Reader(tmp_path / "snapshots")
    with pytest.raises(SnapshotError, match="no policy has been published"):
        Reader(tmp_path / "nowhere")


def test_a_drop_to_a_tenth_is_not_believed_and_changes_nothing(tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    long = lists / "adult.txt"
    long.write_text("".join(f"n{n}.example\n" for n in range(2000)))
    policy = Policy(school('[groups.year-6]\nlists = ["adult"]'), CATALOGUE)
    now = 1_795_000_000
    first = publish(policy, tmp_path, now)
    assert first.listed_names == 2000
    long.write_text("only.example\n")
    with pytest.raises(PublishError, match="likely a fault"):
        publish(policy, tmp_path, now)
    assert current(tmp_path / "snapshots").name == first.version
    assert not list((tmp_path / "snapshots").glob(".new-*"))
    assert publish(policy, tmp_path, now, may_shrink=True).listed_names == 1


def test_a_changed_rule_leaves_the_lists_as_they_are(box: Path) -> None:
    year_6 = '[groups.year-6]\nlists = ["adult", "bypass"]'
    first = publish(Policy(school(year_6), CATALOGUE), box, 1_795_000_000)
    before = (current(box / "snapshots") / "listed.marisa").stat().st_ino
    second = publish(Policy(school(year_6, rules=""), CATALOGUE), box, 1_795_000_000)
    assert not first.lists_reused
    assert second.lists_reused
    assert (current(box / "snapshots") / "listed.marisa").stat().st_ino == before
    (box / "lists" / "adult.txt").write_text("another.example\n")
    third = publish(Policy(school(year_6), CATALOGUE), box, 1_795_000_000)
    assert not third.lists_reused


def test_a_list_that_was_never_fetched_is_named_and_the_rest_published(tmp_path: Path) -> None:
    policy = Policy(school('[groups.year-6]\nlists = ["adult"]'), CATALOGUE)
    published = publish(policy, tmp_path, 1_795_000_000)
    assert published.missing_lists == ("adult",)


def test_old_snapshots_are_forgotten_and_leftovers_cleared(tmp_path: Path) -> None:
    ask = Ask()
    leftover = tmp_path / "snapshots" / ".new-1"
    leftover.mkdir(parents=True)
    (leftover / "half").write_text("x")
    versions = [publish(ask.policy, tmp_path, ask.instant("09:00") + n).version for n in range(6)]
    kept = {path.name for path in (tmp_path / "snapshots").iterdir() if not path.is_symlink()}
    assert len(kept) == 3
    assert versions[-1] in kept
    assert json.loads((tmp_path / "snapshots" / versions[-1] / MANIFEST).read_text())["policy"]
