"""Every page of both applications, for every role: how long the server takes, and what it weighs.

    python -m tests.speed.pages --record DIR/record.db

`--record` is one that `python -m tests.speed.record --rows 5000000 --dir DIR` has made; it is
copied. The time is that of the whole request inside one process, the median of the rounds; the
weight is that of the page and of all it loads, as it is sent.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask.testing import FlaskClient
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import TestResponse

from tests.speed.busyschool import busy_school
from tests.webadmin.forms import token
from tests.webadmin.premises import Premises
from tests.webadmin.public.visiting import OWN, call
from webadmin.staff.permissions import TABLE, permission_of

SLOW_MS: Final = 300
HEAVY: Final = 300_000
ROLES: Final = ("clark", "owen", "shah", "north", "green")
LOADED: Final = re.compile(r'(?:src|href)="((?:/bellgate)?/assets/[^"]+)"')
DEVICE: Final = "device-7"
# What people ask of a page beside the page itself; the log is asked in every way.
ASKED: Final = {
    "/refused": (
        "on=today", "on=week", "group=pupils", "service=service-3", "category=category-4",
        "rule=rule-2", "decided_by=rule", "period=Break", "set=class-3", f"device={DEVICE}",
        "name=useful-7.org", "name=zzzz&match=in", "name=api&match=in", "before=2500000",
        "service=service-3&group=staff&period=closed&on=week",
    ),
    "/why": ("name=www.tiktok.com", f"name=tiktok&device={DEVICE}&on=2026-11-17&time=10:00"),
    "/ask": ("site=youtube&scope=set:class-3&slot=2026-11-19|Lesson 1", "site=instagram"),
    "/ask/suggestions": ("q=you",),
    "/numbers": ("span=month", "span=term"),
}  # fmt: skip
PUBLIC: Final = {
    "/why": ("site=tiktok", "site=www.bbc.co.uk"),
    "/ask": ("site=www.tiktok.com",),
    "/asked": ("site=www.tiktok.com",),
    "/report/find": ("reference=K7QX-4MPD",),
}
FIRST: Final = {"device": DEVICE, "key": "1", "kind": "csv", "id": "o-1", "name": "device-7"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One page, for one person."""

    path: str
    who: str
    status: int
    milliseconds: float
    processor: float  # milliseconds, too: what of it others on this machine did not cost
    bytes: int
    is_file: bool = False  # to be kept: it leaves while it is made, and may be long

    @property
    def is_slow(self) -> bool:
        return self.milliseconds > SLOW_MS and not self.is_file

    @property
    def is_heavy(self) -> bool:
        return self.bytes > HEAVY and not self.is_file

    def __str__(self) -> str:
        marks = (("file", self.is_file), ("SLOW", self.is_slow), ("HEAVY", self.is_heavy))
        said = " ".join(mark for mark, holds in marks if holds)
        return (
            f"| {self.milliseconds:8.1f} | {self.processor:9.1f} | {self.bytes / 1000:7.1f} "
            f"| {self.status} | {self.who:8} | {self.path} | {said}"
        ).rstrip()


class Weigher:
    """What a page loads is fetched once for all pages."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def weigh(self, page: TestResponse, fetch: Callable[[str], TestResponse]) -> int:
        loaded = set(LOADED.findall(page.text)) if page.mimetype == "text/html" else set()
        for path in loaded - self._known.keys():
            self._known[path] = len(fetch(path).data)
        return len(page.data) + sum(self._known[path] for path in loaded)


def measure(fetch: Callable[[], TestResponse], rounds: int) -> tuple[TestResponse, float, float]:
    """The last answer, and the medians of its time and of the processor's."""
    times, processor = [], []
    for _ in range(rounds):
        begun, worked = time.perf_counter(), time.process_time()
        page = fetch()
        assert page.data is not None  # streamed to its end
        times.append((time.perf_counter() - begun) * 1000)
        processor.append((time.process_time() - worked) * 1000)
    return page, statistics.median(times), statistics.median(processor)


def staff_pages(school: Premises, login: str) -> Iterator[str]:
    """All that this person may see; files are asked for with a day's rows in them."""
    urls = school.staff.url_map.bind("localhost")
    role = next(iter(school.people[login].roles))
    for rule in sorted(school.staff.url_map.iter_rules(), key=str):
        needed = permission_of(school.staff.view_functions[rule.endpoint])
        if needed not in TABLE[role] or "GET" not in (rule.methods or set()):
            continue
        path = urls.build(rule.endpoint, filled(rule))
        yield f"{path}?on=today" if "rows." in path else path
        yield from (f"{path}?{query}" for query in ASKED.get(path, ()))


def filled(rule: Rule) -> dict[str, int | str]:
    return {
        name: 1 if isinstance(kind, IntegerConverter) else FIRST.get(name, "1")
        for name, kind in rule._converters.items()
    }


def of_staff(school: Premises, login: str, rounds: int, weigher: Weigher) -> Iterator[Figure]:
    client = school.as_(login)
    if "/refused" in staff_pages(school, login):
        _say_why(client)
    for path in staff_pages(school, login):
        page, took, worked = measure(lambda path=path: client.get(path), rounds)  # type: ignore[misc]
        weight, is_file = (
            weigher.weigh(page, _packed(client)),
            "Content-Disposition" in page.headers,
        )
        yield Figure(path, login, page.status_code, took, worked, weight, is_file)


def of_public(school: Premises, rounds: int, weigher: Weigher) -> Iterator[Figure]:
    asked = [("/x", "www.tiktok.com"), ("/x", "www.bbc.co.uk")]
    for rule in sorted(school.public.url_map.iter_rules(), key=str):
        path = str(rule).replace("<reference>", "K7QX-4MPD")
        if "GET" in (rule.methods or set()) and "<" not in path:
            asked += [(path, OWN), *((f"{path}?{query}", OWN) for query in PUBLIC.get(path, ()))]
    for path, host in asked:
        page, took, worked = measure(
            lambda path=path, host=host: call(school, path, host, by="10.20.0.8"),  # type: ignore[misc]
            rounds,
        )
        weight = weigher.weigh(page, lambda one: call(school, one, Accept_Encoding="gzip"))
        yield Figure(
            path, "anybody" if host == OWN else host[:8], page.status_code, took, worked, weight
        )


def _packed(client: FlaskClient) -> Callable[[str], TestResponse]:
    return lambda path: client.get(path, headers={"Accept-Encoding": "gzip"})


def _say_why(client: FlaskClient) -> None:
    form = {"csrf_token": token(client), "device": DEVICE, "why": "A talk with his teacher"}
    client.post("/refused/look", data=form)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", type=Path, required=True, metavar="FILE")
    parser.add_argument("--rounds", type=int, default=5)
    words = parser.parse_args()
    weigher = Weigher()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bellgate-pages-") as made:
        with busy_school(Path(made) / "school", words.record) as school:
            for login in ROLES:
                figures += of_staff(school, login, words.rounds, weigher)
            figures += of_public(school, words.rounds, weigher)
    print("|       ms | processor |      kB |     | who      | page |")
    print("|---------:|----------:|--------:|-----|----------|------|")
    for figure in sorted(figures, key=lambda one: -one.milliseconds):
        print(figure)
    pages = [one for one in figures if not one.is_file]
    slow, heavy = sum(one.is_slow for one in pages), sum(one.is_heavy for one in pages)
    slowest = max(one.milliseconds for one in pages)
    heaviest = max(one.bytes for one in pages)
    print(
        f"{len(pages)} pages: {slow} slower than {SLOW_MS} ms (the slowest {slowest:.0f} ms), "
        f"{heavy} heavier than {HEAVY // 1000} kB (the heaviest {heaviest / 1000:.0f} kB)"
    )


if __name__ == "__main__":
    main()
