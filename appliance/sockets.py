"""Listening sockets: made by who starts a program of ours, and taken over by the program.

They are handed over as systemd does (sd_listen_fds(3)): open descriptors from number 3 on, with
LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES to say what they are. So a program does not care who
started it, needs no rights of its own, and a restart loses no question that waits in a socket.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.endpoint import Endpoint
from appliance.errors import RunError

FIRST_DESCRIPTOR: Final = 3
BACKLOG: Final = 256  # streams that wait to be accepted
# Questions that wait while a resolver restarts or takes up a new policy: room for about a second of
# a whole school's, since the kernel counts a small datagram as 768 bytes.
RECEIVE_BUFFER: Final = 4 << 20

_LISTEN_PID = "LISTEN_PID"
_LISTEN_FDS = "LISTEN_FDS"
_LISTEN_FDNAMES = "LISTEN_FDNAMES"

# from <linux/in.h> and <asm-generic/socket.h>; Python has names for the others
_IP_PKTINFO: Final = 8
_SO_RCVBUFFORCE: Final = 33


class Service(StrEnum):
    """What is spoken on a socket, and the word that LISTEN_FDNAMES has for it."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"
    HTTPS = "https"  # a resolver's: DNS in it; of the pages: pages
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class Listener:
    """One open socket and what is spoken on it."""

    service: Service
    socket: socket.socket


def open_listener(service: Service, endpoint: Endpoint, *, alone: bool = False) -> Listener:
    """A socket of its own on this endpoint, beside those of other workers there; `alone`: only
    where there is no other."""
    kind = socket.SOCK_DGRAM if service is Service.UDP else socket.SOCK_STREAM
    new = socket.socket(_family(endpoint), kind | socket.SOCK_NONBLOCK)
    try:
        _prepare(new, endpoint)
        if not alone:
            new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if service is Service.UDP:
            _tell_where_asked(new, endpoint)
            _make_room(new)
        new.bind((str(endpoint.address), endpoint.port))
        if service is not Service.UDP:
            new.listen(BACKLOG)
    except OSError as fault:
        new.close()
        raise RunError(why_not(endpoint, fault)) from fault
    return Listener(service, new)


def trouble(endpoint: Endpoint, service: Service = Service.UDP) -> OSError | None:
    """What the system says against listening there; None: nothing. Asked without SO_REUSEPORT: with
    it, two programs of one user would share the port, each getting half of the questions."""
    kind = socket.SOCK_DGRAM if service is Service.UDP else socket.SOCK_STREAM
    try:
        with socket.socket(_family(endpoint), kind) as probe:
            _prepare(probe, endpoint)
            probe.bind((str(endpoint.address), endpoint.port))
            if service is not Service.UDP:
                probe.listen()  # SO_REUSEADDR lets two bind; only one may listen
    except OSError as fault:
        return fault
    return None


def refuse_taken(endpoint: Endpoint, service: Service = Service.UDP) -> None:
    """RunError where something else listens already, or we may not."""
    fault = trouble(endpoint, service)
    if fault:
        raise RunError(why_not(endpoint, fault)) from fault


def why_not(endpoint: Endpoint, fault: OSError) -> str:
    """Why nothing can listen there, and what would do."""
    match fault.errno:
        case errno.EADDRINUSE:
            return (
                f"{endpoint} is taken by another program: "
                f"sudo ss -lntup 'sport = :{endpoint.port}' says which"
            )
        case errno.EACCES | errno.EPERM:
            return (
                f"{endpoint}: this user may not use a port below 1024; start it as root, or choose "
                "another port such as 127.0.0.1:1053"
            )
        case errno.EADDRNOTAVAIL:
            return f"{endpoint}: this box has no such address; ip address shows those it has"
        case errno.EAFNOSUPPORT:
            return f"{endpoint}: IPv6 is switched off on this box"
        case _:
            return f"{endpoint}: {fault.strerror}"


def take_over(environ: MutableMapping[str, str], pid: int) -> list[Listener]:
    """The sockets that were handed to process `pid`, which is this one. What told of them is taken
    out of `environ`, so that no child of ours believes that they are its own."""
    told = {key: environ.pop(key, "") for key in (_LISTEN_PID, _LISTEN_FDS, _LISTEN_FDNAMES)}
    if told[_LISTEN_PID] != str(pid):
        return []
    names = told[_LISTEN_FDNAMES].split(":") if told[_LISTEN_FDNAMES] else []
    count = told[_LISTEN_FDS]
    if not count.isdigit() or int(count) != len(names) or not set(names) <= set(Service):
        raise RunError(
            f"the sockets that were handed over make no sense: LISTEN_FDS={count} "
            f"LISTEN_FDNAMES={':'.join(names)}; each is one of {', '.join(Service)}"
        )
    listeners = []
    for number, name in enumerate(names, start=FIRST_DESCRIPTOR):
        try:
            taken = socket.socket(fileno=number)
        except OSError as fault:
            raise RunError(f"descriptor {number}, said to be {name}, is no socket") from fault
        taken.set_inheritable(False)
        taken.setblocking(False)
        listeners.append(Listener(Service(name), taken))
    return listeners


def handed_over(listeners: list[Listener], pid: int) -> Mapping[str, str]:
    """What tells process `pid` of these sockets, which it has from FIRST_DESCRIPTOR on."""
    return {
        _LISTEN_PID: str(pid),
        _LISTEN_FDS: str(len(listeners)),
        _LISTEN_FDNAMES: ":".join(one.service for one in listeners),
    }


def _family(endpoint: Endpoint) -> socket.AddressFamily:
    return socket.AF_INET6 if endpoint.address.version == 6 else socket.AF_INET


def _prepare(new: socket.socket, endpoint: Endpoint) -> None:
    if new.type == socket.SOCK_STREAM:
        new.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # old streams may linger a minute
    if endpoint.address.version == 6:
        new.setsockopt(
            socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1
        )  # 0.0.0.0 has a socket of its own


def _tell_where_asked(new: socket.socket, endpoint: Endpoint) -> None:
    """Every datagram says which of our addresses it came to, so that the answer leaves from it: on
    a box with several, a client drops an answer from another one."""
    if endpoint.address.version == 6:
        new.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        new.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)


def _make_room(new: socket.socket) -> None:
    new.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)  # cut at rmem_max
    with contextlib.suppress(PermissionError):
        new.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)  # root: not cut
