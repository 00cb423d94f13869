"""A list server on the loopback that does whatever harm a test asks, and a box that fetches."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from appliance.commands.choices import read_policy
from appliance.commands.lists import app
from appliance.lists import catalogue
from appliance.lists.catalogue import CIRCUMVENTION, SERVICES
from appliance.lists.fetch import Limits, Road
from appliance.lists.refresh import Outcome, Terms, refresh
from appliance.lists.review import Yardstick
from appliance.lists.shelf import Shelf
from appliance.policy.decide import Policy

SMALL = Limits(largest_bytes=200_000)
HURRIED = Limits(total_seconds=0.6)
IMPATIENT = Limits(idle_seconds=0.3)
DAY = 86_400
KEPT = ("tiktok.toml", "roblox.toml")  # of services; nobody asks about others here

POLICY = """
format = 1
[school]
name = "Example Primary School"
timezone = "Etc/UTC"
domains = ["example.sch.uk"]
[groups.pupils]
default = true
lists = [{lists}]
[[rule]]
id = "maths"
groups = ["*"]
target = ["domain:sums.example.com"]
when = "always"
action = "allow"
"""
SOURCE = """
[{name}]
name = "The list {name}"
address = "{address}"
format = "domains"
licence = "MIT"
category = "gambling"
least_names = 20
private = {private}
"""


class Handler(BaseHTTPRequestHandler):
    """One request, answered as the test wants it."""

    protocol_version = "HTTP/1.1"
    server: ListServer

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.was_asked.set()
        self.server.answers[self.path](self)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: a test says what it saw."""

    def begin(self, status: int = 200, /, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def is_on(self, seconds: float = 0.05) -> bool:
        """Wait a little; False once the test is over."""
        return not self.server.is_over.wait(seconds)


Answer = Callable[[Handler], None]


class ListServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.was_asked = threading.Event()
        self.is_over = threading.Event()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def serve(self, answer: Answer, path: str = "/list.txt") -> str:
        self.answers[path] = answer
        return self.origin + path

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up on a hostile server does well."""


@contextlib.contextmanager
def serving() -> Iterator[ListServer]:
    with ListServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.is_over.set()
            server.shutdown()
            thread.join()


def _not_needed(folder: str, files: list[str]) -> list[str]:
    """What a box can do without: a thousand files are half a second at every look."""
    rooms = (SERVICES, CIRCUMVENTION)
    return [file for file in files if Path(folder).name in rooms and file not in KEPT]


@dataclass
class Box:
    """An appliance with a policy, a small catalogue with these sources, and a shelf."""

    folder: Path
    now: int
    sources: list[str] = field(default_factory=list)

    def subscribe(self, name: str, address: str, *, is_private: bool = True) -> None:
        blocklists = self.folder / "blocklists"
        if not blocklists.exists():
            shutil.copytree(catalogue.SHIPPED, blocklists, ignore=_not_needed)
            (blocklists / "sources.toml").write_text("")
        self.sources.append(name)
        source = SOURCE.format(name=name, address=address, private=str(is_private).lower())
        with (blocklists / "sources.toml").open("a") as file:
            file.write(source)
        lists = ", ".join(f'"{one}"' for one in self.sources)
        self.document.write_text(POLICY.format(lists=lists))

    @property
    def document(self) -> Path:
        return self.folder / "school.toml"

    @property
    def policy(self) -> Policy:
        return read_policy(self.document, blocklists=self.folder / "blocklists")

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.folder)

    def refresh(
        self,
        *,
        days_ago: int = 0,
        limits: Limits = SMALL,
        force: bool = False,
        believe: Iterable[str] = (),
    ) -> list[Outcome]:
        policy = self.policy
        terms = Terms(
            yardstick=Yardstick(policy, catalogue.school_needs(self.folder / "blocklists")),
            road=Road(limits=limits),
            force=force,
            believe=frozenset(believe),
        )
        sources = {name: policy.catalogue.sources[name] for name in self.sources}
        return list(refresh(sources, self.shelf, self.now - days_ago * DAY, terms))

    def run(self, *words: str) -> tuple[int, str]:
        """`bellgate lists …` on this box: its exit code and what it printed."""
        result = CliRunner().invoke(app, [*words, *self.where()], catch_exceptions=False)
        return result.exit_code, result.stdout

    def where(self) -> list[str]:
        return [
            *("--dir", str(self.folder)),
            *("--policy", str(self.document)),
            *("--catalogue", str(self.folder / "blocklists")),
        ]


def names(count: int, first: int = 0) -> bytes:
    """A list of this many names."""
    return "".join(f"casino{number}.example\n" for number in range(first, first + count)).encode()


def sends(body: bytes, **headers: str) -> Answer:
    """A server that behaves."""
    kind = {"Content_Type": "text/plain"} | headers

    def answer(request: Handler) -> None:
        request.begin(Content_Length=str(len(body)), **kind)
        request.wfile.write(body)

    return answer


def says(status: int, **headers: str) -> Answer:
    return lambda request: request.begin(status, Content_Length="0", **headers)


def moves_to(location: str) -> Answer:
    return says(302, Location=location)


def drips(request: Handler) -> None:
    """A byte now and then, each in time, and never an end."""
    request.begin(Content_Length="1000")
    while request.is_on():
        request.wfile.write(b"a")


def drips_headers(request: Handler) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while request.is_on():
        request.wfile.write(b"a")


def falls_silent(request: Handler) -> None:
    request.begin(Content_Length="1000")
    request.wfile.write(b"casino.example\n")
    while request.is_on():
        pass


def never_ends(request: Handler) -> None:
    request.begin(Transfer_Encoding="chunked")
    while request.is_on(0):
        request.chunk(names(500))


def announces_too_much(request: Handler) -> None:
    request.begin(Content_Length=str(10**12))


def breaks_off(request: Handler) -> None:
    request.begin(Content_Length="100000")
    request.wfile.write(names(30))


def breaks_off_between_chunks(request: Handler) -> None:
    request.begin(Transfer_Encoding="chunked")
    request.chunk(names(30))


def breaks_off_in_gzip(request: Handler) -> None:
    packed = gzip.compress(names(100))
    sends(packed[: len(packed) // 2], Content_Encoding="gzip")(request)


def hangs_up(request: Handler) -> None:
    """Not a word."""


def speaks_gibberish(request: Handler) -> None:
    request.wfile.write(b"220 mail.example ESMTP\r\n\r\n")


BOMB = gzip.compress(bytes(30_000_000))
