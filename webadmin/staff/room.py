"""What a page needs while it is made: who asks, and the books, opened when they are first needed
and closed when the page is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

from flask import Flask, current_app, g

from appliance.errors import SnapshotError
from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.store.book import Book
from appliance.store.counter.counter import open_counter
from appliance.store.database import FILE, Record
from appliance.store.office import drafts
from appliance.store.office.office import open_office
from appliance.store.office.people import Person
from webadmin.frame.context import Context

PRODUCT: Final = "Bellgate"

Opened = TypeVar("Opened", Book, Record)


def context() -> Context:
    return cast(Context, current_app.extensions["context"])


def now() -> Instant:
    """This second, by the box's clock."""
    return context().now


def now_ms() -> int:
    return context().now_ms


def phones_ms() -> int:
    """The time by which an app on a phone makes its codes."""
    return int(context().phones() * 1000)


def policy() -> Policy:
    """The policy in force."""
    return context().live.policy()


def school_name() -> str:
    """What stands at the top of each page: while a box is set up, what has been said so far. Before
    that the ready policy in force has another school's name."""
    begun = drafts.find(office(), drafts.FIRST_SCHOOL)
    if begun is not None:
        return str(begun.get("name") or PRODUCT)
    try:
        return policy().school.name
    except SnapshotError:
        return PRODUCT


def me() -> Person:
    """Who is signed in; only pages with a permission may ask."""
    assert g.person is not None
    return cast(Person, g.person)


def office() -> Book:
    return _opened("office", lambda: open_office(context().folder))


def counter() -> Book:
    """Reports, and what pupils asked a teacher for."""
    return _opened("counter", lambda: open_counter(context().folder))


def record() -> Record:
    """For reading; StoreError where nothing has been recorded yet."""
    return _opened("record", lambda: Record.look(context().folder / FILE))


def changing() -> Record:
    """For notes of what was done, and for cases, in short transactions."""
    return _opened("changing", lambda: Record.change(context().folder / FILE))


def close_at_the_end(app: Flask) -> None:
    def close(_: BaseException | None) -> None:
        for name in ("office", "counter", "record", "changing"):
            book: Any = g.pop(name, None)
            if book is not None:
                book.close()

    app.teardown_appcontext(close)


def _opened(name: str, opener: Callable[[], Opened]) -> Opened:
    if name not in g:
        setattr(g, name, opener())
    return cast(Opened, getattr(g, name))
