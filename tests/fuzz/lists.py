"""Lists that nobody would write: the corpus with bytes, lines and formats shaken up.

.venv/bin/python -m tests.fuzz.lists --runs 200000 --jobs 2 --keep var/findings

Whatever comes in, only a ListError may come out, and every name must be one that DNS can ask for.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import tempfile
import zipfile
from pathlib import Path
from random import Random

from appliance.domains import normalise_site
from appliance.errors import ListError
from appliance.lists.entry import Entry, Unsupported
from appliance.lists.parse import entries, reading
from appliance.suffixes import is_public_suffix
from tests.fuzz.hunt import Finding, main

CORPUS = Path(__file__).parents[1] / "lists" / "corpus"
INTERESTING = (
    b"\x00", b"\xff", b"\xef\xbb\xbf", b"\r", b"\n", b"\t", b" ", b"#", b"!", b";", b"*.", b".",
    b"/", b"||", b"@@", b"^", b"$important", b"$badfilter", b"$denyallow=", b"|", b",", b"~",
    b"=", b'"', b"(", b")", b"@", b"$ORIGIN ", b"$TTL ", b" CNAME ", b" CNAME .", b" SOA ",
    b"rpz-passthru.", b"0.0.0.0 ", b"::1 ", b"%lo0", b"xn--", b"xn--a-", "ü".encode(),
    "。".encode(), "ß".encode(), "\u202e".encode(), "\u0661".encode(), "²".encode(),
    b'local-zone: "', b'" static', b"address=/", b"/#", b"co.uk", b"1", b"a" * 64, b"a." * 130,
    b"-", b"_",
)  # fmt: skip


class Lists:
    """The trial of appliance.lists.parse."""

    ending = ".list"

    def __init__(self) -> None:
        self.seeds = [
            path.read_bytes()
            for path in sorted(CORPUS.rglob("*"))
            if path.suffix != ".expected" and path.is_file()
        ]
        self.folder = tempfile.TemporaryDirectory(prefix="bellgate-fuzz-")
        self.path = Path(self.folder.name) / "list"

    def make(self, random: Random) -> bytes:
        return packed(random, mutated(random, self.seeds))

    def check(self, data: bytes) -> bool:
        self.path.write_bytes(data)
        try:
            found = list(reading(self.path).entries)
        except ListError as fault:
            if "\n" in str(fault):
                raise Finding(f"a refusal of more than one line\n{fault}") from fault
            return False
        if list(entries(self.path)) != found:
            raise Finding("read twice, it says two things")
        for one in found:
            _makes_sense(one)
        return True


def _makes_sense(one: Entry | Unsupported) -> None:
    if isinstance(one, Unsupported):
        if not one.text.isprintable() or one.line < 1:
            raise Finding(f"a text that no terminal should see\n{one!r}")
    elif normalise_site(one.name) != one.name or "." not in one.name:
        raise Finding(f"a name that is none\n{one!r}")
    elif not one.allows and is_public_suffix(one.name):
        raise Finding(f"a public suffix blocked\n{one!r}")


def mutated(shaken: Random, seeds: list[bytes]) -> bytes:
    """A file of the corpus, changed a few times over."""
    content = shaken.choice(seeds)
    for _ in range(shaken.randint(1, 6)):
        content = shaken.choice(MUTATIONS)(shaken, content, seeds)
    return content[:20_000]


def flip(shaken: Random, content: bytes, seeds: list[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(shaken.randint(1, 8)):
        if changed:
            changed[shaken.randrange(len(changed))] = shaken.randrange(256)
    return bytes(changed)


def insert(shaken: Random, content: bytes, seeds: list[bytes]) -> bytes:
    place = shaken.randint(0, len(content))
    return content[:place] + shaken.choice(INTERESTING) + content[place:]


def cut(shaken: Random, content: bytes, seeds: list[bytes]) -> bytes:
    first, last = sorted(shaken.randint(0, len(content)) for _ in range(2))
    return content[:first] + content[last:] if shaken.random() < 0.5 else content[first:last]


def shuffle(shaken: Random, content: bytes, seeds: list[bytes]) -> bytes:
    lines = content.split(b"\n")
    shaken.shuffle(lines)
    return b"\n".join(lines[: shaken.randint(1, len(lines))])


def repeat(shaken: Random, content: bytes, seeds: list[bytes]) -> bytes:
    return b"\n".join(
        line for line in content.split(b"\n") for _ in range(shaken.choice((1, 1, 1, 2, 30)))
    )


def splice(shaken: Random, content: bytes, seeds: list[bytes]) -> bytes:
    """Lines of another format among these."""
    lines, others = content.split(b"\n"), shaken.choice(seeds).split(b"\n")
    for other in shaken.sample(others, shaken.randint(1, len(others))):
        lines.insert(shaken.randint(0, len(lines)), other)
    return b"\n".join(lines)


def cross(shaken: Random, content: bytes, seeds: list[bytes]) -> bytes:
    """The front of one line with the back of another, of any format."""
    lines, others = content.split(b"\n"), shaken.choice(seeds).split(b"\n")
    place, other = shaken.randrange(len(lines)), shaken.choice(others)
    front = lines[place]
    lines[place] = front[: shaken.randint(0, len(front))] + other[shaken.randint(0, len(other)) :]
    return b"\n".join(lines)


MUTATIONS = (flip, insert, insert, cut, shuffle, repeat, splice, cross, cross)


def packed(shaken: Random, content: bytes) -> bytes:
    """Mostly as it is; else in a container, which may be broken in turn."""
    chance = shaken.random()
    if chance < 0.8:
        return content
    if chance < 0.87:
        box = gzip.compress(content, 1, mtime=0)
    elif chance < 0.94:
        box = _in_tar(shaken, content)
    else:
        box = _in_zip(shaken, content)
    for change in (flip, cut):
        if shaken.random() < 0.3:
            box = change(shaken, box, [])
    return box


def _in_tar(shaken: Random, content: bytes) -> bytes:
    box = io.BytesIO()
    with tarfile.open(fileobj=box, mode="w") as tar:
        for name in ("x/domains", "x/urls", "x/expressions", "y/domains", "y/usage"):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    plain = box.getvalue()
    return plain if shaken.random() < 0.5 else gzip.compress(plain, 1, mtime=0)


def _in_zip(shaken: Random, content: bytes) -> bytes:
    box = io.BytesIO()
    method = shaken.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(box, "w", method) as one:
        name = shaken.choice(("list.txt", "x/domains", "x/urls"))
        one.writestr(zipfile.ZipInfo(name), content, method)
    return box.getvalue()


if __name__ == "__main__":
    main(Lists)
