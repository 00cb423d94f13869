"""Names that look like a refused service's: other spellings, look-alikes, copies.

Only the site's own part of a name is looked at (tiktok of www.tiktok.example), never a word inside
a longer one that is somebody's own: think of Essex and Redditch.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import idna

from appliance.policy.services import Service

SHORTEST = 5  # letters: nearly any word is one slip away from "line" or "x"
LONGEST = 30
REMEMBERED = 8192
AFFIX = 4  # letters that another spelling adds: tiktokk, mytiktok, tiktokuk
LIKED = (
    "social-networks",
    "micro-blogging",
    "media-sharing",
    "live-streaming",
    "messaging",
    "anonymous-chat",
    "streaming-media",
    "gaming-platforms",
    "games",
    "forums",
)

# what people read as this letter: digits, and letters of other scripts; l and i are one to the eye
_LOOKS = {
    "a": "4@аαàáâäãå", "c": "сçć", "d": "ԁ", "e": "3еεèéêëē", "g": "ɡ", "h": "һ",
    "i": "1l|іιıìíîïł", "k": "кκ",
    "n": "ηñ", "o": "0оοòóôöõøō", "p": "рρ", "q": "ԛ", "s": "5$ѕśš", "t": "7тτ",
    "u": "υùúûüū", "v": "ѵν", "w": "ωԝ", "x": "хχ", "y": "уүγý", "z": "źżž",
}  # fmt: skip
_READ_AS = str.maketrans({seen: letter for letter, all_ in _LOOKS.items() for seen in all_})
_NOT_LETTERS = re.compile(r"[^a-z0-9]")
_SECOND_LEVEL = frozenset("co com org net gov ac sch edu ltd plc me".split())


def site_of(name: str, shared: frozenset[str] = frozenset()) -> str:
    """The part of a name that somebody has registered, or was given on shared ground.

    Without the public suffix list: reading it costs 60 ms at every start, and here a rare mistake
    about .k12.ca.us does no harm.
    """
    labels = name.split(".")
    count = 2
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL:
        count = 3
    while count < len(labels) and ".".join(labels[-count:]) in shared:
        count += 1
    return ".".join(labels[-count:])


def plain(label: str) -> str:
    """A label as it reads: without hyphens, in small Latin letters and digits."""
    return _NOT_LETTERS.sub("", label.lower())


def spoken(label: str) -> str:
    """A label as the eye takes it: t1kt0k and an international tikτok are both tiktok."""
    if label.startswith("xn--"):
        with contextlib.suppress(idna.IDNAError, UnicodeError):
            label = idna.decode(label)
    return _NOT_LETTERS.sub("", label.lower().translate(_READ_AS).replace("vv", "w"))


class Likeness:
    """Finds the service that a label means, when the label is none of the service's own."""

    def __init__(self, services: Iterable[Service], not_brands: frozenset[str]) -> None:
        self._tokens: dict[str, str] = {}  # by how they read
        self._written: set[str] = set()
        for service in services:
            if not set(service.categories) & set(LIKED):
                continue
            for word in (plain(service.name), plain(service.title)):
                if SHORTEST <= len(word) <= LONGEST and word not in not_brands:
                    self._tokens.setdefault(spoken(word), service.name)
                    self._written.add(word)
        self.inside = lru_cache(REMEMBERED)(self._inside)  # thousands of names share a site
        self.spelling = lru_cache(REMEMBERED)(self._spelling)
        self.look_alike = lru_cache(REMEMBERED)(self._look_alike)
        self._one_less: dict[str, set[str]] = {}
        for word in self._tokens:
            for shorter in _one_less(word):
                self._one_less.setdefault(shorter, set()).add(word)

    def _inside(self, label: str) -> str:
        """The service whose name stands anywhere in a label; the longest name wins."""
        read = spoken(label)
        found = max(
            (read[a:b] for a, b in _stretches(len(read)) if read[a:b] in self._tokens),
            key=len,
            default="",
        )
        return self._tokens.get(found, "")

    def _spelling(self, label: str) -> str:
        """The service whose name this label is, but for a few letters before or behind."""
        read = spoken(label)
        for cut in range(AFFIX + 1):
            for part in (read[cut:], read[: len(read) - cut]):
                if part in self._tokens:
                    return self._tokens[part]
        return ""

    def _look_alike(self, label: str) -> str:
        """The service whose name is one slip away: a letter more, less, other or swapped."""
        read = spoken(label)
        if not SHORTEST < len(read) + 1 <= LONGEST:
            return ""
        if read in self._tokens:
            return "" if plain(label) in self._written else self._tokens[read]
        near = set(self._one_less.get(read, ()))
        for shorter in _one_less(read):
            if shorter in self._tokens:
                near.add(shorter)
            near |= {word for word in self._one_less.get(shorter, ()) if _one_slip(read, word)}
        return self._tokens[min(near)] if near else ""


def _stretches(length: int) -> Iterator[tuple[int, int]]:
    for start in range(length - SHORTEST + 1):
        for end in range(start + SHORTEST, min(length, start + LONGEST) + 1):
            yield start, end


def _one_less(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _one_slip(one: str, other: str) -> bool:
    """Two words of the same length that differ in one letter, or in two that changed places."""
    if len(one) != len(other):
        return False
    differ = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(differ) == 2 and differ[1] == differ[0] + 1:
        first, second = differ
        return one[first] == other[second] and one[second] == other[first]
    return len(differ) == 1
