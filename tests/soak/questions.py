"""What is asked, and what the answer has to be under which policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from random import Random
from typing import Final

from appliance.dns.wire import labels_of
from tests.soak.upstream import address_of

POLICY: Final = """\
format = 1

[school]
name = "The school of the soak"
contact = "nobody"

[groups.pupils]
default = true

[[rule]]
id = "by-turns"
groups = ["*"]
target = ["domain:{turn}.example"]
when = "always"
action = "block"
clause = "2"
says = "Today it is the turn of this one."

[[rule]]
id = "all-social-media"
groups = ["*"]
target = ["social-media"]
when = "always"
action = "block"
clause = "1"
says = "All social media is blocked."
"""
TURNS: Final = ("turn-a", "turn-b")  # closed by the rule, one in each edition of the policy
LISTED: Final = ("list-a", "list-b")  # … and by the list
POOL, FEW = 400, 20  # names of a kind
FILLER: Final = 2_000  # names that are on the list in every edition


class Kind(Enum):
    """A name's fate; the value is its share of all questions, in hundredths."""

    REFUSED = auto()  # in every edition; no name comes twice
    OPEN = auto()  # in every edition; all are in the cache soon
    TURN = auto()
    LIST = auto()
    FRESH = auto()  # never asked before


SHARES: Final = {
    Kind.REFUSED: 30, Kind.OPEN: 40, Kind.TURN: 16, Kind.LIST: 9, Kind.FRESH: 5,
}  # fmt: skip
HEADER: Final = b"\x01\0\0\x01\0\0\0\0\0\x01"
TAIL: Final = b"\0\x01\0\x01" + b"\0\0\x29\x04\xd0\0\0\0\0\0\0"  # A, IN, and EDNS with 1232


@dataclass(frozen=True, slots=True)
class Question:
    """One question, but for its id."""

    kind: Kind
    message: bytes
    number: int  # of a name that comes once
    parity: int  # of the editions in which it is refused; -1: none, 2: all
    address: bytes

    def is_refused_in(self, edition: int) -> bool:
        return self.parity == 2 or self.parity == edition % 2


def questions(random: Random) -> Iterator[Question]:
    """For ever."""
    kinds = random.choices([*SHARES], [*SHARES.values()], k=10_000)
    pools = {
        Kind.OPEN: [make(Kind.OPEN, f"s{n}.open.example", parity=-1) for n in range(POOL)],
        Kind.TURN: [
            make(Kind.TURN, f"t{n}.{name}.example", parity=parity)
            for parity, name in enumerate(TURNS)
            for n in range(FEW)
        ],
        Kind.LIST: [
            make(Kind.LIST, f"l{n}.{name}.example", parity=parity)
            for parity, name in enumerate(LISTED)
            for n in range(FEW)
        ],
    }
    number = 0
    while True:
        for kind in kinds:
            number += 1
            if kind is Kind.REFUSED:
                yield make(kind, f"r{number}.tiktok.com", parity=2, number=number)
            elif kind is Kind.FRESH:
                yield make(kind, f"f{number}.fresh.example", parity=-1, number=number)
            else:
                yield random.choice(pools[kind])


def make(kind: Kind, name: str, *, parity: int, number: int = 0) -> Question:
    qname = labels_of(name)
    return Question(kind, HEADER + qname + TAIL, number, parity, address_of(qname))


def write_edition(edition: int, policy: Path, listed: Path) -> None:
    """The files of an edition; both are replaced whole."""
    _replace(policy, POLICY.format(turn=TURNS[edition % 2]))
    names = [f"filler-{n}.example" for n in range(FILLER)]
    _replace(listed, "\n".join([*names, f"{LISTED[edition % 2]}.example", ""]))


def _replace(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)
