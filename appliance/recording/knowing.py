"""What detection knows: signals.toml and habits.toml of a catalogue's folder, and the policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.detection import knowledge
from appliance.detection.knowledge import Knowledge
from appliance.errors import SnapshotError
from appliance.lists import catalogue, remembered
from appliance.lists.audit import Finding
from appliance.lists.library import Library
from appliance.policy import document
from appliance.policy.model import School
from appliance.policy.schedule import Schedule
from appliance.policy.services import Catalogue
from appliance.policy.snapshot import POLICY, SNAPSHOTS, current


def read_knowledge(place: Path, known: Catalogue) -> Knowledge:
    """CatalogueError with every mistake; a catalogue from before these files, which has none, goes
    with those of the program."""
    texts = {
        name: catalogue.text(place if (place / name).is_file() else catalogue.SHIPPED, name)
        for name in (knowledge.SIGNALS, knowledge.HABITS)
    }
    shared, needs = catalogue.shared_domains(place), catalogue.school_needs(place)
    return knowledge.read(texts, known, shared, needs)


def unknown_services(found: Knowledge) -> Iterator[Finding]:
    """Habits that speak of entries which the catalogue does not have: worth a look, no more, for a
    newer catalogue may have dropped one."""
    for habit in found.habits.values():
        for name in habit.services:
            service = found.catalogue.services.get(name)
            if service is None or not found.catalogue.circumvents(service):
                says = "is no entry of circumvention/"
                yield Finding(False, f"{knowledge.HABITS} {habit.name}", name, says)


@dataclass(frozen=True, slots=True)
class News:
    """What detection goes by from now on."""

    school: School
    schedule: Schedule
    knowledge: Knowledge


class Knowing:
    """The policy in force in a data folder, and the catalogue in use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: tuple[str, Path] | None = None
        self._place: Path | None = None
        self._knowledge: Knowledge | None = None

    def look(self) -> News | None:
        """None where nothing has changed, or nothing was published yet; ApplianceError where it
        can't be read, and what was known before still holds."""
        library = Library(self.folder)
        try:
            snapshot = current(self.folder / SNAPSHOTS)
        except SnapshotError:
            return None
        place = library.in_use()
        if (snapshot.name, place) == self._seen:
            return None
        if self._knowledge is None or place != self._place:
            known = remembered.read(self.folder / remembered.MEMORY, place, library.own)
            self._knowledge, self._place = read_knowledge(place, known), place
        school = document.read_file(snapshot / POLICY, self._knowledge.catalogue)
        self._seen = snapshot.name, place
        return News(school, Schedule(school), self._knowledge)
