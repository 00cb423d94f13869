"""What a ready policy offers is what it does."""

from __future__ import annotations

import pytest

from appliance.lists import catalogue
from appliance.policy import ready
from appliance.policy.decide import Policy, decide
from appliance.policy.model import Who
from appliance.policy.offer import EXAMPLE, TIMES, Offer, offer
from tests.school import TUESDAY, Ask

KNOWN = catalogue.read()
NOW = Ask().instant(f"{TUESDAY}T10:15")
# In lessons; at break and lunch; before and after school; at night and weekends.
STAFF = {
    "alfreton-park": (False, True, True, True),
    "city-of-rochester": (False, False, True, True),
    "mersey-vale": (False, True, True, True),
    "st-annes": (False, True, True, True),
    "st-lawrence": (False, False, False, False),
}


def offered(name: str) -> Offer:
    return offer(name, ready.read(name, KNOWN), KNOWN, NOW)


@pytest.mark.parametrize("name", ready.names())
def test_staff_and_pupils_may_what_the_school_s_policy_says(name: str) -> None:
    lines = {line.group: line.is_open for line in offered(name).lines}
    assert lines["staff"] == STAFF[name]
    assert lines["pupils"] == lines["guests"] == (False,) * len(TIMES)


@pytest.mark.parametrize("name", ready.names())
def test_the_whole_policy_decides_the_same(name: str) -> None:
    policy = Policy(ready.read(name, KNOWN), KNOWN)
    facts = policy.facts(EXAMPLE)
    at = [Ask().instant(f"{TUESDAY}T{time}") for time in ("09:30", "12:30", "16:00", "23:00")]
    for line in offered(name).lines:
        found = tuple(decide(policy, Who(line.group), facts, moment).allowed for moment in at)
        assert line.is_open == found


def test_what_is_special_of_a_school_is_told() -> None:
    assert "Official channel: Facebook, open to leadership." in offered("city-of-rochester").notes
    assert "gaming platforms" in offered("alfreton-park").notes[0]
    assert "for one class and one lesson" in offered("mersey-vale").notes[1]
    assert any(one.endswith("(clause 5.2)") for one in offered("mersey-vale").sentences)
    assert any(one.endswith("(Personal use)") for one in offered("st-annes").sentences)
