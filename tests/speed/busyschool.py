"""A school of 1,000 devices after a year: its policy, its people's papers, and its record, copied
from one that was made before."""

from __future__ import annotations

import contextlib
import ipaddress
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from appliance.errors import ApplianceError
from appliance.store import audit, holding
from appliance.store.counter import asks, telling
from appliance.store.counter.asks import Ask
from appliance.store.counter.counter import open_counter, pictures
from appliance.store.counter.telling import Telling
from appliance.store.database import FILE, Record
from appliance.store.office import asking, deciding, notices, people
from appliance.store.office.office import open_office
from appliance.store.office.requests import Kind
from appliance.store.office.roles import Role
from appliance.store.office.wishes import Wish
from tests.speed.record import DEVICES, NOW
from tests.webadmin.premises import Premises, premises
from tests.webadmin.public.visiting import POLICY

CLASSES: Final = 30
STAFF: Final = 60
GRANTS: Final = 200
REQUESTS: Final = 60
REPORTS: Final = 200
CASES: Final = 60
NOTED: Final = 20_000
LESSON: Final = (NOW + 86_400, NOW + 90_000)


def policy() -> str:
    """Ours, with devices for everybody who is in the record, and a year of decisions."""
    groups = ("pupils", "staff", "guests")
    known = [n for n in range(DEVICES) if _address(n) not in POLICY]  # the others are taken
    devices = [
        f'[devices.device-{n}]\ngroup = "{groups[n % 10 // 4]}"\naddresses = ["{_address(n)}"]\n'
        for n in known
    ]
    sets = [
        f"[device_sets.class-{n}]\ndevices = {[f'device-{one}' for one in known[n::CLASSES]]}\n"
        for n in range(CLASSES)
    ]
    grants = [
        f'[[override]]\nid = "o-{n}"\naction = "allow"\ntarget = ["domain:www.useful-{n}.org"]\n'
        f'for = ["set:class-{n % CLASSES}"]\nreason = "Lesson {n}"\napproved_by = ["Mrs Owen"]\n'
        f"from = 2026-11-1{n % 9}T09:00:00\nuntil = 2026-11-{19 + n % 9}T10:30:00\n"
        for n in range(GRANTS)
    ]
    return "\n".join([POLICY, *devices, *sets, *grants])


def _address(n: int) -> str:
    return f"10.{20 + n // 62500}.{n // 250 % 250}.{n % 250 + 1}"


@contextlib.contextmanager
def busy_school(folder: Path, record: Path) -> Iterator[Premises]:
    """On the day and at the hour of the newest row."""
    folder.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(record)) as made:
        made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(record, folder / FILE)
    Record.open(folder / FILE).close()  # one of an older program is brought up to date
    with premises(folder, policy()) as school:
        school.box.clock.now = NOW
        _keep_papers(school)
        _keep_cases(school)
        _keep_reports(school)
        yield school


def _keep_papers(school: Premises) -> None:
    at_ms, owen = NOW * 1000, school.people["owen"]
    with open_office(school.folder) as office:
        for n in range(STAFF):
            people.add(
                office, login=f"teacher{n}", name=f"Teacher {n}", roles=[Role.TEACHER], at_ms=at_ms
            )
        teachers = [one for one in people.everybody(office) if one.is_a(Role.TEACHER)]
        for n, one in enumerate(teachers[:REQUESTS]):
            wish = Wish(
                typed="YouTube", targets=("service:youtube",), scopes=(f"set:class-{n % CLASSES}",),
                start=LESSON[0], end=LESSON[1], aim="Volcanoes", lesson="Lesson 1",
            )  # fmt: skip
            made = asking.ask(office, Kind.LESSON, wish, one, at_ms=at_ms)
            if n % 2:
                deciding.refuse(office, made.id, owen, at_ms=at_ms, words="Use the museum's page.")
            scopes = [f"set:class-{n % CLASSES}"]
            notices.give(office, one, "Drugs education", scopes, NOW, NOW + 3_600, at_ms=at_ms)


def _keep_cases(school: Premises) -> None:
    at_ms = NOW * 1000
    with Record.change(school.folder / FILE) as record:
        newest = int(record.number("SELECT max(id) FROM refused"))
        for n in range(CASES):
            rows = list(range(newest - 5 * n, newest - 5 * n - 5, -1))
            with contextlib.suppress(ApplianceError):  # a device that has one already
                case = holding.open_with(record, rows[:1], "A look", who="owen", at_ms=at_ms)
                holding.hold(record, case.id, rows, "More", who="owen", at_ms=at_ms)
        with record.transaction():
            for n in range(NOTED):
                audit.note(
                    record, at_ms - n * 60_000, "owen", "opened", f"override o-{n}",
                    before={"until": n}, after={"until": n + 1},
                )  # fmt: skip


def _keep_reports(school: Premises) -> None:
    with open_counter(school.folder) as counter:
        for n in range(REPORTS):
            told = Telling(
                typed=f"bad-{n}.example", seen="Gambling " * 40,
                address=ipaddress.ip_address(f"10.20.{n // 200}.{n % 200 + 1}"),
            )  # fmt: skip
            telling.tell(counter, pictures(school.folder), told, at_ms=NOW * 1000)
            wish = Ask(site=f"site-{n % 40}.org", address=told.address)
            asks.put(counter, wish, at_ms=NOW * 1000)
