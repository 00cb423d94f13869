"""The policy in force: read it, and change it, one change at a time.

Reading is cheap: the published document is read again only when another one is in force. A change
is made to what is in force at that moment, read back as a document would be, and published;
whatever is wrong with it is said in sentences, and nothing has changed. Threads may share one Live,
and processes one folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path

from appliance.disk import faults_as
from appliance.errors import PublishError, SnapshotError, StoreError
from appliance.lists import remembered
from appliance.lists.library import Library
from appliance.policy import document, export
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.model import Device, School
from appliance.policy.services import Catalogue, CatalogueKey
from appliance.policy.snapshot import POLICY, SNAPSHOTS, Reader, Snapshot, current, digest_of
from appliance.publish import Published, publish
from appliance.store import policies
from appliance.store.database import FILE, Record
from appliance.tables import LARGEST

PAST_POLICIES = 4  # kept at hand: whoever explains one moment asks of several names

Alter = Callable[[Policy], School]


@dataclass(frozen=True, slots=True)
class Changed(Published):
    """What is in force now, with the schools before and after: what an audit trail tells of."""

    before: School
    after: School


@dataclass(frozen=True, slots=True)
class Then:
    """A policy that was in force."""

    version: str  # the digest of its document
    policy: Policy


@dataclass(frozen=True, slots=True)
class _InForce:
    """What was read, and what it was read from."""

    snapshot: str
    version: str
    policy: Policy
    sources: object  # of the catalogue


class Live:
    """The policy of one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()  # held while reading; what is read is never changed
        self._known: _InForce | None = None
        self._reader: Reader | None = None
        self._catalogue: tuple[object, Catalogue] | None = None  # and what it was read from
        self._then = lru_cache(maxsize=PAST_POLICIES)(policy_of)

    def policy(self) -> Policy:
        """The policy in force; SnapshotError where none has been published."""
        return self._in_force().policy

    @property
    def version(self) -> str:
        """The digest of its document, which changes whenever the policy does."""
        return self._in_force().version

    def is_published(self) -> bool:
        """False until a first policy is in force."""
        try:
            return current(self.folder / SNAPSHOTS).is_dir()
        except SnapshotError:
            return False

    def catalogue(self) -> Catalogue:
        """What is known of services here, also before a first policy is in force."""
        with self._lock:
            sources = _sources(self.folder)
            if self._known and self._known.sources == sources:
                return self._known.policy.catalogue
            if self._catalogue is None or self._catalogue[0] != sources:
                self._catalogue = sources, remembered.read_in_use(self.folder)
            return self._catalogue[1]

    def lists_of(self, name: str) -> frozenset[str]:
        """The lists in force that a name stands on."""
        return self.snapshot().lists_of(name)

    def snapshot(self) -> Snapshot:
        """What resolvers use, mapped."""
        with self._lock:
            if self._reader is None:
                self._reader = Reader(self.folder / SNAPSHOTS)
            self._reader.refresh()
            return self._reader.snapshot

    def at(self, at: Instant, now: Instant) -> Policy:
        """The policy that was in force at a moment that is past, as far as the record reaches back;
        of the future we know no better than what is in force now."""
        policy = self.policy()
        if at >= now:
            return policy
        found = document_then(self.folder, at)
        return self._then(*found, CatalogueKey(policy.catalogue)).policy if found else policy

    def change(self, alter: Alter, now: Instant) -> Changed:
        """Put in force what `alter` makes of the policy. DecisionError, PolicyError or PublishError
        say why not, and nothing has changed."""
        with changing(self.folder):
            known = self._in_force()
            before = known.policy
            after = checked(alter(before), before.catalogue, before.school)
            published = publish(after, self.folder, now)
            with self._lock:
                self._known = _InForce(
                    published.version, published.policy_version, after, known.sources
                )
        told = {field.name: getattr(published, field.name) for field in fields(Published)}
        return Changed(**told, before=before.school, after=after.school)

    def publish_first(self, school: School, now: Instant) -> Published:
        """Put a whole policy in force, whatever was before: the first run's, or a draft."""
        with changing(self.folder):
            return publish(checked(school, self.catalogue()), self.folder, now)

    def _in_force(self) -> _InForce:
        with self._lock:
            place = current(self.folder / SNAPSHOTS)
            sources = _sources(self.folder)
            known = self._known
            if known and (known.snapshot, known.sources) == (place.name, sources):
                return known
            if known and known.sources == sources:
                catalogue = known.policy.catalogue
            else:
                catalogue = remembered.read_in_use(self.folder)
            self._known = _read(place, catalogue, sources)
            return self._known


def checked(school: School, catalogue: Catalogue, before: School | None = None) -> Policy:
    """The policy of a school that a document can hold; PolicyError with all that is wrong. Devices
    that are those of `before` need not be read again: 1,500 of them take 0.1 s."""
    text = export.write(school).encode()
    devices: tuple[Device, ...] = ()
    if before and school.devices is before.devices and len(text) <= LARGEST:
        devices = school.devices
        text = export.write(replace(school, devices=())).encode()
    return Policy(document.read(text, catalogue, "policy", devices=devices), catalogue)


@contextlib.contextmanager
def changing(folder: Path) -> Iterator[None]:
    """One change at a time, from reading to publishing: a second one waits, and is made to what
    the first has left."""
    with contextlib.ExitStack() as stack:
        with faults_as(PublishError, folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = stack.enter_context((folder / "change.lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def document_then(folder: Path, at: Instant) -> tuple[str, bytes] | None:
    """The policy that was in force at a moment, as digest and text; None where the record does not
    say."""
    try:
        with Record.look(folder / FILE) as record:
            then = policies.in_force_at(record, at * 1000 + 999)
            return (then.policy, policies.document(record, then.policy)) if then else None
    except StoreError:
        return None  # nothing was ever recorded, or not now: what is in force is known without it


def policy_then(folder: Path, at: Instant, catalogue: Catalogue) -> Then | None:
    """The policy that was in force at a moment, read with today's catalogue."""
    found = document_then(folder, at)
    return policy_of(*found, CatalogueKey(catalogue)) if found else None


def policy_of(version: str, text: bytes, known: CatalogueKey) -> Then:
    """The policy of a document that was once published."""
    school = document.read(text, known.catalogue, version)
    return Then(version, Policy(school, known.catalogue))


def _read(place: Path, catalogue: Catalogue, sources: object) -> _InForce:
    try:
        text = (place / POLICY).read_bytes()
    except OSError as fault:
        raise SnapshotError(f"snapshot {place.name}: {POLICY}: {fault.strerror}") from fault
    policy = Policy(document.read(text, catalogue, place.name), catalogue)
    policy.names.prepare()  # before anybody clicks: whoever reads is likely to change it
    return _InForce(place.name, digest_of(text), policy, sources)


def _sources(folder: Path) -> object:
    """What changes when another catalogue is in use, or a file of the school's own does.

    The files of an edition never change, so that its thousand files need not be looked at.
    """
    library = Library(folder)
    with contextlib.suppress(OSError):  # a file that goes while we look is looked for the next time
        own = sorted(library.own.rglob("*.toml")) if library.own else []
        facts = [(str(path), path.stat()) for path in own]
        return library.link(), [(name, s.st_size, s.st_mtime_ns) for name, s in facts]
    return None
