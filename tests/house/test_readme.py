"""The README tells the truth: its policy is a policy, and its commands are there."""

from __future__ import annotations

import re
from dataclasses import fields

from appliance import settings
from appliance.cli import COMMANDS
from appliance.config import Config, Record, Zone
from appliance.lists import catalogue
from appliance.policy import document
from tests.console import CHECKOUT, bellgate

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


SETTINGS, POLICY = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)


def test_its_policy_is_a_good_one() -> None:
    school = document.read(POLICY.encode(), catalogue.read())
    assert school.name == "Example Primary School"


def test_its_settings_are_good_ones() -> None:
    assert settings.read(SETTINGS.encode()).upstream.locked


def test_it_tells_of_every_setting_and_its_usual_value() -> None:
    table = README.partition("| section | key |")[2].partition("\n\n")[0]
    config = Config()
    sections = (config.dns, config.upstream, Zone((), ()), Record("", "A", ""))
    for section in (*sections, config.encrypted, config.web):
        for setting in fields(section):
            assert f"`{setting.name}`" in table, setting.name
    assert f"| {config.dns.cache_mb} |" in table
    assert f"| {config.dns.client_rate}, {config.dns.client_burst} |" in table


def test_its_commands_are_there() -> None:
    told = set(re.findall(r"`bellgate ([a-z]+)(?: ([a-z]+))?", README))
    assert {first for first, _ in told} <= COMMANDS.keys()
    for first in ("policy", "lists", "catalogue", "detect", "cases", "user"):
        said = bellgate(first, "--help").out
        for second in {second for one, second in told if one == first and second}:
            assert re.search(rf"^  {second}\b", said, re.MULTILINE), f"{first} {second}"


def test_its_pictures_are_there_and_small() -> None:
    named = set(re.findall(r"tests/screens/\w+\.png", README))
    there = {
        str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "tests" / "screens").rglob("*.png")
    }
    assert named == there and len(named) == 10
    for name in named:
        assert (CHECKOUT / name).stat().st_size < 60_000, name
