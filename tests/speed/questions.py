"""What is asked in each work, written as files for the load: `name TYPE EXPECTED`."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from random import Random

from appliance.domains import parents

REFUSED, ANSWERED, ANY = "R", "A", "-"
ALLOWED = 300
NEW = "listed-a-moment-ago.speed-of-lists.co.uk"  # on the list only after it was changed
UNIQUE = "{:012x}.shards.speed-of-names.co.uk"

# The school day's three types of any weight, in its own shares.
TYPES = ("A",) * 12 + ("AAAA",) * 5 + ("HTTPS",) * 3


def write(path: Path, lines: Iterable[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def refused(names: Sequence[str], size: int) -> Iterator[str]:
    """Listed names and names below them, half and half."""
    random = Random(2)
    for number, name in enumerate(random.sample(names, min(size, len(names)))):
        yield f"{'www.' * (number % 2)}{name} {random.choice(TYPES)} {REFUSED}"


def allowed() -> Iterator[str]:
    """A few hundred names that nobody lists."""
    for number in range(ALLOWED):
        host = ("www", "api", "cdn-assets", "mail")[number % 4]
        yield f"{host}.speed-of-site-{number:03}.co.uk {TYPES[number % len(TYPES)]} {ANSWERED}"


def checked(names: Sequence[str]) -> Iterator[str]:
    """Both kinds in turn: what must hold before and while anything is timed."""
    for no, yes in zip(refused(names, 2_000), islice(_again(list(allowed())), 2_000), strict=False):
        yield no
        yield yes


def unique(first: int, size: int) -> Iterator[str]:
    """Names that were never asked before, if `first` moves on."""
    for number in islice(count(first), size):
        yield f"{UNIQUE.format(number)} A {ANSWERED}"


def school_day(queries: Path, names: set[str]) -> Iterator[str]:
    """The mix; what the list holds must be refused, whatever happens to the rest."""
    opener = gzip.open if queries.suffix == ".gz" else open
    with opener(queries, "rt") as lines:
        for line in lines:
            name, qtype = line.split()
            is_listed = any(domain in names for domain in parents(name.lower()))
            yield f"{name} {qtype} {REFUSED if is_listed else ANY}"


def _again(lines: Sequence[str]) -> Iterator[str]:
    while True:
        yield from lines
