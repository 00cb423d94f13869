"""The programs of a `bellgate run`, once everything is published: nothing else stays in memory.

bellgate run turns into this. What only the command needs, the command line and the compiler of
policies, goes with it; what several programs need is loaded here, once, and they begin as copies.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import Final

# What resolvers are made of, before the copies are made. Neither database nor web: a resolver is to
# have none of it in memory. Shared Flask saved nothing in all: what pages won, resolvers lost.
import appliance.dns.resolver  # noqa: F401
from appliance import settings
from appliance.config import Config
from appliance.errors import ApplianceError
from appliance.handover import WELCOME, options, say
from appliance.places import PUBLIC, STAFF, links, of_pages, of_resolvers, opener
from appliance.supervisor import Program, Supervisor

BROKEN_INPUT: Final = 2


def main() -> None:
    """Run until SIGTERM; whatever keeps us from it is one sentence on stderr."""
    words = _arguments()
    link = os.environ.pop(WELCOME, "")
    try:
        config = settings.read_file(words.config)
        wanted = words.only.split(",")
        programs = _programs(wanted, config, words.config, words.dir, words.clock_offset)
        supervisor = Supervisor(programs, say, environ=os.environ)
        gc.collect()
        gc.freeze()  # what is there now is shared by all who begin as copies
        asyncio.run(supervisor.run(partial(_say_ready, supervisor, config, link)))
    except ApplianceError as fault:
        say(str(fault))
        sys.exit(BROKEN_INPUT)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m appliance.foreground", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument("--dir", type=Path, required=True, metavar="DIR")
    parser.add_argument("--clock-offset", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--only", required=True, metavar="NAMES")
    return parser.parse_args()


def _programs(
    wanted: Collection[str], config: Config, file: Path, folder: Path, offset: float
) -> list[Program]:
    """One resolver for each core, on sockets that share their ports, and what stands beside them:
    whatever becomes of that, DNS goes on."""
    told = options(file, folder, offset)
    is_alone = "dns" not in wanted
    programs = []
    if "recording" in wanted:
        command = (sys.executable, "-m", "appliance.recording", *told)
        programs.append(Program("recording", command, list, is_alone, is_kin=True))
    if "dns" in wanted:
        command = (sys.executable, "-m", "appliance.dns", *told)
        open_all = opener(of_resolvers(config), alone=False)
        programs += [
            Program(f"dns {number}", (*command, "--number", str(number)), open_all, is_kin=True)
            for number in range(1, config.dns.workers + 1)
        ]
    for name in (STAFF, PUBLIC):
        if name in wanted:
            command = (sys.executable, "-m", f"webadmin.{name}", *told)
            open_all = opener(of_pages(name, config.web), alone=True)
            programs.append(Program(name, command, open_all, is_alone, is_kin=True))
    return programs


def _say_ready(supervisor: Supervisor, config: Config, link: str) -> None:
    """One line for programs, of what answers; and for the one who has begun with a new box where to
    go on."""
    said = ["ready"]
    if supervisor.answers("dns 1"):
        said.append(f"dns={','.join(map(str, config.dns.listen))}")
    for name in (STAFF, PUBLIC):
        if supervisor.answers(name):
            said.append(f"{name}={','.join(links(name, config.web))}")
    print(" ".join(said), flush=True)
    if link:
        say(f"Set up Bellgate: {links(STAFF, config.web)[0]}{link}")


if __name__ == "__main__":
    main()
