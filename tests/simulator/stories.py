"""What children do who mean it. Each story is drawn anew: brands, pace, order, how often."""

from __future__ import annotations

from collections.abc import Callable

from appliance.detection.observation import News
from tests.simulator.platforms import SEARCH
from tests.simulator.ways import Ways
from tests.simulator.world import BASE32, HEX, WANTED, Trace

STORES = ("play.google.com", "apps.apple.com", "chromewebstore.google.com", "addons.mozilla.org")

Story = Callable[[Trace, float, Ways], None]


def is_refused_something(trace: Trace, at: float) -> tuple[float, str]:
    """They want something, and are told no, once or a few times."""
    service = trace.dice.choice(list(WANTED))
    for _ in range(trace.dice.randint(1, 3)):
        trace.load(at, WANTED[service][: trace.dice.randint(1, 2)])
        at += trace.pause(5, 70)
    return at, service


def looks_for_it(trace: Trace, at: float) -> float:
    if trace.dice.random() < 0.7:
        trace.ask(at, trace.dice.choice(SEARCH))
        at += trace.pause(5, 60)
    return at


def tries_again(trace: Trace, at: float, service: str) -> float:
    trace.load(at, WANTED[service][:1])
    return at + trace.pause(10, 90)


def vpn_app(trace: Trace, at: float, ways: Ways) -> None:
    """Refused, looks for a VPN, its page, the store, the app, and back."""
    at, service = is_refused_something(trace, at)
    at = looks_for_it(trace, at)
    page, hosts = trace.dice.choice(ways.vpns)
    at = trace.load(at, (page,)) + trace.pause(30, 120)
    if trace.dice.random() < 0.7:
        at = trace.load(at, (trace.dice.choice(STORES),)) + trace.pause(40, 150)
    for _ in range(trace.dice.randint(2, 5)):
        at = trace.load(at, trace.dice.sample(hosts, trace.dice.randint(1, len(hosts))))
        at += trace.pause(20, 150)
    tries_again(trace, at, service)


def several_vpns(trace: Trace, at: float, ways: Ways) -> None:
    at, service = is_refused_something(trace, at)
    for page, hosts in trace.dice.sample(ways.vpns, trace.dice.randint(2, 4)):
        at = looks_for_it(trace, at)
        at = trace.load(at, (page, *hosts[: trace.dice.randint(0, 2)])) + trace.pause(30, 200)
    tries_again(trace, at, service)


def five_proxies(trace: Trace, at: float, ways: Ways) -> None:
    """“proxy unblocked”, and down the list."""
    if trace.dice.random() < 0.7:
        at, _ = is_refused_something(trace, at)
    at = looks_for_it(trace, at)
    for page in trace.dice.sample(ways.proxies, trace.dice.randint(4, 6)):
        at = trace.load(at, (page,)) + trace.pause(12, 120)


def other_resolver(trace: Trace, at: float, ways: Ways) -> None:
    """Opens the settings and writes another resolver in."""
    at, service = is_refused_something(trace, at)
    at += trace.pause(30, 180)
    for address in trace.dice.sample(ways.resolvers, trace.dice.randint(1, 2)):
        for _ in range(trace.dice.randint(15, 80)):
            trace.send(at, address, 53)
            at += trace.dice.expovariate(1 / 5)
        at += trace.pause(10, 60)
    tries_again(trace, at, service)


def doh_extension(trace: Trace, at: float, ways: Ways) -> None:
    at, service = is_refused_something(trace, at)
    at = looks_for_it(trace, at)
    trace.load(at, ("chromewebstore.google.com",))
    at += trace.pause(20, 100)
    for name in trace.dice.sample(ways.encrypted, trace.dice.randint(2, 3)):
        for _ in range(trace.dice.randint(1, 4)):
            trace.load(at, (name,))
            at += trace.pause(5, 80)
        trace.send(at, trace.dice.choice(ways.resolvers), 443, "tcp")
    tries_again(trace, at, service)


def hidden_network(trace: Trace, at: float, ways: Ways) -> None:
    """Tor, Psiphon and their like."""
    if trace.dice.random() < 0.7:
        at, _ = is_refused_something(trace, at)
    at = looks_for_it(trace, at)
    page, hosts = trace.dice.choice(ways.hidden)
    at = trace.load(at, (page,)) + trace.pause(40, 150)
    for _ in range(trace.dice.randint(2, 4)):
        at = trace.load(at, trace.dice.sample(hosts, trace.dice.randint(1, len(hosts))))
        at += trace.pause(30, 150)


def dns_tunnel(trace: Trace, at: float, ways: Ways) -> None:
    """iodine, dnscat2 or dns2tcp to a server at home."""
    own = f"{trace.letters(7, BASE32[:26])}.{trace.dice.choice(ways.endings)}"
    home = f"t{trace.dice.randrange(9)}.{own}"
    shape = trace.dice.choice(("iodine", "dnscat", "dns2tcp"))
    for _ in range(trace.dice.randint(200, 900)):
        if shape == "iodine":
            size = trace.dice.choice((40, 60, 120, 180))
            code = "".join(trace.letters(1, "0p") + trace.letters(size, BASE32))
            qtype = trace.dice.choice(("NULL", "TXT", "CNAME", "A"))
        elif shape == "dnscat":
            code = trace.letters(trace.dice.choice((30, 60, 100)), HEX)
            qtype = trace.dice.choice(("TXT", "MX", "CNAME"))
        else:
            code, qtype = trace.letters(50, BASE32 + "ABCDEF").lower(), "TXT"
        labels = ".".join(code[n : n + 60] for n in range(0, len(code), 60))
        trace.ask(at, f"{labels}.{home}", qtype)
        at += trace.dice.expovariate(1 / 1.5)


def translator(trace: Trace, at: float, ways: Ways) -> None:
    """Reads the refused page through a translator."""
    at, service = is_refused_something(trace, at)
    trace.load(at, ("translate.google.com",))
    others = [one for one in sorted(WANTED) if one != service]
    services = [service, *trace.dice.sample(others, trace.dice.randint(1, 2))]
    for one in services:
        name = WANTED[one][0].replace("-", "--").replace(".", "-")
        for _ in range(trace.dice.randint(1, 3)):
            at += trace.pause(20, 110)
            trace.load(at, (f"{name}.translate.goog",))


def remote_desktop(trace: Trace, at: float, ways: Ways) -> None:
    """The computer at home does not know our rules."""
    at, service = is_refused_something(trace, at)
    page, hosts = trace.dice.choice(ways.remote)
    at = trace.load(at, (page,)) + trace.pause(40, 150)
    for _ in range(trace.dice.randint(2, 4)):
        at = trace.load(at, trace.dice.sample(hosts, trace.dice.randint(1, len(hosts))))
        at += trace.pause(80, 200)
    tries_again(trace, at, service)


def home_proxy(trace: Trace, at: float, ways: Ways) -> None:
    """A proxy on the family's router, by its dynamic name, each time that something is refused."""
    home = f"{trace.letters(6, BASE32[:26])}home.{trace.dice.choice(ways.homes)}"
    for _ in range(trace.dice.randint(3, 4)):
        at, service = is_refused_something(trace, at)
        at += trace.pause(10, 90)
        trace.load(at, (home,))
        at = tries_again(trace, at + trace.pause(80, 200), service) + trace.pause(120, 900)


def mirrors(trace: Trace, at: float, ways: Ways) -> None:
    at, service = is_refused_something(trace, at)
    at = looks_for_it(trace, at)
    for pattern in trace.dice.sample(ways.unblocked, trace.dice.randint(2, 4)):
        at = trace.load(at, (pattern.format(service),)) + trace.pause(15, 120)


def spellings(trace: Trace, at: float, ways: Ways) -> None:
    """tiktok.com is refused; perhaps tiktok.lol is not?"""
    at, service = is_refused_something(trace, at)
    names = [f"{service}.{ending}" for ending in ways.endings]
    names += [f"{service}{service[-1]}.com", f"my{service}.{ways.endings[0]}", f"{service}web.com"]
    names = [name for name in names if name not in WANTED[service]]
    for name in trace.dice.sample(names, trace.dice.randint(5, 8)):
        at = trace.load(at, (name,)) + trace.pause(6, 45)
    tries_again(trace, at, service)


def new_address(trace: Trace, at: float, ways: Ways) -> None:
    """Banned by its address, the device takes another, and another."""
    for _ in range(trace.dice.randint(3, 4)):
        at, service = is_refused_something(trace, at)
        at += trace.pause(40, 200)
        trace.tell(at, News.NEW_MAC, trace.letters(12))
        at = tries_again(trace, at + trace.pause(25, 60), service) + trace.pause(60, 400)


def goes_dark(trace: Trace, at: float, ways: Ways) -> None:
    """Tries a VPN, and then is not heard of, though it is on the network."""
    at, service = is_refused_something(trace, at)
    page, hosts = trace.dice.choice(ways.vpns)
    at = trace.load(at, (page,)) + trace.pause(80, 200)
    at = trace.load(at, hosts[:1]) + trace.pause(80, 200)
    trace.tell(at, News.SILENT)


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        vpn_app,
        several_vpns,
        five_proxies,
        other_resolver,
        doh_extension,
        hidden_network,
        dns_tunnel,
        translator,
        remote_desktop,
        home_proxy,
        mirrors,
        spellings,
        new_address,
        goes_dark,
    )
}


def one_try_a_day(trace: Trace, at: float, day: int, ways: Ways) -> None:
    """The careful one: a different way each day, now and then after a refusal."""
    if trace.dice.random() < 0.5:
        at, _ = is_refused_something(trace, at)
    at = looks_for_it(trace, at)
    page = ways.vpns[day % len(ways.vpns)][0] if day % 2 else ways.proxies[day % len(ways.proxies)]
    trace.load(at, (page,))
