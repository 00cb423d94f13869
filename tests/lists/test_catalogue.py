"""The catalogue's files: their schema, and what must hold over all of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from appliance.errors import CatalogueError
from appliance.lists import catalogue, remembered
from appliance.lists.audit import audit

KNOWN = catalogue.read()
NAMED_IN_POLICIES = {
    "facebook", "x", "linkedin", "instagram", "snapchat", "reddit", "pinterest", "youtube",
    "wordpress-com", "tumblr", "ask-fm", "whatsapp", "messenger", "world-of-warcraft", "classdojo",
    "blogger", "netmums", "tiktok",
}  # fmt: skip


def test_every_service_that_the_policies_name_is_there() -> None:
    assert NAMED_IN_POLICIES <= KNOWN.services.keys()


def test_the_catalogue_keeps_its_own_rules() -> None:
    found = audit(KNOWN, catalogue.shared_domains(), catalogue.school_needs())
    assert [str(finding) for finding in found if finding.fault] == []


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


def test_every_child_finds_somebody_to_talk_to() -> None:
    told = {one.title: (one.says, one.link) for one in KNOWN.lifelines.values() if one.says}
    assert told["Childline"] == ("call 0800 1111, free, day or night", "tel:08001111")
    assert told["Shout 85258"][1] == "sms:85258"
    assert "CEOP and CEOP Education" in told


def test_a_help_line_leads_to_no_script(copy: Path) -> None:
    file = copy / "lifelines.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("tel:08001111", "javascript:alert(1)"), encoding="utf-8")
    with pytest.raises(CatalogueError, match="will not do: tel:"):
        catalogue.read(copy)


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


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A school's own files: a forum of its town, and one more way round the filter."""
    folder = tmp_path / "own"
    for room in ("services", "circumvention"):
        (folder / room).mkdir(parents=True)
    (folder / "services" / "town-forum.toml").write_text(
        """
name = "Town forum"
categories = ["forums"]
about = "Where the town argues."
domains = ["town-forum.example.com"]
checked = ["https://town-forum.example.com", "https://town.example.com"]
"""
    )
    (folder / "circumvention" / "vpn.toml").write_text(
        """
[corner-vpn]
name = "Corner VPN"
about = "Sold at the corner shop."
domains = ["corner-vpn.example.com"]
checked = ["https://corner-vpn.example.com", "https://town.example.com"]
"""
    )
    return folder


def test_a_schools_own_files_are_added_to_ours(own: Path) -> None:
    known = catalogue.read(own=own)
    assert known.services["town-forum"].title == "Town forum"
    assert known.circumvents(known.services["corner-vpn"])
    assert known.services.keys() - KNOWN.services.keys() == {"town-forum", "corner-vpn"}
    assert all(known.services[name] == KNOWN.services[name] for name in KNOWN.services)


def test_a_schools_own_file_takes_the_place_of_ours(own: Path) -> None:
    (own / "services" / "town-forum.toml").rename(own / "services" / "reddit.toml")
    known = catalogue.read(own=own)
    assert known.services["reddit"].domains == {"town-forum.example.com"}
    assert known.services.keys() == KNOWN.services.keys() | {"corner-vpn"}


def test_a_way_round_the_filter_takes_no_service_s_name(own: Path) -> None:
    file = own / "circumvention" / "vpn.toml"
    file.write_text(file.read_text().replace("corner-vpn]", "tiktok]"))
    with pytest.raises(CatalogueError, match="tiktok: this name is taken by another service"):
        catalogue.read(own=own)


def test_a_change_of_the_schools_own_files_is_noticed(own: Path, tmp_path: Path) -> None:
    memory = tmp_path / "catalogue.json"
    assert remembered.read(memory) == KNOWN
    assert remembered.read(memory, own=own) == catalogue.read(own=own)
    file = own / "services" / "town-forum.toml"
    file.write_text(file.read_text().replace('"Town forum"', '"Market square"'))
    assert remembered.read(memory, own=own).services["town-forum"].title == "Market square"
    file.unlink()
    assert "town-forum" not in remembered.read(memory, own=own).services
