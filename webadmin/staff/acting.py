"""A decision that changes the policy: noted first, then put in force for every resolver at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from flask import flash

from appliance.errors import ApplianceError
from appliance.policy.decide import Policy
from appliance.policy.decisions import grants
from appliance.policy.model import School
from appliance.publish import Published
from webadmin.staff import room
from webadmin.staff.noting import note


@contextlib.contextmanager
def told(done: str) -> Iterator[None]:
    """What is tried inside is told on the next page: that it is done, or the sentence why not."""
    try:
        yield
    except ApplianceError as fault:
        flash(str(fault), "danger")
    else:
        flash(done, "success")


def put_in_force(
    alter: Callable[[Policy], School],
    what: str,
    subject: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Published:
    """What can't be noted is not done; what was noted and could not be done is noted as well. What
    is long over leaves with each change: nobody else would ever take it out."""

    def altered(policy: Policy) -> School:
        return grants.tidy(alter(policy), policy.clock, room.now())

    note(what, subject, before=before, after=after)
    try:
        return room.context().live.change(altered, room.now())
    except ApplianceError as fault:
        note(f"{what}: was not put in force", subject, after={"because": str(fault)[:500]})
        raise
