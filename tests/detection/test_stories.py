"""Small stories of one device: what is meant, what only looks so, and what is said of it."""

from __future__ import annotations

from random import Random

import pytest

from appliance.detection.observation import News, Observation, Via
from appliance.detection.score import Grade
from tests.detection.watched import Network, at


@pytest.fixture
def network() -> Network:
    return Network()


def is_refused_tiktok(network: Network, device: str, when: int) -> None:
    network.works(device, when - 3600)
    network.asks(device, when, "www.tiktok.com")


# what is meant


def test_dan_is_refused_tiktok_installs_a_vpn_and_goes_back(network: Network) -> None:
    is_refused_tiktok(network, "dan", at("10:10"))
    network.asks("dan", at("10:11"), "www.google.com")
    network.asks("dan", at("10:12"), "nordvpn.com")
    network.asks("dan", at("10:13"), "play.google.com")
    network.asks("dan", at("10:16"), "api.nordvpn.com", "downloads.nordcdn.com")
    network.asks("dan", at("10:18"), "www.tiktok.com")
    case = network.case("dan")
    assert case.grade is Grade.DELIBERATE
    assert any(
        "NordVPN" in said and "2 minutes after TikTok was refused" in said
        for said in case.speaks_for
    )
    assert "After that it went back to TikTok at 10:18." in case.speaks_for
    assert any("nothing shows" in said for said in case.speaks_against)
    assert "The record shows which device asked, not who held it." in case.speaks_against


def test_mia_tries_five_proxies_in_a_lesson(network: Network) -> None:
    is_refused_tiktok(network, "mia", at("11:00"))
    pages = ("croxyproxy.com", "www.proxysite.com", "proxyium.com", "hidester.com", "kproxy.com")
    for number, page in enumerate(pages):
        network.asks("mia", at("11:01") + number * 40, page)
    case = network.case("mia")
    assert case.grade is Grade.DELIBERATE
    assert case.speaks_for[0].startswith("It tried five different ways round the filter")
    assert case.kinds == ("web-proxy",)


def test_the_careful_one_tries_once_a_day(network: Network) -> None:
    ways = ("nordvpn.com", "croxyproxy.com", "www.torproject.org", "hidester.com")
    for day, page in enumerate(ways):
        network.works("eve", at("09:00", day))
        network.asks("eve", at("10:05", day), page)
    case = network.case("eve")
    assert case.grade is Grade.DELIBERATE
    assert "It tried on four different days" in case.speaks_for[0]


def test_a_changed_resolver_is_told_from_a_built_in_one(network: Network) -> None:
    is_refused_tiktok(network, "dan", at("10:10"))
    for number in range(30):
        network.sends("dan", at("10:12") + number * 6, "8.8.8.8", 53)
    for number in range(200):
        network.sends("screen", at("09:00") + number * 40, "8.8.8.8", 53)
    assert network.grade("dan") is Grade.DELIBERATE
    assert network.grade("screen") is Grade.NOISE
    assert "built to" in network.case("screen").speaks_against[0]


@pytest.mark.parametrize("qtype", ["NULL", "TXT", "A"])
def test_a_tunnel_in_dns_is_seen_by_its_volume(network: Network, qtype: str) -> None:
    dice = Random(7)
    network.works("dan", at("09:30"), 30)
    for number in range(300):
        code = "".join(dice.choices("abcdefghijklmnopqrstuvwxyz234567", k=50))
        network.asks("dan", at("10:01") + number * 2, f"{code}.t.dans-server.net", qtype=qtype)
    case = network.case("dan")
    assert case.grade is Grade.DELIBERATE
    assert "tunnel" in case.kinds
    assert any("carry data" in said for said in case.speaks_for)


def test_a_refused_site_inside_a_translator_is_seen(network: Network) -> None:
    is_refused_tiktok(network, "dan", at("10:10"))
    network.asks("dan", at("10:12"), "www-tiktok-com.translate.goog")
    network.asks("dan", at("10:15"), "www-instagram-com.translate.goog")
    network.asks("mia", at("10:12"), "www-lemonde-fr.translate.goog")
    network.asks("mia", at("10:15"), "www-elpais-com.translate.goog")
    assert network.grade("dan") is Grade.DELIBERATE
    assert network.grade("mia") is Grade.NOISE


def test_copies_that_no_list_knows_are_seen_by_their_names(network: Network) -> None:
    is_refused_tiktok(network, "dan", at("10:10"))
    for number, name in enumerate(("tiktok-unblocked.example.net", "unblocked-tiktok.io",
                                   "tiktokproxy.site", "unblocktiktok.vercel.app")):  # fmt: skip
        network.asks("dan", at("10:12") + number * 50, name)
    case = network.case("dan")
    assert case.grade is Grade.DELIBERATE
    assert any("a copy of TikTok" in said for said in case.speaks_for)


def test_two_friends_are_both_graded(network: Network) -> None:
    for name in ("dan", "eve"):
        network.works(name, at("09:30"), 30)
    for name, seconds in (("dan", 0), ("eve", 40)):
        network.asks(name, at("10:10") + seconds, "www.tiktok.com")
    for number, page in enumerate(("croxyproxy.com", "hidester.com", "kproxy.com")):
        network.asks("dan", at("10:12") + number * 60, page)
        network.asks("eve", at("10:12") + number * 60 + 20, page)
    assert network.grade("dan") is network.grade("eve") is Grade.DELIBERATE


# what only looks so


def test_one_click_on_an_advert_is_never_deliberate(network: Network) -> None:
    is_refused_tiktok(network, "dan", at("10:10"))
    network.asks("dan", at("10:11"), "nordvpn.com", "downloads.nordcdn.com", "nordaccount.com")
    for pause in (1, 6, 36, 96, 396, 996):  # the open tab tries again by itself
        network.asks("dan", at("10:11") + pause, "nordvpn.com")
    assert network.grade("dan") is Grade.WATCH


def test_a_class_that_looks_at_a_vpns_page_is_in_a_lesson(network: Network) -> None:
    for number in range(28):
        device = f"chromebook-{number}"
        network.works(device, at("09:30") + number, 20)
    for number in range(28):
        network.asks(f"chromebook-{number}", at("10:00") + number * 9, "nordvpn.com")
    case = network.case("chromebook-3")
    assert case.grade is Grade.NOISE
    assert any("27 other devices" in said and "lesson" in said for said in case.speaks_against)


def test_who_goes_on_alone_after_the_lesson_is_not_covered_by_it(network: Network) -> None:
    for number in range(28):
        network.asks(f"chromebook-{number}", at("10:00") + number * 9, "nordvpn.com")
    is_refused_tiktok(network, "chromebook-3", at("13:40"))
    for number, page in enumerate(("croxyproxy.com", "hidester.com", "kproxy.com")):
        network.asks("chromebook-3", at("13:42") + number * 60, page)
    assert network.grade("chromebook-3") is Grade.DELIBERATE
    assert network.grade("chromebook-4") is Grade.NOISE


@pytest.mark.parametrize("minutes", [4, 15, 45])
def test_an_app_left_on_a_phone_is_no_attempt(network: Network, minutes: int) -> None:
    """Its VPN asks all day, and so does TikTok beside it."""
    begin = at("08:50")
    for minute in range(0, 480, 1):
        when = begin + minute * 60
        if minute % 7 == 0:
            network.asks("phone", when, "api16-normal-useast5.tiktokv.com")
        if minute % minutes == 0:
            network.asks("phone", when + 20, "api.nordvpn.com", "zwyr157wwiu6eior.com")
    case = network.case("phone")
    assert case.grade is not Grade.DELIBERATE
    assert any("NordVPN was asked for" in said for said in case.speaks_against)


def test_a_slip_of_the_finger_is_no_attempt(network: Network) -> None:
    network.works("dan", at("09:30"), 30)
    network.asks("dan", at("10:10"), "www.youtube.com")
    network.asks("dan", at("10:10:20"), "youtub.com")
    network.asks("dan", at("10:10:40"), "www.youtube.com")
    assert network.grade("dan") is not Grade.DELIBERATE


def test_what_platforms_do_alone_is_noise_and_comes_with_its_cure(network: Network) -> None:
    for minute in range(0, 360, 20):
        when = at("08:50") + minute * 60
        network.asks("ipad", when, "mask.icloud.com", "mask-h2.icloud.com", "_dns.resolver.arpa")
        network.asks("fox", when, "use-application-dns.net", "mozilla.cloudflare-dns.com")
        network.asks("android", when, "dns.google")
        network.sends("android", when + 5, "8.8.8.8", 853, "tcp")
    for device, cure in (("ipad", "allowCloudPrivateRelay"), ("fox", "DNSOverHTTPS"),
                         ("android", "Private DNS")):  # fmt: skip
        case = network.case(device)
        assert case.grade is Grade.NOISE
        assert case.speaks_for == ()
        assert any(cure in said for said in case.speaks_against)


@pytest.mark.parametrize(
    "pattern",
    ["{}.sophosxl.net", "{}.avqs.mcafee.com", "{}.e5.sk", "{}.zen.spamhaus.org",
     "{}.x.cloudfront.net", "{}.in-addr.arpa", "s1._domainkey.{}.example.com"],
)  # fmt: skip
def test_long_coded_names_of_known_services_are_no_tunnel(network: Network, pattern: str) -> None:
    dice = Random(3)
    for number in range(400):
        code = "".join(dice.choices("0123456789abcdef", k=40))
        network.asks("laptop", at("10:00") + number, pattern.format(code), qtype="TXT")
    assert network.grade("laptop") is Grade.NOISE


def test_an_antivirus_that_nobody_knows_is_told_by_how_many_use_it(network: Network) -> None:
    dice = Random(4)
    for number in range(200):
        for laptop in range(4):
            code = "".join(dice.choices("0123456789abcdef", k=40))
            name = f"{code}.lookup.new-antivirus.com"
            network.asks(f"laptop-{laptop}", at("10:00") + number * 2, name, qtype="TXT")
    assert all(network.grade(f"laptop-{laptop}") is Grade.NOISE for laptop in range(4))


def test_a_phone_may_change_its_address_once(network: Network) -> None:
    is_refused_tiktok(network, "phone", at("10:10"))
    network.see(Observation(at("10:12"), "phone", "guests", Via.LAN, what=News.NEW_MAC))
    network.see(Observation(at("10:40"), "phone", "guests", Via.LAN, what=News.SILENT))
    assert network.grade("phone") is not Grade.DELIBERATE


# cases


def test_later_attempts_join_the_open_case(network: Network) -> None:
    network.works("dan", at("09:00"), 30)
    network.asks("dan", at("10:00"), "nordvpn.com")
    assert network.case("dan").grade is Grade.WATCH
    is_refused_tiktok(network, "dan", at("10:30", 2))
    for number, page in enumerate(("croxyproxy.com", "hidester.com", "kproxy.com")):
        network.asks("dan", at("10:32", 2) + number * 60, page)
    case = network.case("dan")
    assert case.opened == at("10:00") and case.closed is None
    assert case.grade is Grade.DELIBERATE
    assert case.kinds == ("vpn", "web-proxy")
    assert [one.grade for one in network.told if one.device == "dan"] == [
        Grade.WATCH,
        Grade.DELIBERATE,
    ]


def test_a_quiet_case_is_closed_and_the_next_attempt_opens_another(network: Network) -> None:
    network.asks("dan", at("10:00"), "nordvpn.com")
    network.works("dan", at("10:00", 9), 30)
    network.asks("dan", at("10:40", 9), "kproxy.com")
    network.settle()
    closed = [case for case in network.told if case.closed is not None]
    assert [(case.device, case.closed) for case in closed] == [("dan", at("10:00", 7))]
    assert network.case("dan").opened == at("10:40", 9)


def test_the_record_of_a_case_does_not_fade_with_its_score(network: Network) -> None:
    is_refused_tiktok(network, "dan", at("10:10"))
    for number, page in enumerate(("croxyproxy.com", "hidester.com", "kproxy.com")):
        network.asks("dan", at("10:12") + number * 60, page)
    network.works("dan", at("10:00", 6), 30)
    assert network.grade("dan") is Grade.DELIBERATE
