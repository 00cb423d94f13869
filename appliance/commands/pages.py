"""Where the pages are during a run: where that was asked for, else on the usual ports, which give
way to other programs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from appliance import box
from appliance.config import Config, Web
from appliance.endpoint import Address, Endpoint
from appliance.errors import RunError
from appliance.places import LOOPBACK, PUBLIC, STAFF, met_at
from appliance.sockets import Service, refuse_taken
from appliance.supervisor import Log

HTTP_PORT: Final = 80  # a refused name leads there, whatever it is: no other port would be met
HTTPS_PORT: Final = 443
# In trials, and where a lower port may not be used. Each page has its own: both may give way.
FREE: Final = {STAFF: range(8080, 8100, 2), PUBLIC: range(8081, 8100, 2)}
EVERYWHERE: Final = tuple(Endpoint.parse(one).address for one in ("0.0.0.0:1", "[::]:1"))


def effective(
    config: Config,
    wanted: Collection[str],
    asked: Mapping[str, Sequence[Endpoint]],
    log: Log,
) -> Config:
    """The settings with the places of the pages as they hold for this run. What an option asks for
    has to be free; what the settings say is tried until it is, and DNS goes on meanwhile."""
    is_trial = "dns" not in wanted or _is_trial(config)
    chosen = {STAFF: config.web.staff, PUBLIC: config.web.public}
    for name, given in chosen.items():
        for one in asked[name]:
            refuse_taken(one, Service.HTTP)
        if name in wanted:
            places = tuple(asked[name]) or given
            chosen[name] = places or _free(name, _usual(name, config.web, is_trial), log)
    web = dataclasses.replace(config.web, staff=chosen[STAFF], public=chosen[PUBLIC])
    dns = config.dns
    if PUBLIC in wanted and not dns.block_page:
        dns = dataclasses.replace(dns, block_page=_block_page(web.public))
    return dataclasses.replace(config, web=web, dns=dns)


def with_usual(config: Config) -> Config:
    """The settings with the usual places of pages where none are given."""
    web, is_trial = config.web, _is_trial(config)
    staff, public = (_usual(name, web, is_trial)[0] for name in (STAFF, PUBLIC))
    web = dataclasses.replace(web, staff=web.staff or staff, public=web.public or public)
    return dataclasses.replace(config, web=web)


def _free(name: str, usual: Sequence[tuple[Endpoint, ...]], log: Log) -> tuple[Endpoint, ...]:
    """The first of the usual places that is free; where none is, the first may be so later on."""
    why = ""
    for places in usual:
        try:
            for one in places:
                refuse_taken(one, Service.HTTP)
        except RunError as fault:
            why = why or str(fault)
            continue
        if why:
            log(f"The {name} pages are on port {places[0].port}, since {why}")
        return places
    return usual[0]


def _is_trial(config: Config) -> bool:
    """Only this box itself is answered, so only it is shown pages."""
    return bool(config.dns.listen) and all(one.address.is_loopback for one in config.dns.listen)


def _usual(name: str, web: Web, is_trial: bool) -> list[tuple[Endpoint, ...]]:
    """Where the pages are if nothing is in the way, and then where else."""
    ports = list(FREE[name])
    addresses: tuple[Address, ...] = (LOOPBACK,)
    if not is_trial:
        addresses = EVERYWHERE if box.has_ipv6() else EVERYWHERE[:1]
        if name == PUBLIC:
            ports.insert(0, HTTP_PORT)
        elif web.certificate:
            ports.insert(0, HTTPS_PORT)
    return [tuple(Endpoint(address, port) for address in addresses) for port in ports]


def _block_page(public: Sequence[Endpoint]) -> tuple[Address, ...]:
    """What refused names lead to: where devices meet the public pages."""
    met = [met_at(one) for one in public if one.port == HTTP_PORT]
    return tuple(dict.fromkeys(one.address for one in met if not one.address.is_loopback))
