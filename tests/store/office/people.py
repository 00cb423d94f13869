"""Who comes into the office, and what they ask for there."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from appliance.policy.clock import Instant
from appliance.store.office.wishes import Wish

MONDAY: Final = 1_795_428_000_000  # 23 November 2026, 10:00 in London
LESSON_3: Final = MONDAY // 1000 + 86_400 + 3 * 3600 + 15 * 60  # Tuesday, 13:15
BELL: Final = LESSON_3 + 2 * 3600
MINUTE: Final = 60_000
DAY: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str


MS_CLARK = Person(1, "Ms Clark")
MR_OSEI = Person(2, "Mr Osei")
MRS_PATEL = Person(3, "Mrs Patel")
THE_HEAD = Person(4, "The head")

PADLET = Wish(
    typed="https://padlet.com/msclark/romans",
    targets=("service:padlet",),
    scopes=("set:class-7b",),
    start=LESSON_3,
    end=BELL,
    aim="Year 7 gather what they know of the Romans.",
    room="Room 12",
    lesson="Lesson 3",
)


def padlet(**how: object) -> Wish:
    return dataclasses.replace(PADLET, **how)  # type: ignore[arg-type]


def ms(moment: Instant) -> int:
    return moment * 1000
