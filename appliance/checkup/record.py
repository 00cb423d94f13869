"""The record: how large it is, what it cost the card, and what is missing from it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping

from appliance.checkup.finding import Finding
from appliance.store.standing import Standing


def days_of(found: Standing) -> dict[str, int]:
    """The bytes of each of the school's last days."""
    return {datetime.date.fromordinal(one.day).isoformat(): one.bytes for one in found.wear}


def about_record(found: Standing, days: Mapping[str, int]) -> Iterator[Finding]:
    since = "" if found.oldest_ms is None else f" since {_date(found.oldest_ms)}"
    yield Finding(
        "record",
        f"{found.refused_rows:,} rows of refusals{since}, {found.names:,} names, "
        f"{found.bytes / 1e6:.1f} MB, {found.free_bytes / 1e6:.1f} MB of it free",
    )
    written = "; ".join(f"{day} {count / 1e6:.1f} MB" for day, count in days.items())
    yield Finding("card", f"written for the record: {written or 'nothing yet'}")
    if found.lost_refused or found.lost_allowed:
        yield Finding(
            "lost",
            f"{found.lost_refused:,} refused and {found.lost_allowed:,} allowed questions have no "
            "record, as there was no room for them in memory",
            "nothing brings them back; the log of recording says what was in the way then",
        )


def _date(at_ms: int) -> str:
    return f"{datetime.datetime.fromtimestamp(at_ms / 1000, datetime.UTC):%Y-%m-%d}"
