"""Answers that are more than an upstream's word: safe search, where a name leads, the school's own
names."""

from __future__ import annotations

import pytest

from tests.journeys.cast import DAN, MS_CLARK, SIXTH_FORMER
from tests.journeys.conftest import PAGE, School
from tests.journeys.running import Box
from tests.upstream import Upstream


@pytest.mark.parametrize(
    ("by", "name", "target", "address"),
    [
        (DAN, "www.google.com", "forcesafesearch.google.com", "192.0.2.120"),
        (DAN, "www.google.co.uk", "forcesafesearch.google.com", "192.0.2.120"),
        (DAN, "google.com.au", "forcesafesearch.google.com", "192.0.2.120"),
        (DAN, "www.bing.com", "strict.bing.com", "192.0.2.123"),
        (DAN, "www.youtube.com", "restrict.youtube.com", "192.0.2.121"),
        (SIXTH_FORMER, "www.youtube.com", "restrictmoderate.youtube.com", "192.0.2.122"),
        (SIXTH_FORMER, "m.youtube.com", "restrictmoderate.youtube.com", "192.0.2.122"),
        (SIXTH_FORMER, "www.google.de", "forcesafesearch.google.com", "192.0.2.120"),
    ],
)
def test_search_is_safe_with_the_addresses_that_its_safe_name_has_today(
    box: Box, by: str, name: str, target: str, address: str
) -> None:
    for ask in (box.device(by).ask, box.device(by).ask_by_tcp):
        assert ask(name).texts == [f"CNAME {target}.", f"A {address}"]


def test_safe_search_holds_for_every_way_to_an_address(box: Box, world: Upstream) -> None:
    six = box.device(DAN).ask("www.google.ie", "AAAA")
    assert six.texts == ["CNAME forcesafesearch.google.com.", "AAAA 2001:db8::120"]
    service = box.device(DAN).ask("www.google.ie", "HTTPS")
    assert service.texts == ["CNAME forcesafesearch.google.com."]
    mail = box.device(DAN).ask("www.google.ie", "MX")
    assert mail.texts == []
    assert {one.kind for one in world.asked_for("www.google.ie")} == {"MX"}


def test_where_the_safe_name_has_no_answer_there_is_none(box: Box) -> None:
    """The other answer would be the unsafe page."""
    assert box.device(DAN).ask("duckduckgo.com").rcode == "SERVFAIL"


def test_adults_search_as_they_like(box: Box) -> None:
    assert box.device(MS_CLARK).ask("www.google.com").addresses == ["192.0.2.1"]


@pytest.mark.parametrize(("name", "kind"), [("alias.example", "A"), ("service.example", "HTTPS")])
def test_what_leads_to_a_refused_name_is_refused(box: Box, name: str, kind: str) -> None:
    for _ in range(2):  # the second time it is kept
        reply = box.device(DAN).ask(name, kind)
        assert reply.addresses == ([PAGE] if kind == "A" else [])
        assert reply.why
        assert reply.why[0] == 15
        assert "192.0.2.66" not in reply.addresses


@pytest.mark.parametrize(
    ("name", "kind"), [("good-alias.example", "A"), ("good-service.example", "HTTPS")]
)
def test_what_leads_elsewhere_is_answered_whole(box: Box, name: str, kind: str) -> None:
    reply = box.device(DAN).ask(name, kind)
    assert reply.why is None
    assert len(reply.answers) == (2 if kind == "A" else 1)


def test_no_public_name_leads_into_the_schools_own_network(box: Box) -> None:
    reply = box.device(DAN).ask("rebind.example")
    assert reply.is_empty
    assert reply.why == (17, "A public name may not lead into the school's own network.")
    intranet = box.device(DAN).ask("intranet.bellgate.sch.uk")
    assert intranet.addresses == ["10.1.2.3"]


def test_the_schools_own_zones_are_asked_of_its_own_servers(school: School) -> None:
    dan = school.box.device(DAN)
    assert dan.ask("dc.ad.bellgate.sch.uk").addresses == ["10.1.0.2"]
    assert dan.ask("2.0.1.10.in-addr.arpa", "PTR").texts == ["PTR dc.ad.bellgate.sch.uk."]
    assert school.directory.asked_for("dc.ad.bellgate.sch.uk")
    assert not school.world.asked_for("dc.ad.bellgate.sch.uk")
    assert not school.world.asked_for("2.0.1.10.in-addr.arpa")


def test_local_records_and_hosts_are_answered_here(box: Box, world: Upstream) -> None:
    dan = box.device(DAN)
    assert dan.ask("library.bellgate.sch.uk").addresses == ["10.20.0.7"]
    assert dan.ask("printer").addresses == ["10.20.0.9"]
    assert dan.ask("printer.bellgate.sch.uk").addresses == ["10.20.0.9"]
    assert dan.ask("9.0.20.10.in-addr.arpa", "PTR").texts[0].startswith("PTR printer")
    assert dan.ask("printer", "AAAA").is_empty
    assert not [one for one in world.asked if "printer" in one.name]


def test_a_local_name_for_a_public_one_has_the_public_ones_address(box: Box) -> None:
    reply = box.device(DAN).ask("books.bellgate.sch.uk")
    assert reply.texts == ["CNAME www.bbc.example.", "A 192.0.2.10"]


def test_ttls_count_down_and_a_device_never_keeps_an_answer_for_long(box: Box) -> None:
    assert 0 < box.device(DAN).ask("late-bell.example").ttl <= 300
