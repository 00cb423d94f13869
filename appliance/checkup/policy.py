"""The policy in force: whole, up to date, with bells to come and lists that are fresh."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from appliance.checkup.finding import Finding
from appliance.errors import SnapshotError
from appliance.lists.shelf import Shelf
from appliance.lists.standing import Standing, sentence, standing
from appliance.policy.clock import DAY_SECONDS, Instant, SchoolClock
from appliance.policy.decide import Policy
from appliance.policy.snapshot import SNAPSHOTS, Snapshot, current, manifest_of

BELLS_AHEAD_DAYS = (
    30  # a summer holiday in which nobody publishes is shorter than the 400 there are
)
WELL = (Standing.OWN, Standing.FRESH)


def snapshot_in_force(folder: Path) -> Snapshot | Finding:
    """The snapshot that resolvers use, every file of it checked; else what is wrong with it."""
    try:
        newest = current(folder / SNAPSHOTS)
    except SnapshotError as fault:
        return Finding(
            "policy",
            str(fault),
            "bellgate publish --profile mersey-vale, or your own with --policy FILE",
        )
    try:
        return Snapshot(newest)
    except SnapshotError as fault:
        return Finding("policy", str(fault), "bellgate publish makes a new one")


def about_manifest(folder: Path) -> Finding:
    """Without a look at its files: that takes a second."""
    try:
        manifest = manifest_of(current(folder / SNAPSHOTS))
    except SnapshotError as fault:
        return Finding("policy", str(fault), "bellgate publish puts one in force")
    names = manifest["own_names"] + manifest["listed_names"]
    return Finding("policy", f"{manifest['policy'][:12]} in force, {names:,} names")


def about_policy(policy: Policy, snapshot: Snapshot, now: Instant) -> Iterator[Finding]:
    school = policy.school
    clock = SchoolClock(school.timezone)
    made = clock.local(snapshot.manifest["made"])
    version = snapshot.manifest["policy"][:12]
    said = f"policy {version} of {school.name}, published {_day(made)} {made:%H:%M}"
    yield Finding("policy", said)
    yield _review(policy, clock, now)
    last = clock.local(snapshot.last)
    is_soon = snapshot.last < now + BELLS_AHEAD_DAYS * DAY_SECONDS
    yield Finding(
        "bells", f"known until {_day(last)}", "bellgate publish works out more" if is_soon else ""
    )


def _review(policy: Policy, clock: SchoolClock, now: Instant) -> Finding:
    due = policy.school.review_due
    if due is None:
        return Finding("review", "the policy says no day on which it is to be reviewed")
    if clock.date(now) <= due:
        return Finding("review", f"due {_day(due)}")
    return Finding(
        "review",
        f"was due {_day(due)}",
        "review the policy, write the next day into review_due, and publish it",
    )


def about_lists(policy: Policy, folder: Path, now: Instant) -> Iterator[Finding]:
    """One finding for all lists that are well, and one for each that is not."""
    shelf = Shelf(folder)
    clock = SchoolClock(policy.school.timezone)
    well = 0
    for name in policy.school.lists_in_use():
        one = policy.lists[name]
        source = policy.catalogue.sources.get(one.source)
        record = shelf.record(name)
        has_copy = Path(one.file).is_file() if one.file else shelf.copy(name) is not None
        state = standing(source, record, has_copy, now)
        if state in WELL and (has_copy or not one.file):
            well += 1
            continue
        said = sentence(one, state, record, has_copy, now, clock)
        do = f"put {one.file} in its place" if one.file else f"bellgate lists refresh {name}"
        yield Finding("list", f"{name}: {said}", f"{do}, then bellgate publish")
    if well:
        yield Finding("lists", f"{well} in use and fresh")


def _day(day: object) -> str:
    return f"{day:%d %B %Y}".lstrip("0")
