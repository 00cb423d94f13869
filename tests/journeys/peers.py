"""Other people's DNS programs, as schools have them: clients, and servers that forward to us."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.cast import CERTIFIED, SERVER
from tests.journeys.running import Device, eventually
from tests.ports import free_port
from tests.programs import program


def says(name: str, *words: object, stdin: str = "") -> str:
    """What a client prints, whatever it thinks of the answer."""
    run = subprocess.run(
        [program(name), *map(str, words)], input=stdin, capture_output=True, text=True, timeout=30
    )
    return run.stdout + run.stderr


@dataclass(frozen=True)
class Forwarder:
    """A server that asks a box, from the address of the school's own server."""

    name: str
    by_tcp: bool = False  # it speaks TCP to the box
    by_tls: Path | None = None  # or TLS, believing this authority

    @contextlib.contextmanager
    def running(self, folder: Path, box_port: int, *more: str) -> Iterator[int]:
        """The port on which it answers."""
        port = free_port()
        command = WAYS[self.name](self, folder, port, box_port)
        with (folder / "said.txt").open("w") as said:
            process = subprocess.Popen(
                [program(self.name), *command, *more], stdout=said, stderr=said, cwd=folder
            )
        try:
            probe = Device("127.0.0.1", port)
            eventually(lambda: _answers(probe, process, folder), seconds=20)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _answers(probe: Device, process: subprocess.Popen[bytes], folder: Path) -> bool:
    assert process.poll() is None, (folder / "said.txt").read_text()
    reply = probe.try_to_ask("ready.example", seconds=0.3)
    return reply is not None and reply.rcode == "NOERROR"


def _named(forwarder: Forwarder, folder: Path, port: int, box_port: int) -> list[str]:
    tcp = "server 127.0.0.1 { tcp-only yes; };" if forwarder.by_tcp else ""
    file = folder / "named.conf"
    file.write_text(
        f"""
        options {{
            directory "{folder}";
            pid-file none;
            session-keyfile none;
            listen-on port {port} {{ 127.0.0.1; }};
            listen-on-v6 {{ none; }};
            query-source address {SERVER};
            forward only;
            forwarders {{ 127.0.0.1 port {box_port}; }};
            dnssec-validation no;
            recursion yes;
        }};
        controls {{ }};
        {tcp}
        """
    )
    return ["-g", "-n", "1", "-c", str(file)]


def _unbound(forwarder: Forwarder, folder: Path, port: int, box_port: int) -> list[str]:
    tls, name = "", ""
    if forwarder.by_tls:
        tls, name = f'tls-cert-bundle: "{forwarder.by_tls}"', f"#{CERTIFIED}"
    file = folder / "unbound.conf"
    file.write_text(
        f"""
server:
    directory: "{folder}"
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    interface: 127.0.0.1@{port}
    outgoing-interface: {SERVER}
    do-not-query-localhost: no
    do-ip6: no
    module-config: "iterator"
    num-threads: 1
    tcp-upstream: {"yes" if forwarder.by_tcp else "no"}
    {tls}
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-tls-upstream: {"yes" if tls else "no"}
    forward-addr: 127.0.0.1@{box_port}{name}
"""
    )
    return ["-d", "-c", str(file)]


def _dnsmasq(forwarder: Forwarder, folder: Path, port: int, box_port: int) -> list[str]:
    return [
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--no-resolv",
        "--no-hosts",
        "--no-daemon",
        f"--pid-file={folder}/pid",
        "--bind-interfaces",
        "--interface=lo",
        "--listen-address=127.0.0.1",
        f"--port={port}",
        f"--server=127.0.0.1#{box_port}@{SERVER}",
    ]


WAYS: dict[str, Callable[[Forwarder, Path, int, int], list[str]]] = {
    "named": _named,
    "unbound": _unbound,
    "dnsmasq": _dnsmasq,
}
