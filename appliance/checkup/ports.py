"""Ports: may we listen there, and is something else there?"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from appliance.checkup.finding import Finding
from appliance.endpoint import Endpoint
from appliance.sockets import Service, trouble, why_not

OUR_COMMANDS = (b"appliance.dns", b"appliance.foreground", b"webadmin.", b"bellgate")
LISTENING = "0A"  # the state of a stream socket, as /proc/net/tcp has it
RESOLVED = "systemd-resolve"


def about_ports(
    places: Iterable[tuple[Service, Endpoint]], proc: Path, setting: str
) -> Iterator[Finding]:
    """One finding for each endpoint. `proc` is where the kernel tells of processes; `setting` says
    in appliance.toml where we listen."""
    for service, endpoint in places:
        yield _about(service, endpoint, proc, setting)


def _about(service: Service, endpoint: Endpoint, proc: Path, setting: str) -> Finding:
    matter = f"port {service} {endpoint}"
    fault = trouble(endpoint, service)
    if fault is None:
        return Finding(matter, "free for Bellgate")
    if fault.errno != errno.EADDRINUSE:
        return Finding(matter, "can't be used", why_not(endpoint, fault))
    holder = _holder(service, endpoint.port, proc)
    if holder is None:
        return Finding(matter, "taken by a program of another user", why_not(endpoint, fault))
    name, pid, is_ours = holder
    if is_ours:
        return Finding(matter, f"Bellgate listens there, process {pid}")
    do = f"stop {name}, or choose another port under {setting}"
    if name == RESOLVED:
        do = (
            "write DNSStubListener=no under [Resolve] in /etc/systemd/resolved.conf, then sudo "
            "systemctl restart systemd-resolved"
        )
    return Finding(matter, f"taken by {name}, process {pid}", do)


def _holder(service: Service, port: int, proc: Path) -> tuple[str, int, bool] | None:
    """Name and number of the process that listens there, as far as we may see it, and whether it
    is one of ours."""
    inodes = set(_inodes(proc, "udp" if service is Service.UDP else "tcp", port))
    for folder in proc.glob("[0-9]*"):
        try:
            files = {os.readlink(one) for one in (folder / "fd").iterdir()}
            if files.isdisjoint(f"socket:[{inode}]" for inode in inodes):
                continue
            command = (folder / "cmdline").read_bytes()
            name = (folder / "comm").read_text().strip()
        except OSError:
            continue  # another user's, or it has just ended
        return name, int(folder.name), any(ours in command for ours in OUR_COMMANDS)
    return None


def _inodes(proc: Path, protocol: str, port: int) -> Iterator[str]:
    for table in (proc / "net" / protocol, proc / "net" / f"{protocol}6"):
        if not table.is_file():
            continue
        for line in table.read_text().splitlines()[1:]:
            (
                _,
                local,
                _,
                state,
                *_,
            ) = line.split()
            is_listening = protocol == "udp" or state == LISTENING
            if is_listening and int(local.rpartition(":")[2], 16) == port:
                yield line.split()[9]
