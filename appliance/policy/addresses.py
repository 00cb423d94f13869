"""Who asks: device, group and sets, by what shows it. Apart from the rules: it changes often."""

from __future__ import annotations

import ipaddress
import json
from collections import defaultdict
from typing import Any

from appliance.endpoint import Address, Network
from appliance.policy.model import School, Who


class Addresses:
    """Devices by their marks, groups by their networks, and the group of everybody else."""

    def __init__(
        self,
        devices: dict[Address, Who],
        networks: dict[Network, str],
        default_group: str,
        *,
        by_mac: dict[str, Who] | None = None,
        by_client_id: dict[str, Who] | None = None,
    ) -> None:
        self.devices = devices
        self.by_mac = by_mac or {}  # as policies write it: 02:00:5e:10:00:01
        self.by_client_id = by_client_id or {}  # in lower case
        self.default_group = default_group
        narrowest_first = sorted(networks.items(), key=lambda item: -item[0].prefixlen)
        self.networks = dict(narrowest_first)

    @classmethod
    def of(cls, school: School) -> Addresses:
        whos = devices_of(school)
        return cls(
            {address: whos[d.name] for d in school.devices for address in d.addresses},
            {network: group.name for group in school.groups for network in group.networks},
            school.default_group.name,
            by_mac={mac: whos[d.name] for d in school.devices for mac in d.macs},
            by_client_id={one: whos[d.name] for d in school.devices for one in d.client_ids},
        )

    def place(self, address: Address) -> Who:
        """A known device, else its narrowest network's group, else the default group."""
        if address in self.devices:
            return self.devices[address]
        for network, group in self.networks.items():
            if address.version == network.version and address in network:
                return Who(group)
        return Who(self.default_group)

    def dump(self) -> bytes:
        content = {
            "devices": {str(address): _written(who) for address, who in self.devices.items()},
            "macs": {mac: _written(who) for mac, who in self.by_mac.items()},
            "client_ids": {one: _written(who) for one, who in self.by_client_id.items()},
            "networks": {str(network): group for network, group in self.networks.items()},
            "default_group": self.default_group,
        }
        return json.dumps(content, separators=(",", ":")).encode()

    @classmethod
    def load(cls, data: bytes) -> Addresses:
        content = json.loads(data)
        return cls(
            {ipaddress.ip_address(text): _read(who) for text, who in content["devices"].items()},
            {ipaddress.ip_network(text): group for text, group in content["networks"].items()},
            content["default_group"],
            # .get: files of versions before these marks stay readable
            by_mac={mac: _read(who) for mac, who in content.get("macs", {}).items()},
            by_client_id={one: _read(who) for one, who in content.get("client_ids", {}).items()},
        )


def _written(who: Who) -> list[Any]:
    return [who.group, who.device, sorted(who.sets)]


def _read(written: list[Any]) -> Who:
    group, device, sets = written
    return Who(group, device, frozenset(sets))


def devices_of(school: School) -> dict[str, Who]:
    """Each device of the school as one who asks."""
    sets = defaultdict(set)
    for one in school.device_sets:
        for name in one.devices:
            sets[name].add(one.name)
    return {d.name: Who(d.group, d.name, frozenset(sets[d.name])) for d in school.devices}
