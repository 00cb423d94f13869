"""Upstreams: does each answer a real question, and is the choice held?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from appliance.checkup.finding import Finding
from appliance.config import Config, Transport, Upstream
from appliance.dns.upstream import Exchange
from appliance.dns.wire import Class, Rcode, Type, labels_of
from appliance.endpoint import Endpoint
from appliance.upstreams import ready_made

OUR_QUESTION = "use-application-dns.net"  # answered without any upstream, by every policy
ROOT = b"\0"  # every resolver knows by heart who serves it


@dataclass(frozen=True, slots=True)
class Asked:
    """How one question to one server went."""

    seconds: float
    problem: str = ""  # why there is no answer
    rcode: int = Rcode.NOERROR


Question = tuple[Upstream, bytes]  # whom to ask, and the key of what
AskAll = Callable[[Sequence[Question]], list[Asked]]


def ask_all(questions: Sequence[Question]) -> list[Asked]:
    """Ask servers as a resolver of ours would, all at once: a dead one takes its time."""
    return asyncio.run(_ask_all(questions))


async def _ask_all(questions: Sequence[Question]) -> list[Asked]:
    return await asyncio.gather(*(_ask(server, key) for server, key in questions))


async def _ask(server: Upstream, key: bytes) -> Asked:
    loop = asyncio.get_running_loop()
    exchange = Exchange([server], loop)
    answered: asyncio.Future[bytes | None] = loop.create_future()
    began = loop.time()
    exchange.ask(key, dnssec_ok=False, checking_disabled=False, done=answered.set_result)
    try:
        message = await answered
        (standing,) = exchange.standing()
    finally:
        await exchange.close()
    seconds = loop.time() - began
    if message is None:
        return Asked(seconds, standing.problem or "no answer in time")
    return Asked(seconds, rcode=message[3] & 0xF)


def about_upstreams(
    config: Config, servers: Sequence[Upstream], ask_all: AskAll
) -> Iterator[Finding]:
    """One finding for each server: the school's are asked for the root, a zone's for the zone."""
    if not servers:
        do = 'write [upstream] profile = "quad9", or servers, into appliance.toml'
        yield Finding("upstream", "there is none, and the system names none but this box", do)
    matters = [f"upstream {server}" for server in servers]
    questions = [(server, _key(ROOT, Type.NS)) for server in servers]
    for zone in config.zones:
        name = zone.names[0]
        matters += [f"upstream for {name} {server}" for server in zone.servers]
        questions += [(server, _key(labels_of(name), Type.SOA)) for server in zone.servers]
    asked = zip(matters, questions, ask_all(questions), strict=True)
    yield from (_about(matter, server, answer) for matter, (server, _), answer in asked)
    yield _about_lock(config)


def about_resolvers(listen: Iterable[Endpoint], pid: str, ask_all: AskAll) -> Iterator[Finding]:
    """Do our own resolvers answer? They are asked as a device would ask them."""
    places = [one.reachable for one in listen]
    questions = [
        (Upstream(Transport.PLAIN, place), _key(labels_of(OUR_QUESTION), Type.A))
        for place in places
    ]
    for place, asked in zip(places, ask_all(questions), strict=True):
        said = f"bellgate run, process {pid}, answers on {place} in {asked.seconds * 1000:.0f} ms"
        do = ""
        if asked.problem:
            said = f"bellgate run, process {pid}, does not answer on {place}: {asked.problem}"
            do = "look at what it says, and start it again"
        yield Finding("resolver", said, do)


def _key(name: bytes, kind: Type) -> bytes:
    return name + kind.to_bytes(2, "big") + Class.IN.to_bytes(2, "big")


def _about(matter: str, server: Upstream, asked: Asked) -> Finding:
    if asked.problem:
        where = f"{server.endpoint.address} port {server.endpoint.port}"
        do = f"see whether the firewall lets this box reach {where}, or choose another"
        return Finding(matter, asked.problem, do)
    if asked.rcode != Rcode.NOERROR:
        said = f"answers {_rcode_name(asked.rcode)} to what it ought to know"
        return Finding(matter, said, "ask its provider whether this box may use it")
    return Finding(matter, f"answers in {asked.seconds * 1000:.0f} ms")


def _rcode_name(rcode: int) -> str:
    return Rcode(rcode).name if rcode in set(Rcode) else f"code {rcode}"


def _about_lock(config: Config) -> Finding:
    upstream = config.upstream
    said = "locked" if upstream.locked else "not locked: [upstream] locked = true holds it"
    if upstream.profile:
        entry = ready_made()[upstream.profile]
        carries = {
            "yes": "carries the IWF list",
            "no": "does not carry the IWF list",
            "ask": "whether it carries the IWF list is for its provider to say",
        }[entry.iwf]
        said = f"{entry.title}; {carries}; {said}"
    return Finding("choice of upstream", said)
