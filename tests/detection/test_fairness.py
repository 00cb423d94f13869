"""What must hold for any day that anybody can think of."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.detection.casework import Case, Casework
from appliance.detection.observation import News, Observation, Via
from appliance.detection.order import Order
from appliance.detection.score import Grade
from tests.detection.watched import KNOWN, SCHEDULE, at
from tests.simulator.world import is_refused

NAMES = (
    "www.tiktok.com", "api16-normal-useast5.tiktokv.com", "www.instagram.com", "nordvpn.com",
    "api.nordvpn.com", "croxyproxy.com", "hidester.com", "www.torproject.org", "mask.icloud.com",
    "dns.google", "dns.quad9.net", "play.google.com", "www.google.com", "tiktok-unblocked.xyz",
    "www-tiktok-com.translate.goog", "home.duckdns.org", "tiktok.lol", "www.bbc.co.uk", "x", "",
    "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd.t.example.net", "anydesk.com", "xn--tktok-3va.com",
)  # fmt: skip
PACKETS = (("8.8.8.8", 53), ("1.1.1.1", 853), ("9.9.9.9", 53), ("203.0.113.9", 4500),
           ("8.8.8.8", 443), ("198.51.100.1", 53))  # fmt: skip

moments = st.integers(at("08:00"), at("16:00")) | st.integers(at("10:00"), at("10:20"))
questions = st.builds(
    lambda when, name, qtype: Observation(
        when, "dan", "pupils", Via.DNS, name, qtype, "block" if is_refused(name) else "allow"
    ),
    moments,
    st.sampled_from(NAMES),
    st.sampled_from(("A", "AAAA", "TXT")),
)
packets = st.builds(
    lambda when, packet: Observation(
        when, "dan", "pupils", Via.NFLOG, dst=packet[0], port=packet[1], proto="udp"
    ),
    moments,
    st.sampled_from(PACKETS),
)
news = st.builds(
    lambda when, what, mac: Observation(when, "dan", "pupils", Via.LAN, what=what, detail=mac),
    moments,
    st.sampled_from(tuple(News)),
    st.sampled_from(("a", "b", "c")),
)
days = st.lists(questions | packets | news, max_size=60)


def told(seen: list[Observation], *, device: str = "dan") -> Case | None:
    casework = Casework(KNOWN, SCHEDULE)
    last = 0
    for one in seen:
        last = max(last, one.at)
        casework.note(one)
    casework.settle(last)
    return next((case for case in casework.cases() if case.device == device), None)


def rank(case: Case | None) -> int:
    return list(Grade).index(case.grade) if case else 0


@settings(max_examples=40)  # a day is told in each
@given(days, st.randoms(use_true_random=False))
def test_the_order_of_what_has_the_same_time_does_not_matter(
    seen: list[Observation], dice: Random
) -> None:
    coarse = [one._replace(at=one.at // 300 * 300) for one in seen]
    dice.shuffle(coarse)
    other = sorted(coarse, key=lambda one: one.at)
    assert told(sorted(coarse)) == told(other)


@settings(max_examples=40)  # a day is told in each
@given(questions | packets | news)
def test_a_single_sign_is_never_deliberate(seen: Observation) -> None:
    case = told([seen])
    assert case is None or case.grade is not Grade.DELIBERATE


@settings(max_examples=40)  # a day is told in each
@given(days, questions, st.integers(0, 20))
def test_a_single_page_is_never_deliberate(
    seen: list[Observation], page: Observation, retries: int
) -> None:
    """Whatever was refused around it, one name asked again and again in one go is one act."""
    wanted = [one for one in seen if "tiktok.com" == one.name[4:] or "instagram" in one.name]
    again = [page._replace(at=page.at + number) for number in range(retries + 1)]
    case = told(sorted([*wanted, *again]))
    assert case is None or case.grade is not Grade.DELIBERATE


@settings(max_examples=40)  # a day is told in each
@given(days, days, st.integers(1, 40))
def test_what_other_devices_do_never_raises_a_grade(
    seen: list[Observation], others: list[Observation], devices: int
) -> None:
    alone = told(sorted(seen))
    noise = [
        one._replace(device=f"other-{number % devices}") for number, one in enumerate(others * 3)
    ]
    among = told(sorted([*seen, *noise]))
    assert rank(among) <= rank(alone)


@settings(max_examples=40)  # a day is told in each
@given(days)
def test_an_accusation_always_has_both_sides(seen: list[Observation]) -> None:
    case = told(sorted(seen))
    if case and case.grade is Grade.DELIBERATE:
        assert case.speaks_for and case.speaks_against and case.kinds
    if case and case.grade is Grade.NOISE and case.score == 0:
        assert not case.speaks_for


@settings(max_examples=40)  # a day is told in each
@given(days)
def test_order_gives_back_what_it_was_given_in_time(seen: list[Observation]) -> None:
    order = Order()
    by_minute = sorted(seen, key=lambda one: one.at // 30)  # half a minute's disorder
    given_back = [one for seen_ in by_minute for one in order.take(seen_)]
    given_back += order.until(2**40)
    assert [one.at for one in given_back] == sorted(one.at for one in seen)
