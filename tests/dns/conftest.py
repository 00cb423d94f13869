"""Who asks upstreams, and who signs their certificates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dnslib import QTYPE, DNSRecord

from appliance import config
from appliance.dns.upstream import Exchange
from appliance.dns.wire import labels_of
from tests.certificates import Authority


def key_of(name: str, kind: str = "A") -> bytes:
    number: int = getattr(QTYPE, kind)
    return labels_of(name) + number.to_bytes(2, "big") + b"\0\1"


class Asker:
    """An Exchange with a loop of its own, which runs while somebody waits for an answer."""

    def __init__(self, servers: Iterable[config.Upstream], **settings: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self.exchange = Exchange(tuple(servers), self.loop, **settings)
        self.replies: list[list[bytes | None]] = []  # of each question: one, in the end
        self.seconds = 0.0  # that the last question took

    def start(
        self,
        name: str,
        kind: str = "A",
        *,
        dnssec_ok: bool = False,
        checking_disabled: bool = False,
    ) -> list[bytes | None]:
        """Ask, and wait for nothing."""
        replies: list[bytes | None] = []
        self.replies.append(replies)
        self.exchange.ask(
            key_of(name, kind),
            dnssec_ok=dnssec_ok,
            checking_disabled=checking_disabled,
            done=replies.append,
        )
        assert not replies, "done was called before ask had returned"
        return replies

    def run_until(self, is_so: Callable[[], object], seconds: float = 10.0) -> None:
        async def wait() -> None:
            async with asyncio.timeout(seconds):
                while not is_so():
                    await asyncio.sleep(0.001)

        self.loop.run_until_complete(wait())

    def ask_bytes(self, name: str, kind: str = "A", **flags: bool) -> bytes | None:
        begun = self.loop.time()
        replies = self.start(name, kind, **flags)
        self.run_until(lambda: replies)
        self.seconds = self.loop.time() - begun
        return replies[0]

    def ask(self, name: str, kind: str = "A", **flags: bool) -> Any:
        """The answer as dnslib reads it; None if there was none."""
        message = self.ask_bytes(name, kind, **flags)
        return message and DNSRecord.parse(message)

    def ask_all(self, names: Iterable[str]) -> list[bytes | None]:
        """All at once."""
        begun = [self.start(name) for name in names]
        self.run_until(lambda: all(begun), 30)
        return [replies[0] for replies in begun]

    def close(self) -> None:
        """Every question had one reply, not more, whatever comes in still."""
        try:
            self.loop.run_until_complete(self.exchange.close())
            self.loop.run_until_complete(asyncio.sleep(0.01))
            assert all(len(replies) == 1 for replies in self.replies)
            assert not asyncio.all_tasks(self.loop)
        finally:
            self.loop.close()


MakeAsker = Callable[..., Asker]


@pytest.fixture
def asker() -> Iterator[MakeAsker]:
    """Makes askers of these servers, and closes them."""
    made: list[Asker] = []

    def make(*servers: config.Upstream, **settings: Any) -> Asker:
        made.append(Asker(servers, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(Path(tmp_path_factory.mktemp("authority")))
