"""Times, numbers and names as people read them, for every template."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Flask

from appliance.domains import shorten
from appliance.policy.clock import Instant, SchoolClock
from appliance.policy.words import listed

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400


def day(at: Instant, clock: SchoolClock) -> str:
    """ "Tue 24 Nov" """
    local = clock.local(at)
    return f"{local:%a} {local.day} {local:%b}"


def time(at: Instant, clock: SchoolClock) -> str:
    """ "10:45" """
    return f"{clock.local(at):%H:%M}"


def when(at: Instant, clock: SchoolClock, now: Instant) -> str:
    """ "10:45" today, "Tue 24 Nov, 10:45" on another day, with the year in another year."""
    local = clock.local(at)
    if local.date() == clock.date(now):
        return time(at, clock)
    year = "" if local.year == clock.local(now).year else f" {local.year}"
    return f"{day(at, clock)}{year}, {time(at, clock)}"


def span(start: Instant, end: Instant, clock: SchoolClock, now: Instant) -> str:
    """ "Tue 24 Nov, 10:45 to 12:15" """
    if clock.date(start) == clock.date(end):
        return f"{when(start, clock, now)} to {time(end, clock)}"
    if clock.date(now) in (clock.date(start), clock.date(end)):
        return f"{day(start, clock)}, {time(start, clock)} to {day(end, clock)}, {time(end, clock)}"
    return f"{when(start, clock, now)} to {when(end, clock, now)}"


def lasting(seconds: float) -> str:
    """ "40 seconds", "5 minutes", "3 hours", "2 days": one number is enough."""
    for size, word in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= size:
            return counted(int(seconds // size), word)
    return counted(max(0, int(seconds)), "second")


def ago(at: Instant, now: Instant) -> str:
    """ "5 minutes ago", "in 2 hours" """
    if at > now:
        return f"in {lasting(at - now)}"
    return "just now" if now - at < MINUTE else f"{lasting(now - at)} ago"


def counted(count: int, one: str, many: str = "") -> str:
    """ "1 device", "1,203 devices" """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def iso(at: Instant, clock: SchoolClock) -> str:
    """For programs that read the page: 2026-11-24T10:45:00+00:00"""
    return clock.local(at).isoformat()


def sentence(text: str) -> str:
    """What an error says, as it stands by itself: a capital letter, and an end."""
    ended = text if text.endswith((".", "?", "…")) else f"{text}."
    return ended[:1].upper() + ended[1:]


def add_words(app: Flask, clock: Callable[[], SchoolClock], now: Callable[[], Instant]) -> None:
    """As filters: {{ request.start|when }}, {{ n|counted("device") }}, {{ name|short }}."""
    app.jinja_env.filters.update(
        day=lambda at: day(at, clock()),
        time=lambda at: time(at, clock()),
        when=lambda at: when(at, clock(), now()),
        span=lambda start, end: span(start, end, clock(), now()),
        ago=lambda at: ago(at, now()),
        hour=lambda at: clock().local(at).hour,
        iso=lambda at: iso(at, clock()),
        lasting=lasting,
        counted=counted,
        number=lambda value: f"{value:,}",
        listed=listed,
        short=shorten,
        sentence=sentence,
    )
