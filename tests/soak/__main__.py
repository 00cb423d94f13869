"""python -m tests.soak --seconds 60 --rate 5000: a box under load while everything befalls it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.soak.chaos import soak


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=int, default=5_000, help="questions a second")
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bellgate-soak-") as folder:
        verdict = soak(Path(folder), words.seconds, words.rate, seed=words.seed)
    print(verdict)
    print(*verdict.faults, sep="\n")
    sys.exit(1 if verdict.faults else 0)


if __name__ == "__main__":
    main()
