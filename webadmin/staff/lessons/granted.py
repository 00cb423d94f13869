"""What is said of a grant where somebody did something with it."""

from __future__ import annotations

from appliance.policy.model import Grant
from webadmin.staff.lessons.slots import scope_titles


def facts(one: Grant) -> dict[str, object]:
    """What a note says of a grant."""
    return {
        "targets": list(map(str, one.targets)),
        "scopes": scope_titles(one.scopes),
        "until": one.end.isoformat(),
        "reason": one.reason,
    }
