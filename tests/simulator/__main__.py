"""python -m tests.simulator [--held-out] SEED...: how they are told; --write FILE SEED for one."""

from __future__ import annotations

import json
import sys
import time

from tests.simulator.day import School, school, tell
from tests.simulator.ways import HELD_OUT, TUNED


def write(made: School, path: str) -> None:
    """As `bellgate detect replay` reads it."""
    with open(path, "w", encoding="utf-8") as file:
        for seen in made.observations():
            told = {k: v for k, v in seen._asdict().items() if v not in ("", 0)}
            told["type"] = told.pop("qtype", "A")
            if "detail" in told:
                told["mac"] = told.pop("detail")
            file.write(json.dumps(told) + "\n")


def main(words: list[str]) -> None:
    ways = HELD_OUT if "--held-out" in words else TUNED
    if "--write" in words:
        place = words.index("--write")
        write(school(int(words[place + 2]), ways), words[place + 1])
        return
    for seed in [int(word) for word in words if word.isdigit()]:
        begins = time.perf_counter()
        made = school(seed, ways)
        middle = time.perf_counter()
        told = tell(made)
        count = sum(len(trace.seen) for trace in made.traces)
        took = time.perf_counter() - middle
        print(
            f"seed {seed}: {count:,} observations, made in {middle - begins:.1f} s, "
            f"told in {took:.1f} s"
        )
        print("\n".join(told.lines()))


main(sys.argv[1:])
