"""What a question costs: the floor, us and our peers on the same work, in turns.

.venv/bin/python -m tests.speed.resolver --names big.txt.gz --queries day.txt.gz --rounds 5
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from tests.speed.bench import Bench, Cores, Plan
from tests.speed.figures import Figures
from tests.speed.machine import facts
from tests.speed.ours import Us, UsAtSchool
from tests.speed.servers import PEERS, Floor, Server
from tests.speed.works import WORKS

SERVERS: tuple[type[Server], ...] = (Floor, Us, UsAtSchool, *PEERS)


def main() -> None:
    words = _arguments()
    signal.signal(signal.SIGTERM, _leave)
    print(*facts(), "", sep="\n")
    servers = _servers(words.servers)
    figures = Figures([server.name for server in servers])
    plan = Plan(
        words.names, words.queries, words.rounds, words.seconds, dnsperf=words.load == "dnsperf"
    )
    with tempfile.TemporaryDirectory(prefix="bellgate-speed-") as folder, ExitStack() as stack:
        bench = Bench(stack, Path(folder), _cores(), plan, servers, figures)
        try:
            for work in WORKS:
                if work.key in words.only:
                    work.measure(bench)
        except KeyboardInterrupt:
            raise SystemExit("stopped") from None
        finally:
            print("", *figures.lines(), "", *bench.said(), sep="\n", flush=True)


def _arguments() -> argparse.Namespace:
    keys = [work.key for work in WORKS]
    names = [server.name for server in SERVERS]
    parser = argparse.ArgumentParser(prog="tests.speed.resolver")
    parser.add_argument("--names", type=Path, required=True, metavar="FILE", help="a list")
    parser.add_argument(
        "--queries", type=Path, required=True, metavar="FILE", help="`name TYPE` a line"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="of each work in each round")
    parser.add_argument("--only", type=_words(keys), default=keys, help=", ".join(keys))
    parser.add_argument("--servers", type=_words(names), default=names, help=", ".join(names))
    parser.add_argument("--load", choices=("dnsperf", "own"), default="dnsperf")
    return parser.parse_args()


def _words(known: Sequence[str]) -> Callable[[str], list[str]]:
    def words(text: str) -> list[str]:
        chosen = [word.strip() for word in text.split(",")]
        for word in chosen:
            if word not in known:
                raise argparse.ArgumentTypeError(f"{word}: one of {', '.join(known)}")
        return chosen

    return words


def _servers(wanted: Sequence[str]) -> list[type[Server]]:
    """Those wanted that can run here; a sentence for each that can't."""
    here = []
    for server in SERVERS:
        if server.name in wanted or server is Floor:
            if server.is_here():
                here.append(server)
            else:
                print(f"{server.name} is left out: {server.program} can't be run here.")
    return here


def _cores() -> Cores:
    mine = sorted(os.sched_getaffinity(0))
    if len(mine) < 2:
        raise SystemExit("two cores are needed: one for the server, one for the load")
    return Cores(server=mine[-1], load=mine[0])


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
