"""What a seal is. Pure: no file, no database, no clock.

Rows that are final are sealed in chunks of up to 1,024 with consecutive numbers; each chunk's head
holds the head of the chunk before it. The chunks of one day are a segment, and a segment's last
head, numbers and digests are written down in its anchor: a text of a dozen lines that is signed and
can be mailed to somebody. All digests are BLAKE2b with 32 bytes and a `person` of their own.

    row      one JSON object in ASCII without spaces: `row_bytes`, version 1, never to be changed
    salt     of a row: digest of its place in the chunk (4 bytes), keyed with the chunk's own secret
    leaf     digest of a row's bytes, keyed with its salt
    root     of the tree over a chunk's leaves; the tree is the one of RFC 6962 §2.1
    tags     the first 4 bytes of each leaf: they say which row it was, when the root does not fit
    head     digest of the chunk's `description`: kind, numbers, root, digest of tags, head before

Salts are there for the children's sake: who has the digest of another child's row, from evidence or
from a record that has forgotten the row, could otherwise guess names until one fits.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from appliance.event import Asker, State
from appliance.policy.verdict import Verdict
from appliance.store.rows import Row, type_number

CHUNK_ROWS: Final = 1024
DIGEST_BYTES: Final = 32
SALT_BYTES: Final = 16
TAG_BYTES: Final = 4  # a wrong row passes for the right one here once in 4 billion; never the root
NOTHING: Final = bytes(DIGEST_BYTES)  # what comes before the first

_LEAF: Final = b"bellgate row"
_NODE: Final = b"bellgate node"
_SALT: Final = b"bellgate salt"
_TAGS: Final = b"bellgate tags"
_HEAD: Final = b"bellgate head"
_ANCHOR: Final = b"bellgate anchor"


def digest(person: bytes, data: bytes, key: bytes = b"", size: int = DIGEST_BYTES) -> bytes:
    return hashlib.blake2b(data, digest_size=size, key=key, person=person).digest()


def text_of(content: Mapping[str, object]) -> str:
    """The one way in which we write something down to be sealed or signed."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=True)


def row_bytes(row: Row) -> bytes:
    """All that a row means, whatever numbers the record has for its parts."""
    return (
        f'{{"v":1,"event":{_quoted(row.event)},"first":{row.first_ms},"last":{row.last_ms},'
        f'"count":{row.count},"name":{_quoted(row.name)},"types":{_types(row.types)},'
        f'"flags":{int(row.flags)},{_asker(row.asker)},{_ruling(row.verdict)},'
        f"{_state(row.state)}}}"
    ).encode()


@lru_cache(maxsize=10_000)
def _quoted(text: str) -> str:
    return json.dumps(text)


@lru_cache(maxsize=1000)
def _types(names: tuple[str, ...]) -> str:
    return json.dumps([type_number(name) for name in names], separators=(",", ":"))


@lru_cache(maxsize=5_000)
def _asker(asker: Asker) -> str:
    return _parts(
        address=str(asker.address),
        mac=asker.mac,
        device=asker.who.device,
        group=asker.who.group,
        sets=sorted(asker.who.sets),
        means=int(asker.means),
        forwarder=asker.forwarder,
    )


@lru_cache(maxsize=5_000)
def _ruling(verdict: Verdict) -> str:
    return _parts(
        action=str(verdict.action),
        decided_by=str(verdict.decided_by),
        rule=verdict.rule,
        clause=verdict.clause,
        target=verdict.target,
        service=verdict.service,
        category=verdict.category,
        safe_search=verdict.safe_search,
    )


@lru_cache(maxsize=5_000)
def _state(state: State) -> str:
    return _parts(policy=state.policy, period=state.period, clock_trusted=state.clock_trusted)


def _parts(**content: object) -> str:
    return text_of(content)[1:-1]


def salt_of(secret: bytes, place: int) -> bytes:
    """Of the row at this place; whoever knows one salt knows no other."""
    return digest(_SALT, place.to_bytes(4, "big"), secret, SALT_BYTES)


def leaf_of(data: bytes, salt: bytes) -> bytes:
    return digest(_LEAF, data, salt)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Of at least one leaf. Pairs from the left, an odd one moves up: RFC 6962's tree."""
    level = list(leaves)
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)] + odd
    return level[0]


def _node(left: bytes, right: bytes) -> bytes:
    return digest(_NODE, left + right)


def prune(
    count: int, leaves: Mapping[int, bytes], pruned: Sequence[bytes], kept: Collection[int]
) -> tuple[bytes, list[bytes]]:
    """The root of a tree of which some leaves are there, and digests in place of the others; and
    the digests that are needed where only those at the `kept` places stay. ValueError where the
    digests are too few or too many."""
    tree = _Pruning(leaves, sorted(leaves), sorted(kept), iter(pruned))
    try:
        root, rest = tree.walk(0, count)
    except StopIteration:
        raise ValueError("digests are missing") from None
    if next(tree.pruned, None) is not None:
        raise ValueError("digests are left over")
    return root, rest


@dataclass(frozen=True, slots=True)
class _Pruning:
    leaves: Mapping[int, bytes]
    places: Sequence[int]
    kept: Sequence[int]
    pruned: Iterator[bytes]

    def walk(self, start: int, count: int) -> tuple[bytes, list[bytes]]:
        """Of the leaves from `start` on."""
        end = start + count
        if bisect_left(self.places, start) == bisect_left(self.places, end):
            root = next(self.pruned)
            return root, [root]
        is_kept = bisect_left(self.kept, start) < bisect_left(self.kept, end)
        if count == 1:
            return self.leaves[start], [] if is_kept else [self.leaves[start]]
        half = _half(count)
        left, on_left = self.walk(start, half)
        right, on_right = self.walk(start + half, count - half)
        root = _node(left, right)
        return root, on_left + on_right if is_kept else [root]


def _half(count: int) -> int:
    """The largest power of two below this number."""
    return 1 << (count - 1).bit_length() - 1


def tag_of(leaf: bytes) -> bytes:
    return leaf[:TAG_BYTES]


def digest_of_tags(tags: bytes) -> bytes:
    return digest(_TAGS, tags)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that were sealed together; their numbers are consecutive."""

    kind: str
    series: str  # of the record: no chunk of another one fits
    segment: int
    first: int  # number of its first row
    count: int
    root: bytes
    tags: bytes  # their digest
    before: bytes  # the head of the chunk before it

    @property
    def last(self) -> int:
        return self.first + self.count - 1

    @property
    def description(self) -> bytes:
        return text_of(
            {
                "v": 1,
                "kind": self.kind,
                "series": self.series,
                "segment": self.segment,
                "first": self.first,
                "count": self.count,
                "root": self.root.hex(),
                "tags": self.tags.hex(),
                "before": self.before.hex(),
            }
        ).encode()

    @property
    def head(self) -> bytes:
        return digest(_HEAD, self.description)

    @property
    def signed(self) -> bytes:
        """What the key signs."""
        return b"bellgate chunk 1\n" + self.head


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some rows of a chunk, as far as they need each other: what evidence shows, and what is left
    when the others are forgotten."""

    salts: Mapping[int, bytes]  # of the rows that are here, by their places
    tags: Mapping[int, bytes]
    pruned: Sequence[bytes]  # in place of the others

    @property
    def text(self) -> str:
        return text_of(
            {
                "places": list(self.salts),
                "salts": [salt.hex() for salt in self.salts.values()],
                "tags": [tag.hex() for tag in self.tags.values()],
                "pruned": [one.hex() for one in self.pruned],
            }
        )

    @classmethod
    def parse(cls, text: str) -> Excerpt:
        """ValueError where this is none."""
        try:
            content = json.loads(text)
            places = [int(place) for place in content["places"]]
            salts, tags, pruned = (
                [bytes.fromhex(one) for one in content[name]]
                for name in ("salts", "tags", "pruned")
            )
            return cls(
                dict(zip(places, salts, strict=True)), dict(zip(places, tags, strict=True)), pruned
            )
        except (KeyError, TypeError, RecursionError) as fault:
            raise ValueError("no excerpt of ours") from fault

    def root(self, count: int, leaves: Mapping[int, bytes]) -> bytes:
        """Of the whole chunk. ValueError where these are not its leaves."""
        return prune(count, leaves, self.pruned, ())[0]


def digest_of_anchor(text: str) -> bytes:
    return digest(_ANCHOR, text.encode())
