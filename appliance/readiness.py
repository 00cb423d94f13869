"""How a program of ours says that it is at work: to systemd, or to `bellgate run`."""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping
from typing import Final

READY: Final = b"ready\n"
NOTIFY_FD: Final = "NOTIFY_FD"  # a pipe's descriptor, from `bellgate run`
NOTIFY_SOCKET: Final = "NOTIFY_SOCKET"  # sd_notify(3)


def tell_ready(environ: MutableMapping[str, str], main: int = 0) -> None:
    """Tell whoever waits for us that we are at work from now on; nobody: nothing to do. `main` is
    the process that was started, where it is another than this one."""
    if descriptor := environ.pop(NOTIFY_FD, ""):
        with open(int(descriptor), "wb", buffering=0) as pipe:
            pipe.write(READY)
    if address := environ.pop(NOTIFY_SOCKET, ""):
        if address.startswith("@"):
            address = "\0" + address[1:]  # an abstract address, as sd_notify spells it
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.sendto(f"READY=1\nMAINPID={main or os.getpid()}".encode(), address)
