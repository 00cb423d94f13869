"""The cast: one small school, its catalogue and its people's devices, and a way to ask about them.

Every test that needs a school takes this one and adds the few lines it is about.
"""

from __future__ import annotations

import datetime

from appliance.policy import document
from appliance.policy.decide import Policy, decide, holds_until
from appliance.policy.model import School, Who
from appliance.policy.services import (
    Catalogue,
    Category,
    CategoryKind,
    Lifeline,
    SafeSearch,
    Service,
    Source,
)
from appliance.policy.verdict import Verdict

TUESDAY = "2026-11-24"

DOCUMENT = """
format = 1

[school]
name = "Bellgate Primary"
domains = ["bellgate.sch.uk"]

[groups.pupils]
networks = ["10.20.0.0/16", "fd00:20::/64"]
safesearch = true

[groups.staff]
networks = ["10.10.0.0/16"]
adults = true

[groups.guests]
default = true

[devices.dans-tablet]
group = "pupils"
addresses = ["10.20.3.7"]

[devices.ms-clarks-laptop]
group = "staff"
addresses = ["10.10.1.2"]

[device_sets.class-7b]
devices = ["dans-tablet"]

[[timetable]]
name = "normal"
days = ["mon", "tue", "wed", "thu", "fri"]
periods = [
    {name = "Registration", kind = "registration", from = "08:45", to = "09:00"},
    {name = "Lesson 1", kind = "lesson", from = "09:00", to = "10:30"},
    {name = "Break", kind = "break", from = "10:30", to = "10:45"},
    {name = "Lesson 2", kind = "lesson", from = "10:45", to = "12:15"},
]
"""

RULES = """
[[rule]]
id = "staff-breaks"
groups = ["staff"]
target = ["social-media"]
when = ["break", "closed"]
action = "allow"
clause = "5.2"
says = "Staff may use social media in breaks."

[[rule]]
id = "all-social-media"
groups = ["*"]
target = ["social-media"]
when = "always"
action = "block"
clause = "7.1"
says = "All social media is blocked."
"""


def _service(
    name: str, title: str, category: str, *domains: str, **more: frozenset[str]
) -> Service:
    return Service(name, title, (category,), domains=frozenset(domains), **more)  # type: ignore[arg-type]


def _named(*items: Category | Service | Lifeline | SafeSearch | Source) -> dict[str, object]:
    return {item.name: item for item in items}


CATALOGUE = Catalogue(
    categories=_named(  # type: ignore[arg-type]
        Category("social-networks", "social networks", "a social network", CategoryKind.SERVICE),
        Category("media-sharing", "media sharing", "a media sharing service", CategoryKind.SERVICE),
        Category("micro-blogging", "micro-blogging", "a micro-blog", CategoryKind.SERVICE),
        Category("messaging", "messaging", "a messaging service", CategoryKind.SERVICE),
        Category("games", "games", "a game", CategoryKind.SERVICE),
        Category("live-streaming", "live streaming", "a live stream", CategoryKind.SERVICE),
        Category("forums", "forums", "a forum", CategoryKind.SERVICE),
        Category("blogs", "blogs", "a blog", CategoryKind.SERVICE),
        Category("question-and-answer", "questions", "a Q&A site", CategoryKind.SERVICE),
        Category("dating", "dating", "a dating service", CategoryKind.SERVICE),
        Category("class-apps", "class apps", "a class app", CategoryKind.SERVICE),
        Category("vpn", "VPN services", "a VPN service", CategoryKind.CIRCUMVENTION),
        Category("encrypted-dns", "encrypted DNS", "encrypted DNS", CategoryKind.CIRCUMVENTION),
        Category("adult", "adult sites", "an adult site", CategoryKind.CONTENT),
    ),
    services=_named(  # type: ignore[arg-type]
        _service("tiktok", "TikTok", "media-sharing", "tiktok.com", "tiktokv.com"),
        _service("x", "X", "micro-blogging", "x.com", "t.co", "twitter.com"),
        _service("reddit", "Reddit", "social-networks", "reddit.com", "redd.it"),
        _service("instagram", "Instagram", "social-networks", "instagram.com"),
        Service(
            "youtube",
            "YouTube",
            ("media-sharing", "live-streaming"),
            minimum_age=13,
            domains=frozenset({"youtube.com", "googlevideo.com", "youtu.be"}),
            hosts=frozenset({"youtubei.googleapis.com"}),
            needs=frozenset({"accounts.google.com"}),
        ),
        _service("youtube-music", "YouTube Music", "games", "music.youtube.com"),
        _service("roblox", "Roblox", "games", "roblox.com"),
        _service("nordvpn", "NordVPN", "vpn", "nordvpn.com"),
        _service("doh", "A DoH server", "encrypted-dns", "dns.example"),
    ),
    lifelines=_named(  # type: ignore[arg-type]
        Lifeline("childline", "Childline", "help line", frozenset({"childline.org.uk"})),
        Lifeline("report", "Report", "reporting", frozenset({"report.tiktok.com"})),
    ),
    safe_search=_named(  # type: ignore[arg-type]
        SafeSearch(
            "google",
            "Google",
            frozenset({"www.google.com", "www.google.co.uk"}),
            "forcesafesearch.google.com",
            "forcesafesearch.google.com",
        ),
        SafeSearch(
            "youtube",
            "YouTube",
            frozenset({"www.youtube.com"}),
            "restrict.youtube.com",
            "restrictmoderate.youtube.com",
        ),
    ),
    sources=_named(  # type: ignore[arg-type]
        Source(
            "adult", "Adult sites", "https://a.example/l", "domains", "-", "adult", 24, 1, "", True
        ),
        Source("bypass", "Bypass", "https://a.example/b", "domains", "-", "vpn", 24, 1, "", True),
    ),
)


def school(*more: str, rules: str = RULES) -> School:
    """The school with some lines of policy more."""
    return document.read("\n".join([DOCUMENT, rules, *more]).encode(), CATALOGUE)


class Ask:
    """The school's policy, ready to be asked as people ask."""

    def __init__(self, *more: str, rules: str = RULES) -> None:
        self.policy = Policy(school(*more, rules=rules), CATALOGUE)

    def verdict(
        self,
        name: str,
        by: str = "pupils",
        at: str = "10:15",
        *,
        device: str = "",
        sets: tuple[str, ...] = (),
        on: tuple[str, ...] = (),
    ) -> Verdict:
        """The verdict on a name that stands on these lists, for a group or one of its devices."""
        facts = self.policy.facts(name, frozenset(on))
        who = Who(by, device, frozenset(sets))
        return decide(self.policy, who, facts, self.instant(at))

    def until(self, name: str, by: str = "pupils", at: str = "10:15") -> str | None:
        """When the verdict ends, by the school's clock."""
        facts = self.policy.facts(name)
        until = holds_until(self.policy, Who(by), facts, self.instant(at))
        return None if until is None else f"{self.policy.clock.local(until):%Y-%m-%d %H:%M}"

    def instant(self, at: str) -> int:
        """A time of that Tuesday, or a whole date and time."""
        text = at if "T" in at else f"{TUESDAY}T{at}"
        return self.policy.clock.instant(datetime.datetime.fromisoformat(text))
