"""signals.toml and habits.toml → values: what is a sign of what, what it weighs, what is habit."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from appliance.domains import normalise_site
from appliance.errors import CatalogueError
from appliance.policy.services import Catalogue
from appliance.tables import Document, Table

SIGNALS, HABITS = "signals.toml", "habits.toml"
LARGEST_NUMBER = 100_000

_WHY = "a sentence: why this number and no other"
_A_NAME = "a domain name such as example.com"
_A_PAGE = "a web address where these facts can be checked"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of sign."""

    name: str
    title: str  # "a VPN"
    weight: int  # points of one visit
    half_life_hours: int
    by_itself: bool  # devices do this without anybody meaning to
    why: str


@dataclass(frozen=True, slots=True)
class Habit:
    """What a platform or a program does by itself, and the cure."""

    name: str
    title: str
    platforms: tuple[str, ...]
    names: frozenset[str]
    services: tuple[str, ...]
    kinds: tuple[str, ...]
    ports: tuple[str, ...]
    canary: bool  # no person ever causes it
    looks: str
    cure: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of signals.toml; each stands there with its reason."""

    watch: int
    deliberate: int
    steps: int
    strands: int
    act_gap_seconds: int
    open_act_gap_seconds: int
    page_seconds: int
    apart_seconds: int
    after_refusal_seconds: int
    after_refusal_percent: int
    lesson_percent: int
    step_before_percent: int
    step_before_seconds: int
    more_percent: int
    same_percent: int
    same_a_day: int
    more_a_day: int
    way_points: int
    ways_seconds: int
    returned_points: int
    day_points: int
    tied_points: int
    tied_percent: int
    stages: int
    surge_events: int
    surge_times: int
    fresh_seconds: int
    joined_silence_seconds: int
    joined_seconds: int
    clean_questions: int
    sustained_events: int
    sustained_seconds: int
    sustained_points: int
    moved_events: int
    switched_points: int
    beat_acts: int
    beat_percent: int
    beat_seconds: int
    spread_hours: int
    spread_percent: int
    night_acts: int
    crowd_devices: int
    crowd_class: int
    crowd_seconds: int
    most_devices: int
    tunnel_labels: int
    tunnel_odd_labels: int
    tunnel_many_labels: int
    tunnel_long: int
    tunnel_long_labels: int
    tunnel_many_points: int
    tunnel_length: int
    tunnel_entropy_percent: int
    tunnel_seconds: int
    tunnel_crowd: int
    front_doors: int
    quiet_hours: int


@dataclass(frozen=True, slots=True)
class Words:
    """Words in names that say what a site is for."""

    always: tuple[str, ...]
    own_part: tuple[str, ...]
    with_brand: tuple[str, ...]
    not_brands: frozenset[str]


@dataclass(frozen=True, slots=True)
class Signals:
    """All of signals.toml."""

    numbers: Numbers
    kinds: Mapping[str, Kind]
    search: frozenset[str]
    store: frozenset[str]
    words: Words
    tunnel_shaped: frozenset[str]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that detection knows before it sees anything."""

    signals: Signals
    habits: Mapping[str, Habit]
    catalogue: Catalogue
    shared_domains: frozenset[str] = frozenset()  # ground of many: no site of its own
    school_needs: frozenset[str] = frozenset()


def read_signals(data: bytes, catalogue: Catalogue) -> Signals:
    """CatalogueError with every mistake; each kind of circumvention must have its weight."""
    document = Document(data, SIGNALS, CatalogueError)
    numbers = {name: _number(table) for name, table in document.root.named_tables("numbers", _WHY)}
    known = [field.name for field in dataclasses.fields(Numbers)]
    for name in known:
        if name not in numbers:
            document.note(("numbers",), f"missing: {name}")
    for name in numbers.keys() - set(known):
        document.note(("numbers", name), "nobody asks for this number")
    kinds = dict(
        (name, _kind(name, table)) for name, table in document.root.named_tables("kinds", _WHY)
    )
    for category in catalogue.categories:
        if catalogue.is_circumvention(category) and category not in kinds:
            document.note(("kinds",), f"missing: {category}, a circumvention category")
    steps = document.root.table("steps", required=True)
    signals = Signals(
        numbers=Numbers(**{name: numbers.get(name, 1) for name in known}),
        kinds=kinds,
        search=_names(steps, "search"),
        store=_names(steps, "store"),
        words=_words(document.root.table("words", required=True)),
        tunnel_shaped=_names(document.root.table("tunnel_shaped", required=True), "names"),
    )
    document.finish()
    return signals


def read_habits(data: bytes, kinds: Iterable[str]) -> dict[str, Habit]:
    """CatalogueError with every mistake."""
    document = Document(data, HABITS, CatalogueError)
    known = frozenset(kinds)
    habits = {
        name: _habit(name, table, known)
        for name, table in document.root.each_table("a table [name]")
    }
    document.finish()
    return habits


def _number(table: Table) -> int:
    table.text("why", _WHY, required=True)
    return table.whole("value", "a whole number", range(LARGEST_NUMBER), required=True)


def _kind(name: str, table: Table) -> Kind:
    return Kind(
        name=name,
        title=table.text("title", 'what it is, such as "a VPN"', required=True, longest=80),
        weight=table.whole("weight", "points, 0 to 100", range(101), required=True),
        half_life_hours=table.whole("half_life_hours", "hours", range(1, 2000), required=True),
        by_itself=table.flag("by_itself", "true where devices do this without anybody meaning to"),
        why=table.text("why", _WHY, required=True),
    )


def _habit(name: str, table: Table, kinds: frozenset[str]) -> Habit:
    def kind(text: str) -> str:
        if text not in kinds:
            raise ValueError(f"no kind {text} stands in {SIGNALS}")
        return text

    habit = Habit(
        name=name,
        title=table.text("title", "what people call it", required=True, longest=80),
        platforms=table.words("platforms", "what does it, such as iPhone", required=True),
        names=_names(table, "names"),
        services=table.words("services", "entries of circumvention/"),
        kinds=table.read_each("kinds", kind, f"a kind of {SIGNALS}"),
        ports=table.read_each("ports", _port, "a port such as 853/tcp"),
        canary=table.flag("canary", "true where no person ever causes it"),
        looks=table.text("looks", "one sentence for a teacher", required=True),
        cure=table.text("cure", "what stops it", required=True),
    )
    table.words("checked", _A_PAGE, required=True)
    if not (habit.names or habit.services or habit.kinds or habit.ports):
        table.wrong("names", "missing: what it looks like, by names, services, kinds or ports")
    return habit


def _port(text: str) -> str:
    number, _, proto = text.partition("/")
    if not number.isdigit() or int(number) not in range(1, 65536) or proto not in ("tcp", "udp"):
        raise ValueError(f"{text} is no port such as 853/tcp")
    return text


def _words(table: Table) -> Words:
    needs = "words of small letters and digits"
    return Words(
        always=table.words("always", needs, required=True),
        own_part=table.words("own_part", needs, required=True),
        with_brand=table.words("with_brand", needs, required=True),
        not_brands=frozenset(table.words("not_brands", needs)),
    )


def _names(table: Table, key: str) -> frozenset[str]:
    return frozenset(table.read_each(key, normalise_site, _A_NAME))


def read(
    texts: Mapping[str, bytes],
    catalogue: Catalogue,
    shared_domains: frozenset[str],
    school_needs: frozenset[str],
) -> Knowledge:
    """All of it from the texts of the two files."""
    signals = read_signals(texts[SIGNALS], catalogue)
    habits = read_habits(texts[HABITS], signals.kinds)
    return Knowledge(signals, habits, catalogue, shared_domains, school_needs)
