"""The catalogue's files: their schema, and what must hold over all of them."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from appliance.domains import lies_under, parents
from appliance.errors import CatalogueError
from appliance.lists import catalogue, remembered

KNOWN = catalogue.read()
NAMED_IN_POLICIES = {
    "facebook", "x", "linkedin", "instagram", "snapchat", "reddit", "pinterest", "youtube",
    "wordpress-com", "tumblr", "ask-fm", "whatsapp", "messenger", "world-of-warcraft", "classdojo",
    "blogger", "netmums", "tiktok",
}  # fmt: skip


def shared_domains() -> list[str]:
    text = (catalogue.SHIPPED / "shared.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["domains"])


def test_every_service_that_the_policies_name_is_there() -> None:
    assert NAMED_IN_POLICIES <= KNOWN.services.keys()


def test_no_domain_belongs_to_two_services() -> None:
    owners: dict[str, str] = {}
    for service in KNOWN.services.values():
        for domain in service.domains | service.hosts:
            assert owners.setdefault(domain, service.name) == service.name, domain


def test_no_service_holds_a_domain_that_others_share() -> None:
    for service in KNOWN.services.values():
        for domain in service.domains:
            for shared in shared_domains():
                assert not lies_under(shared, domain), f"{service.name}: {domain} takes in {shared}"


def test_no_lifeline_lies_under_a_service() -> None:
    owned = {d for service in KNOWN.services.values() for d in service.domains | service.hosts}
    for lifeline in KNOWN.lifelines.values():
        for domain in lifeline.domains:
            assert owned.isdisjoint(parents(domain)), f"{lifeline.name}: {domain}"


def test_every_category_in_use_is_described() -> None:
    used = {category for service in KNOWN.services.values() for category in service.categories}
    assert used <= KNOWN.categories.keys()


def test_opening_a_service_opens_nothing_of_another_that_it_does_not_say() -> None:
    owned = {d: s.name for s in KNOWN.services.values() for d in s.domains}
    hosts = {h: s.name for s in KNOWN.services.values() for h in s.hosts}
    for service in KNOWN.services.values():
        opened = {owned[d] for need in service.needs for d in parents(need) if d in owned}
        opened |= {hosts[need] for need in service.needs if need in hosts}
        assert opened - {service.name} <= set(service.builds_on), service.name
        for need in service.needs:
            below = {name for d, name in owned.items() if lies_under(d, need) and d != need}
            assert below <= {service.name, *service.builds_on}, f"{service.name} needs {need}"


def test_what_a_service_builds_on_is_there_and_is_no_way_round_the_filter() -> None:
    for service in KNOWN.services.values():
        for name in service.builds_on:
            categories = KNOWN.services[name].categories
            assert not any(map(KNOWN.is_circumvention, categories)), service.name


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A catalogue to spoil."""
    return Path(shutil.copytree(catalogue.SHIPPED, tmp_path / "blocklists"))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('name = "TikTok"', "", "tiktok.toml: name: missing: what people call it"),
        ('"media-sharing"', '"media-sharin"', 'no category "media-sharin" of this kind (did you'),
        ('"tiktokv.com"', '"https://tiktokv.com/"', "is not a domain name such as example.com"),
        ("minimum_age = 13", "minimum_age = 130", "130 will not do"),
        ("minimum_age = 13", "minimal_age = 13", "unknown key (did you mean minimum_age?)"),
    ],
)
def test_a_spoilt_file_is_named_with_its_line(
    copy: Path, before: str, after: str, says: str
) -> None:
    file = copy / "services" / "tiktok.toml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match="tiktok.toml") as fault:
        catalogue.read(copy)
    assert says in str(fault.value)


def test_the_catalogue_is_remembered_until_a_file_changes(copy: Path, tmp_path: Path) -> None:
    memory = tmp_path / "catalogue.json"
    first = remembered.read(memory, copy)
    assert first == catalogue.read(copy)
    assert remembered.read(memory, copy) == first
    file = copy / "services" / "tiktok.toml"
    file.write_text(file.read_text().replace('"TikTok"', '"Tick Tock"'))
    assert remembered.read(memory, copy).services["tiktok"].title == "Tick Tock"
    memory.write_text("{broken")
    assert remembered.read(memory, copy).services["tiktok"].title == "Tick Tock"
