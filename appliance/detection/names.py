"""What one name may be a sign of, by itself: whose it is, what its words say, what shape it has."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from appliance.detection.knowledge import Habit, Knowledge
from appliance.detection.likeness import Likeness, plain, site_of
from appliance.domains import parents
from appliance.policy.services import Service

REMEMBERED = 65_536  # names; a school's day asks for 30,000 different ones
TRANSLATED = (".translate.goog", ".turbopages.org")  # www-tiktok-com.translate.goog
FRONTS = frozenset(("", "www", "m", "web", "mobile", "old", "new", "touch", "lite", "en", "beta"))


class Sign(NamedTuple):
    """One observation taken as a sign of something."""

    kind: str
    brand: str  # what counts as one way round: a service, else the site or the address
    title: str  # as people call it
    item: str  # the name or the address itself
    is_front: bool = True  # a page that people open, not a host that only programs ask for
    habit: Habit | None = None
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Meaning:
    """All that a name says before anybody looks at who asked."""

    sign: Sign | None = None
    wanted: str = ""  # the service, no way round, that it belongs to
    title: str = ""
    is_front: bool = False
    step: str = ""  # "search" or "store"
    near: str = ""  # the service whose name it resembles, none of its own
    is_look_alike: bool = False
    site: str = ""  # where data might be hidden below it: the site, else nothing
    hidden: str = ""  # what stands before the site


NOTHING = Meaning()


class Names:
    """Knows names; each is worked out once."""

    def __init__(self, known: Knowledge) -> None:
        self.known = known
        self.words = known.signals.words
        services = known.catalogue.services.values()
        self._domains = {name: one for one in services for name in one.domains}
        self._hosts = {name: one for one in services for name in one.hosts}
        self._lifelines = {n for one in known.catalogue.lifelines.values() for n in one.domains}
        self._habit_names = {n: one for one in known.habits.values() for n in one.names}
        self._habit_services = {s: one for one in known.habits.values() for s in one.services}
        self._likeness = Likeness(
            (one for one in services if not known.catalogue.circumvents(one)),
            self.words.not_brands,
        )
        self._meanings: dict[str, Meaning] = {}

    def meaning(self, name: str) -> Meaning:
        found = self._meanings.get(name)
        if found is None:
            if len(self._meanings) >= REMEMBERED:
                self._meanings.clear()  # cheaper than an order of use, and a tunnel fills it once
            found = self._meanings[name] = self._meaning(name)
        return found

    def title(self, service: str) -> str:
        known = self.known.catalogue.services.get(service)
        return known.title if known else service

    def habit(self, name: str, service: str) -> Habit | None:
        """The habit that explains a name: by the name itself, else by whose it is."""
        named = (self._habit_names[one] for one in parents(name) if one in self._habit_names)
        return next(named, None) or self._habit_services.get(service)

    def _meaning(self, name: str) -> Meaning:
        if "." not in name:
            return NOTHING  # a computer in the same house, or a browser's probe
        if self._lies_in(name, self._lifelines):
            return Meaning(sign=self._by_habit(name))
        service = self._service(name)
        if service and self.known.catalogue.circumvents(service):
            return Meaning(sign=self._way_round(name, service), step=self._step(name))
        if service:
            front = self._is_front(name, service)
            return Meaning(wanted=service.name, title=service.title, is_front=front)
        if habitual := self._by_habit(name):
            return Meaning(sign=habitual)
        return self._strange(name)

    def _service(self, name: str) -> Service | None:
        """Whose a name is; the longest domain says so, and an exact host before it."""
        if host := self._hosts.get(name):
            return host
        return next((self._domains[one] for one in parents(name) if one in self._domains), None)

    def _by_habit(self, name: str) -> Sign | None:
        """A canary or a habit that no entry of circumvention/ speaks of."""
        habit = self.habit(name, "")
        if habit is None or not habit.services:
            return None
        return Sign("encrypted-dns", habit.name, habit.title, name, False, habit, True)

    def _way_round(self, name: str, service: Service) -> Sign:
        kind, brand, title = service.categories[0], service.name, service.title
        inside = self._translated(name)
        if inside:
            kind, brand = "wrapped", f"{service.name}:{inside}"
            title = f"{self.title(inside)} through {service.title}"
        elif kind == "dynamic-dns" and not self._is_front(name, service):
            brand = title = site_of(name, self.known.shared_domains | service.domains)
        elif kind == "web-proxy" and service.name.startswith(("other-", "unblocked-", "small-")):
            brand = title = site_of(name, self.known.shared_domains)  # many sites in one entry
        habit = self.habit(name, service.name)
        is_front = bool(inside) or self._is_front(name, service)
        by_itself = service.by_itself or habit is not None
        return Sign(kind, brand, title, name, is_front, habit, by_itself)

    def _translated(self, name: str) -> str:
        """The refused kind of service that a translator's name holds inside."""
        ending = next((one for one in TRANSLATED if name.endswith(one)), "")
        if not ending:
            return ""
        inner = name.removesuffix(ending).replace("--", "\0").replace("-", ".").replace("\0", "-")
        service = self._service(inner)
        is_way_round = service is not None and self.known.catalogue.circumvents(service)
        return service.name if service and not is_way_round else ""

    def _is_front(self, name: str, service: Service) -> bool:
        """www.nordvpn.com yes; api.nordvpn.com and zwyr157wwiu6eior.com no."""
        site = site_of(name, self.known.shared_domains)
        if name.removesuffix(site).rstrip(".") not in FRONTS:
            return name in service.hosts and name.startswith(("www.", "remotedesktop."))
        label = plain(site.partition(".")[0])
        words = {plain(service.name), plain(service.title), plain(service.name.split("-")[0])}
        return any(word and (word in label or label in word) for word in words)

    def _strange(self, name: str) -> Meaning:
        """A name that is nobody's we know: what do its words and its shape say?"""
        step = self._step(name)
        if step or self._lies_in(name, self.known.school_needs):
            return Meaning(step=step)
        site = site_of(name, self.known.shared_domains)
        if site in self.known.shared_domains:
            return NOTHING
        label = site.partition(".")[0]
        hidden = name[: -len(site) - 1] if len(name) > len(site) else ""
        if not self._may_hide(name, hidden):
            hidden = ""
        spelled = self._likeness.spelling(label)
        alike = "" if spelled else self._likeness.look_alike(label)
        return Meaning(
            sign=self._by_words(name, site, label),
            near=spelled or alike,
            is_look_alike=bool(alike),
            site=site if hidden else "",
            hidden=hidden.replace(".", ""),
        )

    def _by_words(self, name: str, site: str, label: str) -> Sign | None:
        """unblocked-tiktok.example says what it is for; mirror.example.ac.uk says nothing."""
        read = plain(label)
        brand = self._likeness.inside(label)
        speaks = any(word in read for word in self.words.always)
        speaks |= bool(brand) and any(word in read for word in self._beside(label, brand))
        if speaks:
            title = f"{site}, a copy of {self.title(brand)}" if brand else site
            return Sign("unblocked", site, title, name)
        words = [word for word in self.words.own_part if word in read]
        if words and name.removesuffix(site).rstrip(".") in FRONTS:
            return Sign("vpn" if words[0] == "vpn" else "web-proxy", site, site, name)
        if label.startswith("xn--") and (alike := self._likeness.look_alike(label)):
            title = f"{site}, a look-alike of {self.title(alike)}"
            return Sign("look-alike", site, title, name)
        return None

    def _beside(self, label: str, brand: str) -> Iterable[str]:
        """The words that count beside a brand, but for those that the brand itself holds."""
        own = plain(brand)
        return (word for word in self.words.with_brand if word not in own)

    def _may_hide(self, name: str, hidden: str) -> bool:
        """True where data could stand in front of the site, and the site is not known for that."""
        if not hidden or hidden.startswith("_") or "._" in hidden:
            return False  # _dmarc, _ldap, DKIM's _domainkey: services found by name
        return not self._lies_in(name, self.known.signals.tunnel_shaped)

    def _step(self, name: str) -> str:
        signals = self.known.signals
        if self._lies_in(name, signals.store):
            return "store"
        return "search" if name.removeprefix("www.") in signals.search else ""

    @staticmethod
    def _lies_in(name: str, domains: Container[str]) -> bool:
        return any(one in domains for one in parents(name))
