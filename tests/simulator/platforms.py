"""What devices do by themselves, from the morning to the afternoon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from tests.simulator.world import HEX, WANTED, Trace, instant

SITES = (
    "classroom.google.com", "www.bbc.co.uk", "www.nationalgeographic.com", "senecalearning.com",
    "mathswatch.co.uk", "www.mymaths.co.uk", "quizlet.com", "kahoot.it", "www.office.com",
    "teams.microsoft.com", "docs.google.com", "en.wikipedia.org", "www.britannica.com",
    "scratch.mit.edu", "www.thenational.academy", "corbettmaths.com", "www.savemyexams.com",
    "sparxmaths.uk", "ttrockstars.com", "www.nhs.uk", "www.gov.uk", "www.duolingo.com",
    "replit.com", "www.amazon.co.uk", "www.rightmove.co.uk",
)  # fmt: skip
PARTS = (
    "fonts.gstatic.com", "www.google-analytics.com", "ssl.gstatic.com", "static.files.bbci.co.uk",
    "cdn.jsdelivr.net", "securepubads.g.doubleclick.net", "cdn.cookielaw.org",
    "lh3.googleusercontent.com",
)  # fmt: skip
SEARCH = ("www.google.com", "www.google.co.uk", "www.bing.com", "duckduckgo.com")

Habit = Callable[[Trace, float, float], None]


def lessons(trace: Trace, first: float, last: float) -> None:
    """A person at work: pages in bursts, searches, names of delivery networks and of measuring."""
    dice, at = trace.dice, first + trace.dice.uniform(60, 900)
    while at < last:
        for _ in range(dice.randint(1, 4)):
            if dice.random() < 0.5:
                trace.ask(at, dice.choice(SEARCH))
                at += dice.uniform(3, 40)
            trace.load(at, (dice.choice(SITES), *dice.sample(PARTS, 3)))
            trace.ask(at + 2, f"d{trace.letters(13, HEX)}.cloudfront.net")
            if dice.random() < 0.3:
                trace.ask(at + 3, f"{trace.letters(32)}.safeframe.googlesyndication.com")
            if dice.random() < 0.2:
                trace.ask(
                    at + 3,
                    f"{trace.letters(8)}-{trace.letters(4)}-{trace.letters(12)}.metrics.example-vendor.com",
                )
            at += dice.uniform(15, 240)
        at += dice.uniform(120, 2400)


def every(
    trace: Trace,
    first: float,
    last: float,
    seconds: float,
    names: Sequence[str],
    jitter: float = 0.1,
) -> None:
    """A timer."""
    at = first + trace.dice.uniform(0, seconds)
    while at < last:
        trace.load(at, names)
        at += seconds * trace.dice.uniform(1 - jitter, 1 + jitter)


def wants_in_vain(trace: Trace, first: float, last: float) -> None:
    """Most children try once what is refused, and leave it at that."""
    for _ in range(trace.dice.choice((0, 0, 1, 1, 2))):
        at = trace.dice.uniform(first, last)
        names = WANTED[trace.dice.choice(list(WANTED))]
        trace.load(at, names[:1])
        if trace.dice.random() < 0.5:
            trace.load(at + trace.dice.uniform(4, 60), names[:1])


def social_apps(trace: Trace, first: float, last: float) -> None:
    """Apps that are refused all day and never tire of asking."""
    for service in trace.dice.sample(list(WANTED), trace.dice.randint(1, 3)):
        jitter = trace.dice.choice((0.1, 0.5, 0.9))
        every(trace, first, last, trace.dice.uniform(150, 2700), WANTED[service][1:], jitter)


def ipad(trace: Trace, first: float, last: float) -> None:
    names = (
        "mask.icloud.com",
        "mask-h2.icloud.com",
        "captive.apple.com",
        "gateway.icloud.com",
        "_dns.resolver.arpa",
    )
    trace.load(first, names)
    every(trace, first, last, trace.dice.uniform(1200, 4000), names[:2], 0.6)
    every(trace, first, last, 900, ("1-courier.push.apple.com", "gsp64-ssl.ls.apple.com"), 0.4)
    every(
        trace, first, last, 9000, ("apps.apple.com", "itunes.apple.com", "doh.dns.apple.com"), 0.5
    )


def iphone(trace: Trace, first: float, last: float) -> None:
    ipad(trace, first, last)
    social_apps(trace, first, last)
    if trace.dice.random() < 0.4:
        trace.tell(first, "new-mac", trace.letters(12))
    if trace.dice.random() < 0.5:
        trace.load(first + 5, ("epdg.epc.mnc030.mcc234.pub.3gppnetwork.org",))
        for at in range(int(first), int(last), 1800):
            trace.send(at, "87.194.0.20", trace.dice.choice((500, 4500)))


def android(trace: Trace, first: float, last: float) -> None:
    trace.load(
        first,
        ("connectivitycheck.gstatic.com", "dns.google", "play.googleapis.com", "www.google.com"),
    )
    social_apps(trace, first, last)
    every(trace, first, last, trace.dice.uniform(600, 5000), ("dns.google",), 0.8)
    every(trace, first, last, 7000, ("play.google.com", "play.googleapis.com"), 0.5)
    at = first
    while at < last:
        port, proto = trace.dice.choice(((853, "tcp"), (53, "udp"), (443, "tcp")))
        for n in range(trace.dice.randint(1, 4)):
            trace.send(at + n * 5, trace.dice.choice(("8.8.8.8", "8.8.4.4")), port, proto)
        at += trace.dice.expovariate(1 / 2500)


def samsung(trace: Trace, first: float, last: float) -> None:
    android(trace, first, last)
    every(trace, first, last, 3000, ("dc.di.atlas.samsung.com", "max.apps.samsung.com"), 0.5)


def chromebook(trace: Trace, first: float, last: float) -> None:
    trace.load(
        first,
        (
            "clients2.google.com",
            "accounts.google.com",
            "www.google.com",
            trace.letters(11, "abcdefgh"),
        ),
    )
    every(trace, first, last, 1800, ("safebrowsing.googleapis.com", "clients4.google.com"), 0.3)
    if trace.dice.random() < 0.5:
        every(
            trace,
            first,
            last,
            4000,
            (trace.dice.choice(("chrome.cloudflare-dns.com", "dns.google")),),
            0.9,
        )
        every(trace, first, last, 7000, ("www.googlezip.net",), 0.5)
        for _ in range(trace.dice.randint(1, 5)):
            trace.send(trace.dice.uniform(first, last), "8.8.8.8", 443, "tcp")


def windows(trace: Trace, first: float, last: float) -> None:
    trace.load(
        first,
        (
            "www.msftconnecttest.com",
            "dns.msftncsi.com",
            "teredo.ipv6.microsoft.com",
            "wpad.example.sch.uk",
        ),
    )
    trace.ask(first + 2, "_ldap._tcp.dc._msdcs.example.sch.uk", "SRV")
    trace.ask(first + 3, "_dns.resolver.arpa", "SVCB")
    every(
        trace,
        first,
        last,
        1300,
        (
            "v10.events.data.microsoft.com",
            "login.microsoftonline.com",
            "settings-win.data.microsoft.com",
        ),
        0.3,
    )
    at = first
    while at < last:  # antivirus: bursts of coded names
        maker = trace.dice.choice(("sophosxl.net", "avqs.mcafee.com", "e5.sk", "webcfs00.com"))
        for _ in range(trace.dice.randint(2, 30)):
            code = f"{trace.letters(trace.dice.randint(16, 40))}.{trace.letters(6)}"
            trace.ask(at, f"{code}.{maker}", trace.dice.choice(("TXT", "A")))
            at += trace.dice.uniform(0.2, 4)
        at += trace.dice.uniform(1200, 6000)
    for _ in range(40):
        parts = ".".join(str(trace.dice.randrange(256)) for _ in range(4))
        trace.ask(trace.dice.uniform(first, last), f"{parts}.in-addr.arpa", "PTR")


def firefox(trace: Trace, first: float, last: float) -> None:
    windows(trace, first, last)
    trace.load(
        first + 30,
        ("use-application-dns.net", "detectportal.firefox.com", "mozilla.cloudflare-dns.com"),
    )
    every(trace, first, last, trace.dice.uniform(1000, 6000), ("use-application-dns.net",), 0.8)
    every(trace, first, last, trace.dice.uniform(1000, 6000), ("mozilla.cloudflare-dns.com",), 0.8)


def antivirus_doh(trace: Trace, first: float, last: float) -> None:
    windows(trace, first, last)
    every(trace, first, last, trace.dice.uniform(300, 3000), ("secure.avastdns.com",), 0.7)
    if trace.dice.random() < 0.5:
        every(trace, first, last, 5000, ("avast-vpn.com", "hidemyass.com"), 0.2)


def television(trace: Trace, first: float, last: float) -> None:
    at = first
    while at < last:
        trace.send(at, trace.dice.choice(("8.8.8.8", "8.8.4.4")), 53)
        at += trace.dice.uniform(20, 300)
    every(trace, first, last, 600, ("clients3.google.com", "connectivitycheck.gstatic.com"), 0.5)


def mail_server(trace: Trace, first: float, last: float) -> None:
    at = first
    while at < last:
        back = ".".join(str(trace.dice.randrange(256)) for _ in range(4))
        trace.ask(at, f"{back}.zen.spamhaus.org")
        trace.ask(at, f"{back}.bl.example-dnsbl.net", "TXT")
        trace.ask(
            at, f"s{trace.letters(6)}._domainkey.example{trace.dice.randrange(99)}.com", "TXT"
        )
        at += trace.dice.expovariate(1 / 60)


def meetings(trace: Trace, first: float, last: float) -> None:
    windows(trace, first, last)
    at = trace.dice.uniform(first, last)
    trace.load(
        at,
        (
            "teams.microsoft.com",
            "euaz.relay.teams.microsoft.com",
            "worldaz.tr.teams.microsoft.com",
            "zoom.us",
        ),
    )
    for n in range(60):
        trace.send(at + n * 20, f"52.112.{n % 4}.{n + 1}", trace.dice.choice((3478, 3479, 3480)))


PLATFORMS: dict[str, tuple[str, Habit, int, bool]] = {  # group, habit, share, used by a person?
    "ipad": ("pupils", ipad, 24, True),
    "chromebook": ("pupils", chromebook, 24, True),
    "windows": ("pupils", windows, 12, True),
    "firefox": ("pupils", firefox, 8, True),
    "android": ("guests", android, 10, True),
    "samsung": ("guests", samsung, 6, True),
    "iphone": ("guests", iphone, 12, True),
    "antivirus": ("staff", antivirus_doh, 4, True),
    "meetings": ("staff", meetings, 4, True),
    "television": ("guests", television, 3, False),
    "mail": ("staff", mail_server, 1, False),
}  # fmt: skip
PUPILS = ("ipad", "chromebook", "windows", "firefox")


def live(trace: Trace, platform: str, day: int) -> tuple[float, float]:
    """One device's whole day; from when to when it was here."""
    _, habit, _, is_used = PLATFORMS[platform]
    first = instant(day, trace.dice.uniform(8.3, 9.2))
    last = instant(day, trace.dice.uniform(14.5, 16.5))
    habit(trace, first, last)
    if is_used:
        lessons(trace, first, last)
        wants_in_vain(trace, first + 600, last)
    return first, last


def any_platform(dice: Random) -> str:
    return dice.choices(list(PLATFORMS), [share for _, _, share, _ in PLATFORMS.values()])[0]
