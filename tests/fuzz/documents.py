"""Policy documents, mutated: each is refused with sense, or read, written and read again alike.

.venv/bin/python -m tests.fuzz.documents --runs 200000 --jobs 2 --keep var/findings
"""

from __future__ import annotations

import copy
import dataclasses
import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import tomli_w

from appliance.errors import PolicyError
from appliance.lines import Path as Keys
from appliance.lines import lines_of
from appliance.lists import catalogue
from appliance.policy import document, export
from appliance.policy.addresses import devices_of
from appliance.policy.clock import SchoolClock
from appliance.policy.decide import Policy, decide, holds_until
from appliance.policy.model import Ban, Grant, School, Who
from appliance.policy.ready import PROFILES
from tests.fuzz import texts
from tests.fuzz.hunt import Finding, main
from tests.fuzz.trees import Content, Trees

RICH = Path(__file__).parent / "rich.toml"
RICH_SHARE = 0.3  # of all inputs: it alone has every table
MOST_CHANGES = 4
NAMES = (
    "www.tiktok.com", "www.youtube.com", "www.google.com", "clips.example.org", "nordvpn.com",
    "bad.example.com", "example.sch.uk", "childline.org.uk", "nothing-known.example.net",
)  # fmt: skip
INSTANTS = (
    1795515300,  # 2026-11-24 10:15 in London, a Tuesday
    1774747800,  # 2026-03-29 01:30 UTC, half an hour after the clocks went forward
    1792888200,  # 2026-10-25 01:30 in London, for the second time
    1797638399,  # 2026-12-18, the last second before midnight
    4102444799,  # the end of 2099
)
UNTIL_SHARE = 24  # one school in so many is asked "until when": 400 days of bells cost 50 ms


class Documents:
    """The trial of appliance.policy.document.read."""

    ending = ".toml"

    def __init__(self) -> None:
        self.catalogue = catalogue.read()
        paths = [RICH, *sorted(PROFILES.glob("*.toml"))]
        self.texts = [path.read_bytes() for path in paths]
        self.contents: list[Content] = [tomllib.loads(text.decode()) for text in self.texts]
        self.trees = Trees(self.contents)
        self.checked: set[int] = set()  # schools, by hash: many changes change nothing

    def make(self, random: Random) -> bytes:
        """A good document with a few changes to what it holds, to its text, or to both."""
        chosen = 0 if random.random() < RICH_SHARE else random.randrange(len(self.texts))
        data = self.texts[chosen]
        changes = min(int(random.expovariate(0.9)) + 1, MOST_CHANGES)
        of_content = random.randint(0, changes)
        if of_content:
            content = copy.deepcopy(self.contents[chosen])
            for _ in range(of_content):
                self.trees.mutate(content, random)
            data = tomli_w.dumps(content).encode("utf-8", "surrogatepass")
        for _ in range(changes - of_content):
            data = texts.mutate(data, self.texts, random)
        return data

    def check(self, data: bytes) -> bool:
        try:
            school = document.read(data, self.catalogue)
        except PolicyError as fault:
            _refused_with_sense(fault, data)
            return False
        _every_key_has_its_line(data)
        known = hash(repr(school))
        if known not in self.checked:
            self._survives_export(school, ask_until=len(data) % UNTIL_SHARE == 0)
            _makes_sense(school)
            self.checked.add(known)
        return True

    def _survives_export(self, school: School, ask_until: bool) -> None:
        text = export.write(school)
        again = self._read_again(text)
        if again != school:
            raise Finding(f"another school after export and import\n{_difference(school, again)}")
        if repr(again) != repr(school):  # equal is not the same: times of two zones may be equal
            raise Finding(f"equal, but spelled otherwise\n{_difference(school, again)}")
        if export.write(again) != text:
            raise Finding("another text when it is exported twice")
        self._answers_alike(school, again, ask_until)

    def _read_again(self, text: str) -> School:
        try:
            return document.read(text.encode(), self.catalogue, "export")
        except PolicyError as fault:
            raise Finding(f"its own export is refused\n{fault}") from fault

    def _answers_alike(self, school: School, again: School, ask_until: bool) -> None:
        before, after = Policy(school, self.catalogue), Policy(again, self.catalogue)
        for who in _askers(school):
            if _answers(before, who, ask_until) != _answers(after, who, ask_until):
                raise Finding(f"other answers after export and import\n{who}")


def _askers(school: School) -> Iterator[Who]:
    """Every group, and the first few devices."""
    for group in school.groups:
        yield Who(group.name)
    yield from list(devices_of(school).values())[:3]


def _answers(policy: Policy, who: Who, ask_until: bool) -> list[object]:
    answers: list[object] = []
    for place, name in enumerate(NAMES):
        facts = policy.facts(name)
        answers += [decide(policy, who, facts, at) for at in INSTANTS[place % 2 :: 2]]
        if ask_until:
            answers += [holds_until(policy, who, facts, at) for at in INSTANTS[:2]]
    return answers


def _makes_sense(school: School) -> None:
    """What no good document says: text that paints the screen, times that end before they begin."""
    for text in _texts(dataclasses.astuple(school)):
        if not text.replace("\n", "").isprintable():
            raise Finding(f"control characters are accepted\n{text[:100]}")
    clock = SchoolClock(school.timezone)
    promises: tuple[Ban | Grant, ...] = (*school.bans, *school.grants)
    for one in promises:
        if clock.instant(one.end) <= clock.instant(one.start):
            raise Finding(f"ends before it begins\n{one}")
        if not all(name.strip() for name in one.approved_by):
            raise Finding(f"approved by nobody\n{one}")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)


def _refused_with_sense(fault: PolicyError, data: bytes) -> None:
    """At least one mistake; each one printable line, about a line that the document has."""
    if not fault.mistakes:
        raise Finding("refused without a mistake")
    last = data.count(b"\n") + 1
    for mistake in fault.mistakes:
        if not 0 <= mistake.line <= last:
            raise Finding(f"a mistake outside the document\n{mistake}")
        if not mistake.problem.strip():
            raise Finding(f"a mistake without a word\n{mistake}")
        if not str(mistake).isprintable():
            raise Finding(f"a message with control characters\n{mistake}")
        if "Traceback" in str(mistake):
            raise Finding(f"a traceback in a message\n{mistake}")


def _every_key_has_its_line(data: bytes) -> None:
    """What tomllib finds, lines_of finds as well: else mistakes would stand on the wrong line."""
    text = data.decode("utf-8-sig").replace("\r\n", "\n")
    lines = lines_of(text)
    for keys in _keys(tomllib.loads(text), ()):
        if keys not in lines:
            raise Finding(f"a key without a line\n{keys}")


def _keys(content: Any, above: Keys) -> Iterator[Keys]:
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in items:
        yield (*above, key)
        if isinstance(value, (dict, list)):
            yield from _keys(value, (*above, key))


def _difference(one: School, other: School) -> str:
    """The first attribute in which they differ."""
    for name in School.__slots__:
        if repr(getattr(one, name)) != repr(getattr(other, name)):
            return f"{name}: {getattr(one, name)!r} ≠ {getattr(other, name)!r}"
    return ""


if __name__ == "__main__":
    main(Documents)
