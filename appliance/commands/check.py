"""bellgate check: is all well with this box, and what is to be done where it is not."""

from __future__ import annotations

import dataclasses
import datetime
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from appliance import running, settings, upstreams
from appliance.checkup.certificate import about_certificate
from appliance.checkup.clock import about_clock, is_synchronised
from appliance.checkup.disk import about_disk
from appliance.checkup.finding import Finding
from appliance.checkup.pages import about_pages
from appliance.checkup.policy import about_lists, about_policy, snapshot_in_force
from appliance.checkup.ports import about_ports
from appliance.checkup.upstreams import about_resolvers, about_upstreams, ask_all
from appliance.commands import pages, trial
from appliance.commands.choices import DEFAULT_FOLDER, AsJson, Folder, read_policy
from appliance.config import Config
from appliance.errors import ConfigError, PolicyError
from appliance.lists import catalogue
from appliance.places import PUBLIC, STAFF, of_pages, of_resolvers
from appliance.policy.snapshot import POLICY

HELP = """Look at settings, policy, lists, ports, upstreams, time, certificate and disk.

One line for each matter: "ok", or "wrong" and what to do. Nothing is changed; each upstream is
asked one question. Exit code 0: all is well; 1: something is wrong.

Example: bellgate check --dir /var/lib/bellgate --config /etc/bellgate/appliance.toml
"""

ANSWER_IS_NO = 1
PROC = Path("/proc")
ADVICE = "      → "

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("check", help=HELP)
def check(
    folder: Folder = DEFAULT_FOLDER,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="FILE", help="The settings; DIR/appliance.toml if left out."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    all_well = True
    for finding in _findings(folder, config):
        all_well = all_well and finding.is_well
        print(_for_machines(finding) if as_json else _for_people(finding), flush=True)
    if not all_well:
        raise typer.Exit(ANSWER_IS_NO)


def _findings(folder: Path, file: Path | None) -> Iterator[Finding]:
    """Every matter in turn. What can't be read is a finding, and the others are looked at still."""
    now = time.time()
    try:
        config = trial.read_settings(folder, file)
        yield _about_settings(folder, file)
    except ConfigError as fault:
        config = Config()
        for mistake in fault.mistakes:
            yield Finding("settings", f"{fault.source}: {mistake}", "mend this line")
    yield from _about_policy(folder, int(now))
    runs = running.who(folder)
    if runs:
        now_held = settings.read_file(folder / running.RUN / settings.FILE)
        # its options went before the file
        config = dataclasses.replace(config, dns=now_held.dns, web=now_held.web)
        yield from about_resolvers(config.dns.listen, runs, ask_all)
    yield from about_ports(of_resolvers(config), PROC, "[dns] listen")
    for name in (STAFF, PUBLIC):
        if runs:
            yield from about_pages(name, of_pages(name, config.web))
        places = of_pages(name, pages.with_usual(config).web)
        yield from about_ports(places, PROC, f"[web] {name}")
    servers = upstreams.servers_of(config.upstream) or trial.system_upstreams()
    yield from about_upstreams(config, servers, ask_all)
    yield about_clock(now, catalogue.edition(), in_sync=is_synchronised())
    moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
    yield from _about_certificates(config, moment)
    yield about_disk(folder)


def _about_certificates(config: Config, now: datetime.datetime) -> Iterator[Finding]:
    encrypted = config.encrypted
    for found in (
        about_certificate("certificate", encrypted, encrypted.name, now),
        about_certificate("certificate of the pages", config.web, "", now),
    ):
        if found:
            yield found


def _about_settings(folder: Path, file: Path | None) -> Finding:
    place = file or folder / settings.FILE
    return Finding("settings", str(place) if place.exists() else f"the usual ones: no {place}")


def _about_policy(folder: Path, now: int) -> Iterator[Finding]:
    snapshot = snapshot_in_force(folder)
    if isinstance(snapshot, Finding):
        yield snapshot
        return
    try:
        policy = read_policy(snapshot.folder / POLICY, folder)
    except PolicyError as fault:
        for mistake in fault.mistakes:
            do = "bellgate policy show --toml, mend it, and publish it anew"
            yield Finding("policy", f"the catalogue has changed since: {mistake}", do)
        return
    yield from about_policy(policy, snapshot, now)
    yield from about_lists(policy, folder, now)


def _for_machines(finding: Finding) -> str:
    return json.dumps(
        {
            "matter": finding.matter,
            "ok": finding.is_well,
            "says": finding.says,
            "do": finding.do,
        },
        ensure_ascii=False,
    )


def _for_people(finding: Finding) -> str:
    line = f"{'ok' if finding.is_well else 'wrong':<5} {finding.matter}: {finding.says}"
    return line if finding.is_well else f"{line}\n{ADVICE}{finding.do}"
