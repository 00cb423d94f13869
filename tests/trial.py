"""`bellgate run` as a person starts it: the real processes, asked over real sockets."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Self

from dnslib import DNSRecord

from tests.console import CHECKOUT
from tests.ports import free_port

PATIENCE_SECONDS = 60  # a busy machine is no fault of the code
NOBODY = "127.0.0.1:1"  # an upstream that is not there


class Trial:
    """One `bellgate run`, from its ready line until SIGTERM; without pages, unless somebody says
    --only: two more programs cost each test a second."""

    def __init__(self, folder: Path, *words: str | Path, dns: str = "", upstream: str = NOBODY):
        self.folder = folder
        self.place = dns or f"127.0.0.1:{free_port()}"
        self.words = [*words, "--dir", folder]
        if not dns:
            self.words += ["--dns", self.place]
        if "--only" not in words:
            self.words += ["--only", "dns,recording"]
        if upstream:
            self.words += ["--upstream", upstream]
        self.told: list[str] = []
        self._news = threading.Condition()

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "appliance", "run", *map(str, self.words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE_SECONDS)
        self.ready = self.process.stdout.readline() if ready else ""
        if not self.ready:
            self.stop(signal.SIGKILL)
        assert self.ready, self.told
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.returncode is None:
            self.stop()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """The exit code, once it has ended."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_SECONDS)
        self._reader.join()
        assert self.process.stdout and self.process.stderr
        self.rest = self.process.stdout.read()
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            with self._news:
                self.told.append(line.rstrip("\n"))
                self._news.notify_all()

    def hears(self, pattern: str, times: int = 1) -> list[str]:
        """What was told and matches, once there is so much of it."""

        def found() -> list[str]:
            return [line for line in self.told if re.search(pattern, line)]

        with self._news:
            assert self._news.wait_for(lambda: len(found()) >= times, PATIENCE_SECONDS), self.told
        return found()

    def ask(self, name: str, kind: str = "A") -> Any:
        """The reply to one question, as another library reads it."""
        host, _, port = self.place.rpartition(":")
        family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as client:
            client.settimeout(PATIENCE_SECONDS)
            question = DNSRecord.question(name, kind)
            client.sendto(question.pack(), (host.strip("[]"), int(port)))
            reply = DNSRecord.parse(client.recv(4096))
        assert reply.header.id == question.header.id
        return reply

    def ask_by_stream(self, name: str, place: str = "", trust: ssl.SSLContext | None = None) -> Any:
        """The same over TCP, or over TLS at this place."""
        host, _, port = (place or self.place).rpartition(":")
        with contextlib.ExitStack() as stack:
            stream = socket.create_connection((host, int(port)), PATIENCE_SECONDS)
            stack.enter_context(stream)
            if trust:
                name_of_ours = "dns.bellgate.sch.uk"
                stream = trust.wrap_socket(stream, server_hostname=name_of_ours)
                stack.enter_context(stream)
            question = DNSRecord.question(name).pack()
            stream.sendall(len(question).to_bytes(2, "big") + question)
            file = stack.enter_context(stream.makefile("rb"))
            return DNSRecord.parse(file.read(int.from_bytes(file.read(2), "big")))

    def refuses(self, name: str) -> bool:
        reply = self.ask(name)
        return [str(record.rdata) for record in reply.rr] == ["0.0.0.0"]
