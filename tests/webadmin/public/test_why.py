"""The page that says to a device what was closed to it, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

import pytest

from appliance.event import Means
from appliance.policy.model import Who
from tests.recording.noting import TABLET, TIKTOK
from tests.webadmin.premises import Premises, premises
from tests.webadmin.public.visiting import DAN, EVE, MS_CLARK, POLICY, call

NEIGHBOUR = replace(TABLET, address=ip_address(EVE), who=Who("pupils"))
BY_MAC = replace(
    TABLET, address=ip_address("10.20.9.9"), who=Who("staff", "macs-tablet"), means=Means.MAC
)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("why"), POLICY) as school:
        ask = school.box.noter.ask
        ask("old.tiktok.com")
        school.box.store()
        school.box.clock.wait(3700)
        for name in ("www.tiktok.com", "v19.tiktokv.com", "www.tiktok.com", "soundcloud.com"):
            ask(name)
        ask("<script>alert(1)</script>.tiktok.com")
        ask("www.reddit.com", TIKTOK, NEIGHBOUR)
        ask("www.instagram.com", TIKTOK, BY_MAC)
        school.box.store()
        yield school


def test_dan_sees_what_was_closed_to_his_tablet_in_the_last_hour(school: Premises) -> None:
    page = call(school, "/why").text
    assert "What was closed to this device" in page
    assert page.count('class="title">TikTok<') == 1, "one app, however many names it has"
    assert "Asked for 4 times" in page
    assert "v19.tiktokv.com" in page
    assert "All social media is blocked." in page
    assert "Clause 7.1" in page
    assert "closed at all times" in page
    assert "old.tiktok.com" not in page


def test_it_shows_nothing_of_another_device(school: Premises) -> None:
    dans, eves = call(school, "/why", by=DAN).text, call(school, "/why", by=EVE).text
    assert "reddit" not in dans
    assert "reddit" in eves
    assert "tiktok" not in eves
    assert "Nothing was closed to this device" in call(school, "/why", by=MS_CLARK).text


def test_a_forged_forwarder_is_not_believed(school: Premises) -> None:
    page = call(school, "/why", by=EVE, X_Forwarded_For=DAN, X_Real_Ip=DAN).text
    assert "tiktok" not in page


def test_a_device_known_by_its_hardware_address_is_who_the_resolver_knew(school: Premises) -> None:
    page = call(school, "/why", by="10.20.9.9").text
    assert "macs-tablet, in the group staff" in page


def test_odd_names_are_text(school: Premises) -> None:
    page = call(school, "/why").text
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("TikTok", "TikTok is closed for this device"),
        ("https://www.tiktok.com/@x?y=1", "TikTok is closed for this device"),
        ("bbc.co.uk", "bbc.co.uk is open for this device"),
        ("childline.org.uk", "childline.org.uk is open for this device"),
        ("zzzz", "We don't know “zzzz”"),
        ("<script>alert(1)</script>", "We don't know “&lt;script&gt;"),
        ("\x00\x1b[31m" + "a" * 9000, "We don't know"),
    ],
)
def test_one_site_is_looked_up_as_people_write_it(school: Premises, typed: str, said: str) -> None:
    page = school.visitor().get(
        "/why",
        query_string={"site": typed},
        environ_overrides={"REMOTE_ADDR": DAN, "HTTP_HOST": "localhost"},
    )
    assert page.status_code == 200
    assert said in page.text


def test_without_a_record_it_says_so_and_still_looks_up(seen: Premises) -> None:
    (seen.folder / "record.db").rename(seen.folder / "away.db")
    try:
        page = call(seen, "/why?site=tiktok.com").text
    finally:
        (seen.folder / "away.db").rename(seen.folder / "record.db")
    assert "There is no list of the last hour" in page
    assert "TikTok is closed for this device" in page
