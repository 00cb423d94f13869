"""Where each program listens, and the sockets that are opened there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from appliance import box
from appliance.config import Config, Web
from appliance.endpoint import Endpoint
from appliance.errors import RunError
from appliance.sockets import Listener, Service, open_listener

Place = tuple[Service, Endpoint]

STAFF: Final = "staff"
PUBLIC: Final = "public"
LOOPBACK: Final = Endpoint.parse("127.0.0.1:1").address
EVERYWHERE: Final = (Endpoint.parse("0.0.0.0:53"), Endpoint.parse("[::]:53"))


def of_resolvers(config: Config) -> list[Place]:
    """Everything that each of them listens on."""
    listen = config.dns.listen or usual_of_resolvers()
    return [
        *((service, one) for one in listen for service in (Service.UDP, Service.TCP)),
        *((Service.TLS, one) for one in config.encrypted.tls),
        *((Service.HTTPS, one) for one in config.encrypted.https),
    ]


def usual_of_resolvers() -> tuple[Endpoint, ...]:
    return EVERYWHERE if box.has_ipv6() else EVERYWHERE[:1]


def of_pages(name: str, web: Web) -> list[Place]:
    """Everything that one of the two applications listens on."""
    if name == STAFF:
        return [(Service.HTTPS if web.certificate else Service.HTTP, one) for one in web.staff]
    return [
        *((Service.HTTP, one) for one in web.public),
        *((Service.HTTPS, one) for one in web.public_https),
    ]


def links(name: str, web: Web) -> list[str]:
    """Where a browser of this box finds the pages; where they are everywhere, at an address of it
    that others reach, too."""
    return [f"{service}://{met_at(one)}" for service, one in of_pages(name, web)]


def met_at(endpoint: Endpoint) -> Endpoint:
    """Where others find what listens there."""
    if not endpoint.address.is_unspecified:
        return endpoint
    own = box.own_address(endpoint.address.version)
    return Endpoint(own or LOOPBACK, endpoint.port)


def opener(listening: Sequence[Place], *, alone: bool) -> Callable[[], list[Listener]]:
    """Opens the sockets of one program; `alone`: no other shares them."""

    def open_all() -> list[Listener]:
        listeners: list[Listener] = []
        try:
            for service, one in listening:
                listeners.append(open_listener(service, one, alone=alone))
        except RunError:
            for listener in listeners:
                listener.socket.close()
            raise
        return listeners

    return open_all
