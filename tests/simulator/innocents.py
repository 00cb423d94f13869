"""What looks bad and is not."""

from __future__ import annotations

from collections.abc import Callable

from appliance.detection.observation import News
from tests.simulator.platforms import SEARCH, every, social_apps
from tests.simulator.stories import is_refused_something
from tests.simulator.ways import Ways
from tests.simulator.world import BASE32, Trace

Innocent = Callable[[Trace, float, float, Ways], None]  # from when to when the device is here


def slip_of_the_finger(trace: Trace, first: float, last: float, ways: Ways) -> None:
    at = trace.dice.uniform(first + 600, last)
    for name in trace.dice.sample(("youtub.com", "yotube.com", "tiktik.com", "instagran.com"), 2):
        trace.load(at, (name,))
        at += trace.pause(4, 20)
    trace.load(at, ("www.youtube.com",))


def an_advert(trace: Trace, first: float, last: float, ways: Ways) -> None:
    """One click, perhaps just after a refusal; the tab stays open and tries again by itself."""
    at = trace.dice.uniform(first + 600, last - 4000)
    if trace.dice.random() < 0.5:
        at, _ = is_refused_something(trace, at)
    page, hosts = trace.dice.choice(ways.vpns)
    trace.load(at, (page, *hosts[:2]))
    for pause in (1, 5, 30, 60, 300, 600, 1800)[: trace.dice.randint(0, 7)]:  # as Chrome does
        at += pause
        trace.load(at, (page,))


def advert_on_two_days(trace: Trace, first: float, last: float, ways: Ways) -> None:
    an_advert(trace, first, last, ways)
    an_advert(trace, first + 86_400, last + 86_400, ways)


def article_with_links(trace: Trace, first: float, last: float, ways: Ways) -> None:
    """A page on the best VPNs: the browser looks its links up at once."""
    at = trace.dice.uniform(first + 600, last)
    trace.ask(at, trace.dice.choice(SEARCH))
    at += trace.pause(5, 60)
    trace.ask(at, "www.techradar.com")
    for page, _ in trace.dice.sample(ways.vpns, 4):
        trace.ask(at + trace.dice.uniform(0.5, 3), page)


def left_over_vpn(trace: Trace, first: float, last: float, ways: Ways) -> None:
    """An app from home that asks all day, and so do the refused apps beside it."""
    _, hosts = trace.dice.choice(ways.vpns)
    social_apps(trace, first, last)
    jitter = trace.dice.choice((0.05, 0.3, 0.8))
    end = last if trace.dice.random() < 0.7 else first + 20 * 3600
    trace.load(first + trace.dice.uniform(0, 60), hosts[:2])
    every(trace, first, end, trace.dice.uniform(240, 2400), hosts[:2], jitter)


def left_over_by_chance(trace: Trace, first: float, last: float, ways: Ways) -> None:
    """The same, without any rhythm."""
    _, hosts = trace.dice.choice(ways.vpns)
    social_apps(trace, first, last)
    at, mean = first + trace.dice.uniform(0, 120), trace.dice.uniform(600, 2400)
    while at < last:
        trace.load(at, hosts[:2])
        at += trace.dice.expovariate(1 / mean)


def company_phone(trace: Trace, first: float, last: float, ways: Ways) -> None:
    trace.load(first + 10, ("vpn.example-company.com", "gateway.zscaler.net"))
    every(trace, first, last, 1800, ("gateway.zscaler.net", "mobile.example-company.com"), 0.3)
    for at in range(int(first), int(last), 600):
        trace.send(at, "203.0.113.77", trace.dice.choice((500, 4500, 51820)))


def doorbell(trace: Trace, first: float, last: float, ways: Ways) -> None:
    """A visitor's phone looks after the camera at home."""
    home = f"{trace.letters(7, BASE32[:26])}.{ways.homes[0]}"
    social_apps(trace, first, last)
    every(trace, first, last, trace.dice.uniform(300, 1500), (home,), trace.dice.choice((0.1, 0.7)))


def technician(trace: Trace, first: float, last: float, ways: Ways) -> None:
    """Helps a colleague from afar, twice a day; nothing was refused before."""
    page, hosts = trace.dice.choice(ways.remote)
    for _ in range(2):
        at = trace.dice.uniform(first + 600, last)
        trace.load(at, (page, *hosts))


def remote_service(trace: Trace, first: float, last: float, ways: Ways) -> None:
    """Remote support that starts with the computer."""
    _, hosts = trace.dice.choice(ways.remote)
    every(trace, first, last, trace.dice.uniform(400, 2000), hosts, 0.4)


def language_lesson(trace: Trace, first: float, last: float, ways: Ways) -> None:
    at = trace.dice.uniform(first + 600, last - 3000)
    for site in ("www-lemonde-fr", "www-elpais-com", "www-bbc-co-uk", "de-wikipedia-org"):
        trace.load(at, ("translate.google.com", f"{site}.translate.goog"))
        at += trace.pause(60, 500)


def new_address_once(trace: Trace, first: float, last: float, ways: Ways) -> None:
    social_apps(trace, first, last)
    trace.tell(trace.dice.uniform(first, last), News.NEW_MAC, trace.letters(12))


def falls_asleep(trace: Trace, first: float, last: float, ways: Ways) -> None:
    for _ in range(3):
        trace.tell(trace.dice.uniform(first, last), News.SILENT)


def fixed_resolver(trace: Trace, first: float, last: float, ways: Ways) -> None:
    """A laptop from home with another resolver in its settings since years."""
    at = first
    while at < last:
        trace.send(at, trace.dice.choice(ways.resolvers[:2]), 53)
        at += trace.dice.expovariate(1 / 40)


def wants_and_resolver_of_its_own(trace: Trace, first: float, last: float, ways: Ways) -> None:
    """A phone whose apps fall back on Google's resolver, beside a child who was refused."""
    social_apps(trace, first, last)
    for _ in range(6):
        at, _ = is_refused_something(trace, trace.dice.uniform(first + 300, last))
        if trace.dice.random() < 0.5:
            for n in range(trace.dice.randint(1, 4)):
                trace.send(at + n * 4, "8.8.8.8", trace.dice.choice((53, 853)))


def own_updates(trace: Trace, first: float, last: float, ways: Ways) -> None:
    """A vendor we never heard of, with coded names for its telemetry."""
    at = first
    while at < last:
        trace.ask(at, f"{trace.letters(24)}.{trace.letters(4)}.telemetry.unheard-vendor.com")
        at += trace.dice.expovariate(1 / 90)


INNOCENTS: dict[str, Innocent] = {
    innocent.__name__: innocent
    for innocent in (
        slip_of_the_finger,
        an_advert,
        advert_on_two_days,
        article_with_links,
        left_over_vpn,
        left_over_by_chance,
        company_phone,
        doorbell,
        technician,
        remote_service,
        language_lesson,
        new_address_once,
        falls_asleep,
        fixed_resolver,
        wants_and_resolver_of_its_own,
        own_updates,
    )
}


def lesson_on_vpns(traces: list[Trace], at: float, ways: Ways) -> None:
    """“Open the page of a VPN and find out what it promises”, thirty times over."""
    pages = [page for page, _ in traces[0].dice.sample(ways.vpns, 2)]
    for trace in traces:
        begins = at + trace.dice.uniform(0, 240)
        for page in pages:
            trace.load(begins, (page,))
            begins += trace.pause(60, 300)
