"""The only bridge from the slow world to the fast one: policy + lists → a snapshot in force.

Everything is written beside the snapshot in use, forced to disk, renamed, and only then does the
link `current` turn. Whatever goes wrong before that changes nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from appliance.disk import replace_file, to_disk, turn_link
from appliance.errors import PublishError, SnapshotError
from appliance.lists import listed
from appliance.lists.listed import Progress
from appliance.lists.shelf import Shelf
from appliance.policy import export, nametable
from appliance.policy.addresses import Addresses
from appliance.policy.clock import Instant
from appliance.policy.compiler import compile_policy
from appliance.policy.decide import Policy
from appliance.policy.snapshot import (
    ADDRESSES,
    CURRENT,
    LIST_SETS,
    LISTED,
    MANIFEST,
    NAMES,
    POLICY,
    SNAPSHOTS,
    TABLES,
    current,
    digest_of,
    digest_of_file,
    manifest_of,
)

KEPT = 3  # snapshots, so that a step back is at hand
NAME_FILES = (f"{NAMES}.marisa", f"{NAMES}.values")
LIST_FILES = (f"{LISTED}.marisa", f"{LISTED}.values", LIST_SETS)
SHRUNK_TO_NOTHING = 10  # times smaller than the last: not believed


@dataclass(frozen=True, slots=True)
class Published:
    """What is in force now."""

    version: str
    policy_version: str
    own_names: int
    listed_names: int
    missing_lists: tuple[str, ...]  # in use, but with no copy on this box
    lists_reused: bool
    seconds: float


def publish(
    policy: Policy,
    folder: Path,
    now: Instant,
    *,
    progress: Progress = lambda name, count: None,
    may_shrink: bool = False,
) -> Published:
    """Put this policy in force in `folder`; PublishError leaves everything as it was."""
    began = time.monotonic()
    snapshots = folder / SNAPSHOTS
    try:
        snapshots.mkdir(parents=True, exist_ok=True)
        with _alone(folder), _workshop(snapshots) as workshop:
            before = _manifest_in_force(snapshots)
            files, missing = list_files(policy, folder)
            manifest = _write(policy, now, files, workshop, snapshots, before, progress)
            if not may_shrink:
                _refuse_absurd(manifest, before)
            version = _finish(workshop, snapshots, manifest)
            _write_addresses(policy, folder)
            _forget_old(snapshots)
    except OSError as fault:
        raise PublishError(
            f"nothing was published: {fault.filename or folder}: {fault.strerror}"
        ) from fault
    return Published(
        version=version,
        policy_version=manifest["policy"],
        own_names=manifest["own_names"],
        listed_names=manifest["listed_names"],
        missing_lists=missing,
        lists_reused=bool(before) and before.get("lists") == manifest["lists"],
        seconds=time.monotonic() - began,
    )


def list_files(policy: Policy, folder: Path) -> tuple[dict[str, Path], tuple[str, ...]]:
    """The file of each list in use, and the lists that have none on this box."""
    files: dict[str, Path] = {}
    missing: list[str] = []
    shelf = Shelf(folder)
    for name in policy.school.lists_in_use():
        one = policy.lists[name]
        if one.names:
            continue  # they stand in the document, and so among our own names
        found = Path(one.file) if one.file else shelf.copy(name)
        if found and found.is_file():
            files[name] = found
        else:
            missing.append(name)
    return files, tuple(missing)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One publisher at a time; a second one waits for the first."""
    with (folder / "publish.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _workshop(snapshots: Path) -> Iterator[Path]:
    """A folder to build in. What an earlier publisher left when its power went is cleared away."""
    for leftover in snapshots.glob(".new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    workshop = snapshots / f".new-{os.getpid()}"
    workshop.mkdir()
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _write(
    policy: Policy,
    now: Instant,
    files: Mapping[str, Path],
    workshop: Path,
    snapshots: Path,
    before: Mapping[str, Any],
    progress: Progress,
) -> dict[str, Any]:
    """All files of the snapshot but its manifest, which is returned."""
    stamp = digest_of(
        json.dumps({name: _digest_of_list(path) for name, path in files.items()}).encode()
    )
    digests: dict[str, str] = {}
    if before.get("lists") == stamp:
        digests |= _link(snapshots / CURRENT, workshop, LIST_FILES, before)
        listed_names = before["listed_names"]
    else:
        entries, sets = listed.read(files, progress)
        nametable.write(workshop / LISTED, entries)
        (workshop / LIST_SETS).write_text(json.dumps(sets))
        listed_names = len(entries)
        del entries
    list_sets = json.loads((workshop / LIST_SETS).read_bytes())
    tables, names = compile_policy(policy, now, list_sets)
    own = digest_of(b"".join(b"%s %d\n" % entry for entry in names.items()))
    if before.get("own") == own and _is_whole(snapshots / CURRENT, NAME_FILES, before):
        digests |= _link(snapshots / CURRENT, workshop, NAME_FILES, before)
    else:
        nametable.write(workshop / NAMES, names)
    (workshop / TABLES).write_text(json.dumps(tables, separators=(",", ":")))
    document = export.write(policy.school).encode()
    (workshop / POLICY).write_bytes(document)
    for path in sorted(workshop.iterdir()):
        if path.name not in digests:
            to_disk(path)
            digests[path.name] = digest_of_file(path)
    return {
        "policy": digest_of(document),
        "lists": stamp,
        "own": own,
        "made": now,
        "own_names": len(names),
        "listed_names": listed_names,
        "files": digests,
    }


def _digest_of_list(path: Path) -> str:
    """Read again only when the file is another: fifty megabytes take a Pi 0.2 s."""
    status = path.stat()
    return _digest_once(path, status.st_ino, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)  # lists; a school has ten
def _digest_once(path: Path, inode: int, size: int, changed: int) -> str:
    return digest_of_file(path)


def _is_whole(current: Path, names: Iterable[str], before: Mapping[str, Any]) -> bool:
    """True where these small files are what they were: a card may have spoilt them since."""
    try:
        return all(digest_of_file(current / name) == before["files"][name] for name in names)
    except OSError:
        return False  # they are written anew


def _link(
    current: Path, workshop: Path, names: Iterable[str], before: Mapping[str, Any]
) -> dict[str, str]:
    """These have not changed: the same files serve, a million names and all."""
    for name in names:
        os.link(current / name, workshop / name)
    return {name: before["files"][name] for name in names}


def _refuse_absurd(manifest: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    count = manifest["own_names"] + manifest["listed_names"]
    last = before.get("own_names", 0) + before.get("listed_names", 0)
    if count == 0:
        raise PublishError("nothing was published: not one name to refuse, so something is missing")
    if count * SHRUNK_TO_NOTHING < last:
        raise PublishError(
            f"nothing was published: {count:,} names would replace {last:,}; so sharp a drop is "
            "more likely a fault than a wish. Publish with --may-shrink if it is meant"
        )


def _finish(workshop: Path, snapshots: Path, manifest: Mapping[str, Any]) -> str:
    """Name the snapshot by its content and turn the link to it."""
    data = json.dumps(manifest, indent=1, sort_keys=True).encode()
    (workshop / MANIFEST).write_bytes(data)
    to_disk(workshop / MANIFEST)
    version = digest_of(data)
    if not (snapshots / version).exists():
        os.rename(workshop, snapshots / version)
        to_disk(snapshots / version)
    turn_link(snapshots / CURRENT, version)
    return version


def _write_addresses(policy: Policy, folder: Path) -> None:
    data = Addresses.of(policy.school).dump()
    whole = digest_of(data).encode() + b"\n" + data
    with contextlib.suppress(OSError):
        if (folder / ADDRESSES).read_bytes() == whole:
            return  # most changes move no device, and each file costs a wait for the card
    replace_file(folder / ADDRESSES, whole)


def _forget_old(snapshots: Path) -> None:
    kept = {(snapshots / CURRENT).resolve().name}
    folders = [path for path in snapshots.iterdir() if path.is_dir() and not path.is_symlink()]
    newest = sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)
    kept |= {path.name for path in newest[:KEPT]}
    for path in folders:
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _manifest_in_force(snapshots: Path) -> dict[str, Any]:
    """What is in force; nothing where nothing is, or where it can't be read."""
    try:
        return manifest_of(current(snapshots))
    except SnapshotError:
        return {}
