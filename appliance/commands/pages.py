"""Where the pages are during a run: where that was asked for, else on the usual ports, which give
way to other programs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from appliance import box
from appliance.config import Config, Web
from appliance.endpoint import Address, Endpoint
from appliance.errors import RunError
from appliance.sockets import Listener, Service, open_listener, refuse_taken
from appliance.supervisor import Log

Place = tuple[Service, Endpoint]

STAFF: Final = "staff"
PUBLIC: Final = "public"
HTTP_PORT: Final = 80  # a refused name leads there, whatever it is: no other port would be met
HTTPS_PORT: Final = 443
# In trials, and where a lower port may not be used. Each page has its own: both may give way.
FREE: Final = {STAFF: range(8080, 8100, 2), PUBLIC: range(8081, 8100, 2)}
LOOPBACK: Final = (Endpoint.parse("127.0.0.1:1").address,)
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
    for name in chosen.keys() & set(wanted):
        for one in asked[name]:
            refuse_taken(one, Service.HTTP)
        places = tuple(asked[name]) or chosen[name]
        chosen[name] = places or _free(name, config.web, is_trial, log)
    web = dataclasses.replace(config.web, staff=chosen[STAFF], public=chosen[PUBLIC])
    dns = config.dns
    if PUBLIC in wanted and not dns.block_page:
        dns = dataclasses.replace(dns, block_page=_block_page(web.public))
    return dataclasses.replace(config, web=web, dns=dns)


def places(name: str, web: Web) -> list[Place]:
    """Everything that one of the two applications listens on."""
    if name == STAFF:
        return [(Service.HTTPS if web.certificate else Service.HTTP, one) for one in web.staff]
    return [
        *((Service.HTTP, one) for one in web.public),
        *((Service.HTTPS, one) for one in web.public_https),
    ]


def opener(listening: Sequence[Place]) -> Callable[[], list[Listener]]:
    """Opens the sockets of one application."""

    def open_all() -> list[Listener]:
        listeners: list[Listener] = []
        try:
            for service, one in listening:
                listeners.append(open_listener(service, one, alone=True))
        except RunError:
            for listener in listeners:
                listener.socket.close()
            raise
        return listeners

    return open_all


def links(name: str, web: Web) -> list[str]:
    """Where a browser of this box finds the pages; where they are everywhere, at an address of it
    that others reach, too."""
    return [f"{service}://{_met_at(one)}" for service, one in places(name, web)]


def usual_places(name: str, config: Config) -> list[Endpoint]:
    """Where the pages are if nothing is in the way."""
    if _is_trial(config):
        return _at(LOOPBACK, FREE[name][0])
    return _at(_everywhere(), _usual_ports(name, config.web)[0])


def _free(name: str, web: Web, is_trial: bool, log: Log) -> tuple[Endpoint, ...]:
    """The first of the usual ports that is free."""
    addresses = LOOPBACK if is_trial else _everywhere()
    why = ""
    for port in FREE[name] if is_trial else _usual_ports(name, web):
        found = _at(addresses, port)
        try:
            for one in found:
                refuse_taken(one, Service.HTTP)
        except RunError as fault:
            why = why or str(fault)
            continue
        if why:
            log(f"The {name} pages are on port {port}, since {why}")
        return tuple(found)
    raise RunError(f"the {name} pages find no free port: {why}; choose one with --{name}")


def _is_trial(config: Config) -> bool:
    """Only this box itself is answered, so only it is shown pages."""
    return bool(config.dns.listen) and all(one.address.is_loopback for one in config.dns.listen)


def _usual_ports(name: str, web: Web) -> list[int]:
    if name == PUBLIC:
        return [HTTP_PORT, *FREE[name]]
    return [HTTPS_PORT, *FREE[name]] if web.certificate else list(FREE[name])


def _everywhere() -> tuple[Address, ...]:
    return EVERYWHERE if box.has_ipv6() else EVERYWHERE[:1]


def _at(addresses: Sequence[Address], port: int) -> list[Endpoint]:
    return [Endpoint(address, port) for address in addresses]


def _block_page(public: Sequence[Endpoint]) -> tuple[Address, ...]:
    """What refused names lead to: where devices meet the public pages."""
    met = [_met_at(one) for one in public if one.port == HTTP_PORT]
    return tuple(dict.fromkeys(one.address for one in met if not one.address.is_loopback))


def _met_at(endpoint: Endpoint) -> Endpoint:
    if not endpoint.address.is_unspecified:
        return endpoint
    own = box.own_address(endpoint.address.version)
    return Endpoint(own or LOOPBACK[0], endpoint.port)
