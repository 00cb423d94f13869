"""What `bellgate run` sets up before anything runs: where to listen, whom to ask, who is who."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

from appliance import box, settings, upstreams
from appliance.commands.choices import known_group
from appliance.config import DEFAULT_PORT, Config, Transport, Upstream, Upstreams
from appliance.endpoint import Endpoint, Network, read_network
from appliance.errors import ApplianceError, RunError, UsageError
from appliance.places import usual_of_resolvers
from appliance.policy.model import School
from appliance.sockets import Service, refuse_taken
from appliance.supervisor import Log

TRIAL = Endpoint.parse("127.0.0.1:1053")


def endpoint(option: str, text: str, port: int | None = None) -> Endpoint:
    """The endpoint of an option; `port` is what one without a port means."""
    try:
        return Endpoint.parse(text, port=port)
    except ValueError as fault:
        raise UsageError(f"{option} {fault}") from fault


def upstream(text: str) -> Upstream:
    try:
        return Upstream.parse(text)
    except (ValueError, ApplianceError) as fault:
        raise UsageError(f"--upstream {fault}") from fault


def client_group(text: str) -> tuple[Network, str]:
    """ "10.20.0.0/16=pupils" """
    network, is_given, group = text.partition("=")
    if not is_given or not group:
        raise UsageError(f"--client-group {text[:60]}: write it as 10.20.0.0/16=pupils")
    try:
        return read_network(network), group
    except ValueError as fault:
        raise UsageError(f"--client-group {fault}") from fault


def with_client_groups(school: School, wishes: Iterable[tuple[Network, str]]) -> School:
    """The school with each of these networks in its group, and in no other."""
    for network, group in wishes:
        name = known_group(school, group)
        groups = tuple(
            dataclasses.replace(
                one,
                networks=(
                    *(other for other in one.networks if other != network),
                    *((network,) if one.name == name else ()),
                ),
            )
            for one in school.groups
        )
        school = dataclasses.replace(school, groups=groups)
    return school


def read_settings(folder: Path, file: Path | None = None) -> Config:
    """The settings of this file, else of a data folder; the usual ones where it has none."""
    place = file or folder / settings.FILE
    return settings.read_file(place) if file or place.exists() else Config()


def system_upstreams() -> tuple[Upstream, ...]:
    """Whom the system itself asks."""
    port = DEFAULT_PORT[Transport.PLAIN]
    return tuple(Upstream(Transport.PLAIN, Endpoint(address, port)) for address in box.resolvers())


def effective(
    config: Config,
    dns: Sequence[Endpoint],
    asked: Sequence[Upstream],
    workers: int,
    log: Log,
) -> Config:
    """The settings as they hold for this run: nothing is left to be found out by a resolver."""
    return dataclasses.replace(
        config,
        dns=dataclasses.replace(
            config.dns,
            listen=_free(tuple(dns) or config.dns.listen, config, log),
            workers=workers or config.dns.workers or box.cores(),
        ),
        upstream=dataclasses.replace(
            config.upstream, servers=_servers(config.upstream, asked, log), profile=""
        ),
    )


def _free(listen: tuple[Endpoint, ...], config: Config, log: Log) -> tuple[Endpoint, ...]:
    """Where to answer DNS. What was asked for has to be free; the usual port gives way."""
    for one in listen:
        _refuse_taken(one)
    for one in (*config.encrypted.tls, *config.encrypted.https):
        refuse_taken(one, Service.TCP)
    if listen:
        return listen
    usual = usual_of_resolvers()
    try:
        for one in usual:
            _refuse_taken(one)
    except RunError as fault:
        log(f"DNS is answered on {TRIAL} only, since {fault}")
        _refuse_taken(TRIAL)
        return (TRIAL,)
    return usual


def _refuse_taken(one: Endpoint) -> None:
    refuse_taken(one, Service.UDP)
    refuse_taken(one, Service.TCP)


def _servers(given: Upstreams, asked: Sequence[Upstream], log: Log) -> tuple[Upstream, ...]:
    if asked and given.locked:
        raise UsageError(
            f"--upstream: {settings.FILE} locks the upstream (locked = true); whoever may edit "
            "that file may change it there"
        )
    servers = tuple(asked) or upstreams.servers_of(given)
    if servers:
        return servers
    servers = system_upstreams()
    if not servers:
        raise UsageError(
            "there is no upstream to ask: the system names none but this box itself; give one with "
            f'--upstream 9.9.9.9, or write [upstream] profile = "quad9" into {settings.FILE}'
        )
    log(f"The upstream is the system's own: {', '.join(map(str, servers))}")
    return servers
