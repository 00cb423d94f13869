"""What several commands make of the record: the school's clock."""

from __future__ import annotations

import tomllib

from appliance.policy.clock import SchoolClock
from appliance.store import policies
from appliance.store.database import Record

USUAL_ZONE = "Europe/London"


def clock_of(record: Record) -> SchoolClock:
    """The clock of the school whose record it is."""
    newest = policies.last_in_force(record)
    if newest is None:
        return SchoolClock(USUAL_ZONE)
    school = tomllib.loads(policies.document(record, newest.policy).decode()).get("school", {})
    return SchoolClock(school.get("timezone", USUAL_ZONE))
