"""What was closed to my own device in the last hour, why, and when each opens; and of any one site,
whether it is open for this device now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template, request

from appliance.errors import NotAName, StoreError
from appliance.policy.decisions.opening import meant
from appliance.policy.explain import Explainer
from appliance.policy.model import TargetKind
from appliance.store.database import FILE, Record
from appliance.store.lately import SHOWN, NameRefused, refused_names
from webadmin.public.counter import Asker, asker, context, explainer, policy
from webadmin.public.telling import Told, tell

HOUR_MS: Final = 3_600_000
LONGEST: Final = 500  # of what somebody types

pages = Blueprint("why", __name__)


@dataclass(frozen=True, slots=True)
class Closed:
    """One service, or one site, with its names that were refused."""

    told: Told
    names: tuple[NameRefused, ...]

    @property
    def count(self) -> int:
        return sum(one.count for one in self.names)

    @property
    def last(self) -> int:
        """In seconds."""
        return max(one.last_ms for one in self.names) // 1000


@pages.get("/why")
def why() -> str:
    me = asker()
    explains = explainer(me.who)
    typed = request.args.get("site", "")[:LONGEST].strip()
    return render_template(
        "public/why.html",
        me=me,
        typed=typed,
        answer=_answer(explains, typed) if typed else None,
        closed=_closed(me, explains),
        shown=SHOWN,
    )


def _answer(explains: Explainer, typed: str) -> Told | None:
    """Of what somebody calls TikTok, or writes as an address; None: we know no such site."""
    target = meant(policy(), typed)
    if target is None:
        return None
    name = target.name
    if target.kind is TargetKind.SERVICE:
        service = policy().catalogue.services[target.name]
        if not service.names:
            return None
        name = min(service.domains or service.names, key=lambda one: (len(one), one))
    try:
        return tell(explains, name)
    except NotAName:
        return None


def _closed(me: Asker, explains: Explainer) -> list[Closed] | None:
    """None where nothing can be said: there is no record, or not now."""
    now_ms = context().now_ms
    try:
        with Record.look(context().folder / FILE) as record:
            names = refused_names(record, str(me.address), now_ms - HOUR_MS, now_ms + 1)
    except StoreError:
        return None
    return _by_site(names, explains)


def _by_site(names: Iterable[NameRefused], explains: Explainer) -> list[Closed]:
    """One app asks for twenty names, and is one thing to whoever uses it."""
    found: dict[object, list[tuple[Told, NameRefused]]] = {}
    for one in names:
        told = _tell(explains, one.name)
        if told is not None:
            key = (told.title, told.is_open, told.changes, told.says, told.clause)
            found.setdefault(key, []).append((told, one))
    return [Closed(pairs[0][0], tuple(name for _, name in pairs)) for pairs in found.values()]


def _tell(explains: Explainer, name: str) -> Told | None:
    try:
        return tell(explains, name)
    except NotAName:
        return None  # a device may ask for what people may not write
