"""What detection knows, read from a catalogue's folder: signals.toml and habits.toml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from appliance.detection import knowledge
from appliance.detection.knowledge import Knowledge
from appliance.lists import catalogue
from appliance.lists.audit import Finding
from appliance.policy.services import Catalogue


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
