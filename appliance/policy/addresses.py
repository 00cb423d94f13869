"""Who asks from an address: device, group and sets. Apart from the rules: it changes often."""

from __future__ import annotations

import ipaddress
import json
from collections import defaultdict

from appliance.endpoint import Address, Network
from appliance.policy.model import School, Who


class Addresses:
    """Devices by their address, groups by their networks, and the group of everybody else."""

    def __init__(
        self, devices: dict[Address, Who], networks: dict[Network, str], default_group: str
    ) -> None:
        self.devices = devices
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
            "devices": {
                str(address): [who.group, who.device, sorted(who.sets)]
                for address, who in self.devices.items()
            },
            "networks": {str(network): group for network, group in self.networks.items()},
            "default_group": self.default_group,
        }
        return json.dumps(content, separators=(",", ":")).encode()

    @classmethod
    def load(cls, data: bytes) -> Addresses:
        content = json.loads(data)
        return cls(
            {
                ipaddress.ip_address(address): Who(group, device, frozenset(sets))
                for address, (group, device, sets) in content["devices"].items()
            },
            {ipaddress.ip_network(text): group for text, group in content["networks"].items()},
            content["default_group"],
        )


def devices_of(school: School) -> dict[str, Who]:
    """Each device of the school as one who asks."""
    sets = defaultdict(set)
    for one in school.device_sets:
        for name in one.devices:
            sets[name].add(one.name)
    return {d.name: Who(d.group, d.name, frozenset(sets[d.name])) for d in school.devices}
