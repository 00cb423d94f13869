"""Lists that nobody would write: the corpus with bytes, lines and formats shaken up.

    python -m tests.fuzz.lists --runs 200000 [--seed N] [--keep DIR]

Whatever comes in, only a ListError may come out, and every name must be one that DNS can ask for.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
import sys
import tarfile
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path

from appliance.domains import normalise_site
from appliance.errors import ListError
from appliance.lists.entry import Entry
from appliance.lists.parse import entries, reading
from appliance.lists.suffixes import is_public_suffix

CORPUS = Path(__file__).parents[1] / "lists" / "corpus"
SLOW_SECONDS = 2.0  # of CPU, for a file of some kilobytes
INTERESTING = (
    b"\x00", b"\xff", b"\xef\xbb\xbf", b"\r", b"\n", b"\t", b" ", b"#", b"!", b";", b"*.", b".",
    b"/", b"||", b"@@", b"^", b"$important", b"$badfilter", b"$denyallow=", b"|", b",", b"~",
    b"=", b'"', b"(", b")", b"@", b"$ORIGIN ", b"$TTL ", b" CNAME ", b" CNAME .", b" SOA ",
    b"rpz-passthru.", b"0.0.0.0 ", b"::1 ", b"%lo0", b"xn--", b"xn--a-", "ü".encode(),
    "。".encode(), "ß".encode(), "\u202e".encode(), "\u0661".encode(), "²".encode(),
    b'local-zone: "', b'" static', b"address=/", b"/#", b"co.uk", b"1", b"a" * 64, b"a." * 130,
    b"-", b"_",
)  # fmt: skip


def main() -> int:
    options = _options()
    shaken = random.Random(options.seed)
    seeds = [
        path.read_bytes()
        for path in sorted(CORPUS.rglob("*"))
        if path.suffix != ".expected" and path.is_file()
    ]
    outcomes: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        for run in range(1, options.runs + 1):
            content = packed(shaken, mutated(shaken, seeds))
            path.write_bytes(content)
            outcome = outcome_of(path)
            outcomes[outcome.splitlines()[-1]] += 1
            if outcome.startswith("WRONG"):
                _report(options.keep, run, content, outcome)
            if run % 5_000 == 0 and sys.stderr.isatty():
                print(f"\r\x1b[K{run:,} of {options.runs:,}", end="", file=sys.stderr, flush=True)
    seconds = time.monotonic() - began
    print(f"seed {options.seed}: {options.runs:,} inputs in {seconds:.0f} s")
    for outcome, count in outcomes.most_common():
        print(f"{count:>10,}  {outcome}")
    return 1 if any(outcome.startswith("WRONG") for outcome in outcomes) else 0


def outcome_of(path: Path) -> str:
    """How one file went, in a word; WRONG and why where a promise was broken."""
    began = time.process_time()
    try:
        read = reading(path)
        found = list(read.entries)
    except ListError as fault:
        return "refused" if "\n" not in str(fault) else "WRONG: more than one line"
    except Exception:  # whatever else comes is what we look for
        return f"WRONG: {traceback.format_exc()}\nWRONG: {sys.exception()!r}"[:4_000]
    if time.process_time() - began > SLOW_SECONDS:
        return "WRONG: slow"
    if list(entries(path)) != found:
        return "WRONG: read twice, it says two things"
    for one in found:
        if isinstance(one, Entry):
            if normalise_site(one.name) != one.name or "." not in one.name:
                return "WRONG: a name that is none"
            if not one.allows and is_public_suffix(one.name):
                return "WRONG: a public suffix blocked"
        elif not one.text.isprintable() or one.line < 1:
            return "WRONG: a text that no terminal should see"
    return f"read as {read.format}"


def mutated(shaken: random.Random, seeds: list[bytes]) -> bytes:
    """A file of the corpus, changed a few times over."""
    content = shaken.choice(seeds)
    for _ in range(shaken.randint(1, 6)):
        content = shaken.choice(MUTATIONS)(shaken, content, seeds)
    return content[:20_000]


def flip(shaken: random.Random, content: bytes, seeds: list[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(shaken.randint(1, 8)):
        if changed:
            changed[shaken.randrange(len(changed))] = shaken.randrange(256)
    return bytes(changed)


def insert(shaken: random.Random, content: bytes, seeds: list[bytes]) -> bytes:
    place = shaken.randint(0, len(content))
    return content[:place] + shaken.choice(INTERESTING) + content[place:]


def cut(shaken: random.Random, content: bytes, seeds: list[bytes]) -> bytes:
    first, last = sorted(shaken.randint(0, len(content)) for _ in range(2))
    return content[:first] + content[last:] if shaken.random() < 0.5 else content[first:last]


def shuffle(shaken: random.Random, content: bytes, seeds: list[bytes]) -> bytes:
    lines = content.split(b"\n")
    shaken.shuffle(lines)
    return b"\n".join(lines[: shaken.randint(1, len(lines))])


def repeat(shaken: random.Random, content: bytes, seeds: list[bytes]) -> bytes:
    return b"\n".join(
        line for line in content.split(b"\n") for _ in range(shaken.choice((1, 1, 1, 2, 30)))
    )


def splice(shaken: random.Random, content: bytes, seeds: list[bytes]) -> bytes:
    """Lines of another format among these."""
    lines, others = content.split(b"\n"), shaken.choice(seeds).split(b"\n")
    for other in shaken.sample(others, shaken.randint(1, len(others))):
        lines.insert(shaken.randint(0, len(lines)), other)
    return b"\n".join(lines)


def cross(shaken: random.Random, content: bytes, seeds: list[bytes]) -> bytes:
    """The front of one line with the back of another, of any format."""
    lines, others = content.split(b"\n"), shaken.choice(seeds).split(b"\n")
    place, other = shaken.randrange(len(lines)), shaken.choice(others)
    front = lines[place]
    lines[place] = front[: shaken.randint(0, len(front))] + other[shaken.randint(0, len(other)) :]
    return b"\n".join(lines)


MUTATIONS = (flip, insert, insert, cut, shuffle, repeat, splice, cross, cross)


def packed(shaken: random.Random, content: bytes) -> bytes:
    """Mostly as it is; else in a container, which may be broken in turn."""
    chance = shaken.random()
    if chance < 0.8:
        return content
    if chance < 0.87:
        box = gzip.compress(content, 1)
    elif chance < 0.94:
        box = _in_tar(shaken, content)
    else:
        box = _in_zip(shaken, content)
    for change in (flip, cut):
        if shaken.random() < 0.3:
            box = change(shaken, box, [])
    return box


def _in_tar(shaken: random.Random, content: bytes) -> bytes:
    box = io.BytesIO()
    with tarfile.open(fileobj=box, mode=shaken.choice(("w", "w:gz"))) as tar:
        for name in ("x/domains", "x/urls", "x/expressions", "y/domains", "y/usage"):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return box.getvalue()


def _in_zip(shaken: random.Random, content: bytes) -> bytes:
    box = io.BytesIO()
    method = shaken.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(box, "w", method) as one:
        one.writestr(shaken.choice(("list.txt", "x/domains", "x/urls")), content)
    return box.getvalue()


def _report(keep: Path | None, run: int, content: bytes, outcome: str) -> None:
    print(f"\ninput {run}: {outcome}", file=sys.stderr)
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"list-{run}").write_bytes(content)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.lists")
    parser.add_argument("--runs", type=int, default=20_000, help="how many inputs")
    parser.add_argument("--seed", type=int, default=1, help="another one, other inputs")
    parser.add_argument("--keep", type=Path, help="where inputs go that broke a promise")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
