"""What a newer catalogue brings, in sentences."""

from __future__ import annotations

import dataclasses

from appliance.lists import catalogue
from appliance.lists.changes import changes
from appliance.policy.services import Catalogue, Service

KNOWN = catalogue.read()
TIKTOK = KNOWN.services["tiktok"]


def with_services(*services: Service) -> Catalogue:
    return dataclasses.replace(KNOWN, services={**KNOWN.services, **{s.name: s for s in services}})


def test_the_same_catalogue_changes_nothing() -> None:
    assert changes(KNOWN, catalogue.read()) == []


def test_names_that_come_and_go_are_told_by_service() -> None:
    now = dataclasses.replace(
        TIKTOK, domains=TIKTOK.domains - {"tiktokv.com"} | {"tikclip.com", "tikfilm.com"}
    )
    assert changes(KNOWN, with_services(now)) == [
        "TikTok: now has tikclip.com and tikfilm.com; no longer has tiktokv.com."
    ]


def test_a_name_that_was_exact_and_now_takes_in_all_below_is_told() -> None:
    host = dataclasses.replace(TIKTOK, domains=TIKTOK.domains - {"tiktok.com"})
    host = dataclasses.replace(host, hosts=host.hosts | {"tiktok.com"})
    assert changes(with_services(host), KNOWN) == ["TikTok: now has all below tiktok.com."]
    assert changes(KNOWN, with_services(host)) == ["TikTok: now has nothing below tiktok.com."]


def test_another_category_and_age_are_told() -> None:
    now = dataclasses.replace(TIKTOK, categories=("games", "forums"), minimum_age=16)
    assert changes(KNOWN, with_services(now)) == [
        "TikTok: is now under games and forums; its minimum age is now 16 (was 13)."
    ]


def test_services_that_come_and_go_are_counted_and_named_where_they_are_few() -> None:
    rest = {name: one for name, one in KNOWN.services.items() if name != "tiktok"}
    assert changes(dataclasses.replace(KNOWN, services=rest), KNOWN) == [
        "Services added (1): TikTok."
    ]
    (said,) = changes(KNOWN, dataclasses.replace(KNOWN, services={}))
    assert said.startswith(f"Services removed ({len(KNOWN.services):,}): ")
    assert said.endswith("more.") and len(said) < 200


def test_a_change_of_everything_stays_short() -> None:
    now = [dataclasses.replace(one, minimum_age=21) for one in KNOWN.services.values()]
    said = changes(KNOWN, with_services(*now))
    assert len(said) < 40
    assert said[-1].endswith("more services change in such ways.")


def test_what_is_only_written_otherwise_is_one_line() -> None:
    now = dataclasses.replace(TIKTOK, about="Short films.")
    assert changes(KNOWN, with_services(now)) == ["Services described in other words (1): TikTok."]


def test_lifelines_are_told() -> None:
    line = dataclasses.replace(KNOWN.lifelines["childline"], domains=frozenset({"example.org"}))
    now = dataclasses.replace(KNOWN, lifelines={**KNOWN.lifelines, "childline": line})
    assert changes(KNOWN, now) == [
        "Childline: now has example.org; no longer has childline.org.uk."
    ]
