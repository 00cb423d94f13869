"""From an observation to signs: what it may mean, seen together with what the device did before."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from appliance.detection.crowd import Crowd
from appliance.detection.knowledge import Habit, Knowledge
from appliance.detection.memory import Device
from appliance.detection.names import Meaning, Names, Sign
from appliance.detection.observation import REFUSED, News, Observation, Via
from appliance.detection.tunnel import Volume
from appliance.policy.services import Service

DNS_PORT, DOT_PORTS, HTTPS_PORTS = 53, (853, 784, 8853), (443, 8443)
VPN_PORTS = (500, 1194, 1701, 1723, 4500, 51820)
PAST_US = frozenset(("other-resolver", "encrypted-dns-port", "encrypted-dns-address"))
FRONTS_KEPT = 16


class Signals:
    """Reads signs; all it remembers of devices stands in their own memory."""

    def __init__(self, known: Knowledge, crowd: Crowd) -> None:
        self.known = known
        self.names = Names(known)
        self.numbers = known.signals.numbers
        self.crowd = crowd
        self._hosts: dict[str, Service] = {}
        self._networks: list[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, Service]] = []
        for service in known.catalogue.services.values():
            for text in service.addresses:
                network = ipaddress.ip_network(text)
                if network.num_addresses == 1:
                    self._hosts[str(network.network_address)] = service
                else:
                    self._networks.append((network, service))
        self._owners: dict[str, Service | None] = {}

    def read(self, seen: Observation, device: Device, hour: int) -> list[Sign]:
        """The signs in one observation; `hour` is that of the school's clock."""
        if seen.via is Via.DNS:
            return list(self._asked(seen, device, hour))
        found = self._packet(seen) if seen.via is Via.NFLOG else self._news(seen)
        return [found] if found else []

    def _asked(self, seen: Observation, device: Device, hour: int) -> Iterator[Sign]:
        meaning = self.names.meaning(seen.name)
        if meaning.step:
            device.steps_to(meaning.step, seen.at, self.numbers)
        if meaning.wanted:
            if seen.action == REFUSED:
                device.wants_refused(
                    meaning.wanted, meaning.title, seen.at, hour, meaning.is_front, self.numbers
                )
                yield from self._front_doors(seen, meaning, device)
            return
        if meaning.sign:
            yield meaning.sign
        elif meaning.near:
            yield from self._variant(seen, meaning, device)
        if meaning.site:
            yield from self._hidden(seen, meaning, device)

    def _variant(self, seen: Observation, meaning: Meaning, device: Device) -> Iterator[Sign]:
        """tiktok.example is a sign only where TikTok was just refused."""
        if device.was_refused(meaning.near, seen.at, self.numbers.after_refusal_seconds):
            kind = "look-alike" if meaning.is_look_alike else "variant"
            like = f"{seen.name}, which is spelled like {self.names.title(meaning.near)}"
            yield Sign(kind, seen.name.removeprefix("www."), like, seen.name)

    def _front_doors(self, seen: Observation, meaning: Meaning, device: Device) -> Iterator[Sign]:
        """Page after page of one refused service, as fast as somebody types."""
        if not meaning.is_front:
            return
        fronts = device.wants[meaning.wanted, True].fronts
        since = seen.at - self.numbers.after_refusal_seconds
        for name in [name for name, at in fronts.items() if at < since]:
            del fronts[name]
        if len(fronts) < FRONTS_KEPT:
            fronts.setdefault(seen.name, seen.at)
        if len(fronts) < self.numbers.front_doors or fronts.get(seen.name) != seen.at:
            return
        if seen.at - min(fronts.values()) >= self.numbers.apart_seconds:
            title = f"{len(fronts)} different addresses of {meaning.title}"
            yield Sign("variant", f"fronts:{meaning.wanted}", title, seen.name)

    def _hidden(self, seen: Observation, meaning: Meaning, device: Device) -> Iterator[Sign]:
        stream = device.streams.note(
            seen.at, meaning.site, meaning.hidden, seen.qtype, self.numbers
        )
        if stream is None:
            return
        if stream.count == self.numbers.tunnel_labels // 4:
            self.crowd.note_stream(meaning.site, device.name)
        volume = stream.measure(self.numbers)
        if volume is not Volume.NONE:
            title = f"long coded names below {meaning.site}"
            yield Sign("tunnel", f"tunnel:{meaning.site}", title, str(int(volume)))

    def _packet(self, seen: Observation) -> Sign | None:
        """A packet to somewhere else than us."""
        owner = self._owner(seen.dst)
        kind = self._kind_of_packet(seen, owner)
        if not kind:
            return None
        title = owner.title if owner else seen.dst
        brand = owner.name if owner else seen.dst
        if kind in PAST_US:  # a habit of port 853 says nothing of port 53
            brand = f"{kind}:{brand}"
        by_itself = self.known.signals.kinds[kind].by_itself
        if owner and not owner.by_itself and kind in PAST_US:
            by_itself = False  # nothing has the resolver of a small foundation built in
        item = f"{seen.dst}:{seen.port}"
        return Sign(kind, brand, title, item, True, self._port_habit(seen, owner), by_itself)

    @staticmethod
    def _kind_of_packet(seen: Observation, owner: Service | None) -> str:
        category = owner.categories[0] if owner else ""
        if category and category != "encrypted-dns":
            return category
        if seen.port == DNS_PORT:
            return "other-resolver"
        if seen.port in DOT_PORTS:
            return "encrypted-dns-port"
        if seen.port in HTTPS_PORTS and owner:
            return "encrypted-dns-address"
        return "vpn-port" if seen.port in VPN_PORTS and not owner else ""

    def _port_habit(self, seen: Observation, owner: Service | None) -> Habit | None:
        port = f"{seen.port}/{seen.proto.lower()}"
        habits = [one for one in self.known.habits.values() if port in one.ports]
        if owner:
            exact = [one for one in habits if owner.name in one.services]
            named = self.names.habit("", owner.name)
            return next(iter(exact), named)
        return next(iter(habits), None)

    def _owner(self, dst: str) -> Service | None:
        """Whose address this is, as far as the catalogue knows."""
        if dst in self._owners:
            return self._owners[dst]
        if len(self._owners) > 65_536:
            self._owners.clear()
        address = ipaddress.ip_address(dst)
        owner = self._hosts.get(str(address)) or next(
            (
                service
                for network, service in self._networks
                if network.version == address.version and address in network
            ),
            None,
        )
        self._owners[dst] = owner
        return owner

    def _news(self, seen: Observation) -> Sign | None:
        if seen.what == News.SILENT:
            return Sign("dark", "dark", "silence while on the network", "silent", True, None, True)
        habits = (one for one in self.known.habits.values() if "new-mac" in one.kinds)
        item = seen.detail or str(seen.at)
        return Sign(
            "new-mac", "new-mac", "a new network address", item, True, next(habits, None), True
        )
