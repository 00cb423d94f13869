"""Finding rows: whatever one looks for, what is found is what a look at every row would find."""

from __future__ import annotations

import dataclasses
import ipaddress
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.event import State, asker_mark, ruling_of
from appliance.policy.model import Who
from appliance.store import rollups
from appliance.store.database import Record
from appliance.store.interned import Interned
from appliance.store.places import PER_STRETCH
from appliance.store.rows import Row
from appliance.store.search import Match, Wish, find, look, oldest
from appliance.store.writer import Rows, Run, insert_runs, set_marks
from tests.recording.noting import TABLET, TIKTOK, TUESDAY, labels

ROWS = PER_STRETCH + 30_000  # more than one stretch, and some that have no place yet
START_MS = int(TUESDAY * 1000)
STEP_MS = 300


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """Three days of a school, with common names and some that were asked once."""
    dice = random.Random(5)
    with Record.open(tmp_path_factory.mktemp("record") / "record.db") as record:
        with record.transaction():
            interned = Interned(record)
            names = [interned.name(labels(name), START_MS) for name in NAMES]
            askers = [
                interned.asker(
                    asker_mark(
                        dataclasses.replace(
                            TABLET,
                            address=ipaddress.ip_address(f"10.20.0.{n + 1}"),
                            who=Who("pupils" if n % 3 else "staff", f"tablet-{n}" if n % 2 else ""),
                        )
                    )[3:]
                )
                for n in range(40)
            ]
            rulings = [
                interned.ruling(ruling_of(dataclasses.replace(TIKTOK, service=service)))
                for service in ("tiktok", "x", "reddit")
            ]
            states = [interned.state(State("v", period)) for period in ("Lesson 1", "Break")]
            runs = []
            for number in range(1, ROWS + 1):
                at = START_MS + number * STEP_MS
                pick = min(int(dice.paretovariate(1.0)), len(NAMES) - 2)
                if number in ONCE:
                    pick = len(NAMES) - 1
                runs.append(
                    Run(
                        number,
                        at,
                        at,
                        1,
                        names[pick],
                        dice.choice(askers),
                        dice.choice(rulings),
                        dice.choice(states),
                        1,
                        0,
                        0.0,
                    )
                )
            insert_runs(record, Rows.REFUSED, runs)
            set_marks(record, {"refused final": ROWS - 1000, "refused last": ROWS})
            rollups.fold(record, lambda hour: hour // 24)
        yield record


ONCE = {5, 70_000, PER_STRETCH + 3, ROWS - 10}
NAMES = [f"www.site{n}.co.uk" for n in range(300)] + ["secret.once.example"]


@pytest.fixture(scope="module")
def everything(record: Record) -> list[Row]:
    return list(oldest(record, Wish()))


def under(row: Row, domain: str) -> bool:
    return row.name == domain or row.name.endswith(f".{domain}")


DAY_MS = 86_400_000
WISHES: list[tuple[Wish, Callable[[Row], bool]]] = [
    (Wish(), lambda row: True),
    (Wish(name="site200.co.uk"), lambda row: under(row, "site200.co.uk")),
    (Wish(name="www.site7.co.uk", match=Match.EXACT), lambda row: row.name == "www.site7.co.uk"),
    (Wish(name="site7.co.uk", match=Match.EXACT), lambda row: False),
    (Wish(name="once.example"), lambda row: under(row, "once.example")),
    (Wish(name="ecret.on", match=Match.HOLDS), lambda row: "ecret.on" in row.name),
    (Wish(name="te29", match=Match.HOLDS), lambda row: "te29" in row.name),
    (Wish(name="7.co.uk"), lambda row: False),  # site7.co.uk does not lie under it
    (Wish(device="tablet-5"), lambda row: row.device == "tablet-5"),
    (Wish(device="10.20.0.9"), lambda row: str(row.asker.address) == "10.20.0.9"),
    (Wish(group="staff"), lambda row: row.asker.who.group == "staff"),
    (Wish(service="reddit"), lambda row: row.verdict.service == "reddit"),
    (Wish(period="Break"), lambda row: row.state.period == "Break"),
    (Wish(rule="all-social-media"), lambda row: True),
    (Wish(device="nobody"), lambda row: False),
    (
        Wish(device="tablet-5", name="site150.co.uk", service="x"),
        lambda row: (
            row.device == "tablet-5" and under(row, "site150.co.uk") and row.verdict.service == "x"
        ),
    ),
    (
        Wish(device="tablet-7", since_ms=START_MS + 6 * 3_600_000, until_ms=START_MS + DAY_MS // 2),
        lambda row: (
            row.device == "tablet-7"
            and START_MS + 6 * 3_600_000 <= row.first_ms < START_MS + DAY_MS // 2
        ),
    ),
    (
        Wish(since_ms=START_MS + ROWS * STEP_MS - 60_000),
        lambda row: row.last_ms >= START_MS + ROWS * STEP_MS - 60_000,
    ),
    (Wish(until_ms=START_MS), lambda row: False),
    (
        Wish(before_id=5_000, name="site2.co.uk"),
        lambda row: row.id < 5_000 and under(row, "site2.co.uk"),
    ),
    (Wish(after_id=ROWS - 70), lambda row: row.id > ROWS - 70),
    (
        Wish(after_id=ROWS - 70_000, before_id=ROWS - 20, device="tablet-5"),
        lambda row: ROWS - 70_000 < row.id < ROWS - 20 and row.device == "tablet-5",
    ),
]


@pytest.mark.parametrize(
    ("wish", "fits"), WISHES, ids=lambda one: str(one)[:60] if isinstance(one, Wish) else "fits"
)
def test_what_is_found_is_what_fits(
    record: Record, everything: list[Row], wish: Wish, fits: Callable[[Row], bool]
) -> None:
    expected = [row.id for row in everything if fits(row)]
    assert [row.id for row in oldest(record, wish)] == expected
    assert [row.id for row in find(record, wish, limit=ROWS)] == expected[::-1]
    assert [row.id for row in find(record, wish, limit=3)] == expected[::-1][:3]


def test_pages_follow_one_another(record: Record) -> None:
    first = find(record, Wish(service="x"), limit=50)
    second = find(record, Wish(service="x", before_id=first[-1].id), limit=50)
    assert [row.id for row in first + second] == [
        row.id for row in find(record, Wish(service="x"), limit=100)
    ]


@pytest.mark.parametrize(
    ("wish", "fewest"),
    [(Wish(service="x"), 6), (Wish(name="co.uk"), 6), (Wish(name="once.example"), 1)],
)
def test_a_page_looks_at_so_many_rows_and_the_next_goes_on(
    record: Record, wish: Wish, fewest: int
) -> None:
    expected = [row.id for row in find(record, wish, limit=ROWS)]
    found, pages, before = [], 0, None
    while pages == 0 or before is not None:
        on = dataclasses.replace(wish, before_id=before)
        page = look(record, on, limit=9_000, at_most=20_000)
        assert before is None or page.older_than is None or page.older_than < before
        found += [row.id for row in page.rows]
        pages, before = pages + 1, page.older_than
    assert found == expected
    assert pages >= fewest


def test_of_so_many_names_each_row_is_asked(tmp_path: Path) -> None:
    with Record.open(tmp_path / "record.db") as record:
        with record.transaction():
            interned = Interned(record)
            wanted = [
                interned.name(labels(f"n{n}.made-up.example"), START_MS) for n in range(4_100)
            ]
            other = interned.name(labels("www.bbc.co.uk"), START_MS)
            asker, ruling = (
                interned.asker(asker_mark(TABLET)[3:]),
                interned.ruling(ruling_of(TIKTOK)),
            )
            state = interned.state(State("v", "Break"))
            insert_runs(
                record,
                Rows.REFUSED,
                [
                    Run(n, START_MS + n, START_MS + n, 1, name, asker, ruling, state, 1, 0, 0.0)
                    for n, name in enumerate((wanted[7], other, wanted[4_000], other), start=1)
                ],
            )
        for wish in (Wish(name="example"), Wish(name="ade-u", match=Match.HOLDS)):
            assert [row.id for row in find(record, wish)] == [3, 1]
            assert [row.id for row in oldest(record, wish)] == [1, 3]


def test_a_name_with_signs_that_searches_know_is_only_a_name(
    record: Record, tmp_path: Path
) -> None:
    for name in ("%", "_", "'", '"; DROP TABLE refused', "*", "[a]"):
        for match in Match:
            assert find(record, Wish(name=name, match=match)) == []
