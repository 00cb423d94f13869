"""The README tells the truth: its policy is a policy, and its commands are there."""

from __future__ import annotations

import re

from appliance.cli import COMMANDS
from appliance.lists import catalogue
from appliance.policy import document
from tests.console import CHECKOUT, bellgate

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def test_its_policy_is_a_good_one() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    school = document.read(text.encode(), catalogue.read())
    assert school.name == "Example Primary School"


def test_its_commands_are_there() -> None:
    told = set(re.findall(r"`bellgate ([a-z]+)(?: ([a-z]+))?", README))
    assert {first for first, _ in told} <= COMMANDS.keys()
    for first in ("policy", "lists", "catalogue", "detect"):
        said = bellgate(first, "--help").out
        for second in {second for one, second in told if one == first and second}:
            assert re.search(rf"^  {second}\b", said, re.MULTILINE), f"{first} {second}"
