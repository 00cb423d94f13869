"""Upstreams: does each answer a real question, and is the choice held?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from appliance.checkup.finding import Finding
from appliance.config import Config, Upstream
from appliance.errors import RunError
from appliance.upstreams import ready_made

Ask = Callable[[Upstream], float]  # seconds that the answer took; RunError with a sentence


def about_upstreams(config: Config, servers: Iterable[Upstream], ask: Ask) -> Iterator[Finding]:
    for server in servers:
        yield _about(server, "", ask)
    for zone in config.zones:
        for server in zone.servers:
            yield _about(server, f" for {', '.join(zone.names)}", ask)
    yield _about_lock(config)


def _about(server: Upstream, purpose: str, ask: Ask) -> Finding:
    matter = f"upstream {server}{purpose}"
    try:
        seconds = ask(server)
    except RunError as fault:
        port = server.endpoint.port
        return Finding(
            matter,
            str(fault),
            f"see whether the firewall lets this box reach {server.endpoint.address} port {port}, "
            "or choose another under [upstream]",
        )
    return Finding(matter, f"answers in {seconds * 1000:.0f} ms")


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
