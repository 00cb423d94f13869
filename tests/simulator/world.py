"""The clock, the filter and the dice of an invented school."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from appliance.detection.observation import ALLOWED, REFUSED, Observation, Via
from appliance.lists import catalogue
from appliance.lists.ownership import Register

CATALOGUE = catalogue.read()
REGISTER = Register(CATALOGUE)
LONDON = ZoneInfo("Europe/London")
MONDAY = datetime.date(2026, 11, 23)
REFUSED_KINDS = frozenset(
    ("social-networks", "micro-blogging", "media-sharing", "live-streaming", "messaging", "dating")
    + ("forums", "blogs", "question-and-answer", "games", "gaming-platforms", "streaming-media")
)
HEX = "0123456789abcdef"
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"

WANTED = {  # what children like to get at: the page, then what its app asks for by itself
    "tiktok": ("www.tiktok.com", "api16-normal-useast5.tiktokv.com", "mon.tiktokv.com"),
    "snapchat": ("web.snapchat.com", "gcp.api.snapchat.com", "app-analytics.snapchat.com"),
    "instagram": ("www.instagram.com", "i.instagram.com", "graph.instagram.com"),
    "youtube": ("www.youtube.com", "youtubei.googleapis.com", "i.ytimg.com"),
    "discord": ("discord.com", "gateway.discord.gg", "cdn.discordapp.com"),
    "roblox": ("www.roblox.com", "apis.roblox.com", "clientsettingscdn.roblox.com"),
    "reddit": ("www.reddit.com", "gql.reddit.com", "i.redd.it"),
    "twitch": ("www.twitch.tv", "gql.twitch.tv", "static-cdn.jtvnw.net"),
    "netflix": ("www.netflix.com", "api-global.netflix.com", "assets.nflxext.com"),
}


def instant(day: int, hour: float) -> int:
    """Seconds since 1970; `hour` by the school's clock, day 0 a Monday."""
    date = MONDAY + datetime.timedelta(days=day)
    midnight = datetime.datetime(date.year, date.month, date.day, tzinfo=LONDON)
    return int(midnight.timestamp() + hour * 3600)


@cache
def is_refused(name: str) -> bool:
    """By the rules for pupils: ways round the filter and social media, nothing else."""
    kinds = REGISTER.ownership(name).categories
    return any(CATALOGUE.is_circumvention(kind) or kind in REFUSED_KINDS for kind in kinds)


@dataclass
class Trace:
    """What is seen of one device, while it is made up."""

    device: str
    group: str
    dice: Random
    seen: list[Observation] = field(default_factory=list)

    def ask(self, at: float, name: str, qtype: str = "A") -> None:
        is_free = self.group == "staff" and not REGISTER.ownership(name).service
        action = REFUSED if is_refused(name) and not is_free else ALLOWED
        self.seen.append(
            Observation(int(at), self.device, self.group, Via.DNS, name, qtype, action)
        )

    def load(self, at: float, names: Iterable[str]) -> float:
        """A page or an app start: several names within seconds, IPv6 and HTTPS beside them."""
        for name in names:
            self.ask(at, name)
            if self.dice.random() < 0.5:
                self.ask(at, name, self.dice.choice(("AAAA", "HTTPS")))
            at += self.dice.uniform(0, 1.2)
        return at

    def send(self, at: float, dst: str, port: int, proto: str = "udp") -> None:
        self.seen.append(
            Observation(
                int(at), self.device, self.group, Via.NFLOG, dst=dst, port=port, proto=proto
            )
        )

    def tell(self, at: float, what: str, mac: str = "") -> None:
        self.seen.append(
            Observation(int(at), self.device, self.group, Via.LAN, what=what, detail=mac)
        )

    def letters(self, count: int, alphabet: str = HEX) -> str:
        return "".join(self.dice.choices(alphabet, k=count))

    def pause(self, low: float, high: float) -> float:
        """Seconds that a person takes: mostly short, sometimes long."""
        return low + (high - low) * self.dice.betavariate(1.4, 2.6)
