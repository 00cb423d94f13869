"""One resolver, as a process: bellgate run and systemd start as many as there are cores."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import resource
import signal
import sys
import time
from pathlib import Path

from appliance import settings
from appliance.dns.loop import Loop
from appliance.dns.resolver import Resolver
from appliance.errors import ApplianceError
from appliance.readiness import tell_ready
from appliance.sockets import take_over

BROKEN_INPUT = 2
GARBAGE = 50_000  # objects made, between two looks for circles among them


def main() -> None:
    """Run until SIGTERM; whatever keeps us from starting is one sentence on stderr."""
    words = _arguments()
    logging.basicConfig(format=f"dns {words.number}: %(message)s", level=logging.INFO)
    try:
        with asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(_serve(words))
    except ApplianceError as fault:
        print(f"dns {words.number}: {fault}", file=sys.stderr)
        sys.exit(BROKEN_INPUT)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m appliance.dns", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument("--dir", type=Path, required=True, metavar="DIR")
    parser.add_argument("--number", type=int, default=1, help="of this resolver, from 1 on")
    parser.add_argument("--clock-offset", type=float, default=0.0, metavar="SECONDS")
    return parser.parse_args()


async def _serve(words: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    config = settings.read_file(words.config)
    offset: float = words.clock_offset
    resolver = Resolver(config, words.dir, words.number, loop, lambda: time.time() + offset)
    for listener in take_over(os.environ, os.getpid()):
        resolver.listen(listener)
    _allow_files()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    loop.add_signal_handler(signal.SIGHUP, resolver.reload)
    # What is there now stays: the collector need not look at a school's policy over and over. What
    # a question makes has no circles; looking for some after every 700 costs a tenth of all.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 10, 10)
    tell_ready(os.environ)
    async with resolver:
        await stopped.wait()


def _allow_files() -> None:
    """As many open files as the system lets us have: thousands of connections need them."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
