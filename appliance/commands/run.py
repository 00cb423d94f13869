"""bellgate run: all of Bellgate in the foreground, for a trial or on a box without systemd."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from appliance import settings
from appliance.commands import pages, trial
from appliance.commands.choices import (
    DEFAULT_FOLDER,
    Folder,
    ListFiles,
    PolicyFile,
    Profile,
    chosen_file,
    moment,
    profile_path,
    read_policy,
)
from appliance.commands.publish import in_force, publish_and_show, without
from appliance.disk import faults_as, replace_file
from appliance.endpoint import Network
from appliance.errors import ApplianceError, RunError, SnapshotError, UsageError
from appliance.handover import say, turn_into_programs
from appliance.places import PUBLIC, STAFF
from appliance.policy.clock import Instant, SchoolClock
from appliance.policy.decide import Policy
from appliance.running import alone, set_clock
from appliance.store.office import invitations
from appliance.store.office.office import open_office
from appliance.tables import suggestion

HELP = """Run everything in the foreground, from one line and without a settings file.

Publishes the policy, starts resolvers, recorder, staff pages and public pages, and prints one line
"ready dns=… staff=… public=…" once all answer, and a link that makes the first account where nobody
has one; Ctrl-C or SIGTERM ends it. DIR/appliance.toml is read if it is there; options go before.
Started as root it stays root: on the Pi, systemd starts the same programs as the user bellgate.

Example: bellgate run --profile mersey-vale --dns 127.0.0.1:1053 --client-group 127.0.0.1/32=pupils
"""

FIRST_PROFILE = "mersey-vale"  # a primary school's, as most are
PROGRAMS = ("dns", "recording", "network", "staff", "public")
PROGRAMS_SO_FAR = ("dns", "recording", "staff", "public")

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("run", help=HELP)
def run(
    policy: PolicyFile = None,
    profile: Profile = None,
    lists: ListFiles = None,
    dns: Annotated[
        list[str] | None,
        typer.Option("--dns", metavar="ADDR:PORT", help="Where DNS is answered; may be repeated."),
    ] = None,
    upstream: Annotated[
        list[str] | None,
        typer.Option(
            "--upstream",
            metavar="SERVER",
            help="Whom to ask: 9.9.9.9, tls://NAME@ADDRESS or https://NAME@ADDRESS/dns-query; "
            "may be repeated.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", help="Resolvers; one for each core if left out.", min=1),
    ] = None,
    only: Annotated[
        str, typer.Option(metavar="NAMES", help=f"Of {', '.join(PROGRAMS)} only these.")
    ] = "",
    client_groups: Annotated[
        list[str] | None,
        typer.Option(
            "--client-group",
            metavar="CIDR=GROUP",
            help="A network whose devices are of this group; may be repeated.",
        ),
    ] = None,
    staff: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDR:PORT", help="Where the staff pages are; may be repeated."),
    ] = None,
    public: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDR:PORT",
            help="Where the block page and the report form are; may be repeated.",
        ),
    ] = None,
    clock: Annotated[
        str | None,
        typer.Option(metavar="MOMENT", help="Start Bellgate's clock then: 2026-11-24T10:29:50"),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    wanted = _wanted(only)
    places = [trial.endpoint("--dns", one, 53) for one in dns or []]
    asked = {
        STAFF: [trial.endpoint("--staff", one) for one in staff or []],
        PUBLIC: [trial.endpoint("--public", one, pages.HTTP_PORT) for one in public or []],
    }
    servers = [trial.upstream(one) for one in upstream or []]
    groups = [trial.client_group(one) for one in client_groups or []]
    with alone(folder) as place:
        config = trial.read_settings(folder)
        if "dns" in wanted:
            config = trial.effective(config, places, servers, workers or 0, say)
        config = pages.effective(config, wanted, asked, say)
        document = partial(_file, policy, profile, folder)
        now = _publish(document, lists or [], groups, clock, folder)
        settings_file = place / settings.FILE
        with faults_as(RunError, settings_file):
            replace_file(settings_file, settings.write(config).encode())
        offset = now - time.time() if clock else 0.0
        set_clock(place, offset)
        link = _first_link(folder, offset) if STAFF in wanted else ""
        turn_into_programs(settings_file, folder, offset, wanted, link)


def _publish(
    document: Callable[[], Path],
    lists: Sequence[Path],
    groups: Sequence[tuple[Network, str]],
    clock: str | None,
    folder: Path,
) -> Instant:
    """Put the policy in force; the moment at which it is."""
    chosen = read_policy(document(), folder, lists)
    school = trial.with_client_groups(chosen.school, groups)
    now = moment(clock, SchoolClock(school.timezone), time.time(), "--clock")
    published = publish_and_show(Policy(school, chosen.catalogue), folder, now)
    say(in_force(published))
    if published.missing_lists:
        say(without(published))
    return now


def _first_link(folder: Path, offset: float) -> str:
    """The end of the link that makes the first account; empty where somebody has one."""
    try:
        with open_office(folder) as office:
            token = invitations.first_run(office, int((time.time() + offset) * 1000))
    except ApplianceError as fault:
        say(f"Accounts: {fault}")
        return ""
    return f"/welcome/{token}" if token else ""


def _wanted(only: str) -> list[str]:
    """Which programs are to run."""
    wanted = [one.strip() for one in only.split(",")] if only else list(PROGRAMS_SO_FAR)
    for name in wanted:
        if name not in PROGRAMS:
            known = ", ".join(PROGRAMS)
            raise UsageError(
                f"--only {name[:40]}: no such program{suggestion(name, PROGRAMS)}: "
                f"there are {known}"
            )
    if not set(wanted) & set(PROGRAMS_SO_FAR):
        has = ", ".join(PROGRAMS_SO_FAR)
        raise UsageError(f"--only {only}: of these this version has {has} alone")
    return wanted


def _file(policy: Path | None, profile: str | None, folder: Path) -> Path:
    """The document to publish; a ready one where this folder has none and none is asked for."""
    try:
        return chosen_file(policy, profile, folder)
    except SnapshotError:
        say(
            f"No policy has been published in {folder} yet: the ready policy {FIRST_PROFILE} is "
            "used. Choose with --profile or --policy."
        )
        return profile_path(FIRST_PROFILE)
