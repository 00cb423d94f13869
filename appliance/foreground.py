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
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NoReturn

# What resolvers are made of, before the copies are made. Neither database nor web: a resolver is to
# have none of it in memory. Shared Flask saved nothing in all: what pages won, resolvers lost.
import appliance.dns.resolver  # noqa: F401
from appliance import settings
from appliance.config import Config
from appliance.errors import ApplianceError
from appliance.places import PUBLIC, STAFF, links, of_pages, of_resolvers, opener
from appliance.supervisor import Program, Supervisor

BROKEN_INPUT: Final = 2
WELCOME: Final = "BELLGATE_WELCOME"  # the link is a key: others of this box may read command lines
ENVIRON: Final = {
    # glibc gives each thread a heap of its own, and seldom anything back
    "MALLOC_ARENA_MAX": "1",
}


def turn_into(
    file: Path, folder: Path, offset: float, wanted: Sequence[str], link: str
) -> NoReturn:
    """Run these programs in place of this one, under its number and with the locks it holds."""
    words = [sys.executable, "-m", "appliance.foreground", *_options(file, folder, offset)]
    words += ["--only", ",".join(wanted)]
    environ = {**ENVIRON, **os.environ, WELCOME: link}
    os.execve(words[0], words, environ)  # nosec B606: our own Python and module, no shell


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


def say(sentence: str) -> None:
    """For the one who looks on; stdout has the ready line only."""
    print(sentence, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m appliance.foreground", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument("--dir", type=Path, required=True, metavar="DIR")
    parser.add_argument("--clock-offset", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--only", required=True, metavar="NAMES")
    return parser.parse_args()


def _options(file: Path, folder: Path, offset: float) -> Sequence[str]:
    return "--config", str(file), "--dir", str(folder), "--clock-offset", f"{offset:.3f}"


def _programs(
    wanted: Collection[str], config: Config, file: Path, folder: Path, offset: float
) -> list[Program]:
    """One resolver for each core, on sockets that share their ports, and what stands beside them:
    whatever becomes of that, DNS goes on."""
    options = _options(file, folder, offset)
    is_alone = "dns" not in wanted
    programs = []
    if "recording" in wanted:
        command = (sys.executable, "-m", "appliance.recording", *options)
        programs.append(Program("recording", command, list, is_alone, is_kin=True))
    if "dns" in wanted:
        command = (sys.executable, "-m", "appliance.dns", *options)
        open_all = opener(of_resolvers(config), alone=False)
        programs += [
            Program(f"dns {number}", (*command, "--number", str(number)), open_all, is_kin=True)
            for number in range(1, config.dns.workers + 1)
        ]
    for name in (STAFF, PUBLIC):
        if name in wanted:
            command = (sys.executable, "-m", f"webadmin.{name}", *options)
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
