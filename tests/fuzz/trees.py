"""Mutations of what a document holds: values, keys and whole tables, while it stays TOML.

Most inputs that are accepted come from here: values go where the same kind of value stood before.
"""

from __future__ import annotations

import copy
import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

from tests.fuzz import awkward

Content = dict[str, Any]
Place = tuple[Any, Any, str]  # a dict or list, the key or index in it, the nearest key above

SEEN = 0.5  # the share of new values that some document has under the same key
FITTING = 0.85  # … of the others, that at least are of the right kind


class Trees:
    """Mutations that know what other documents hold under each key."""

    def __init__(self, documents: Iterable[Content]) -> None:
        self.documents = list(documents)
        self.seen: dict[str, list[Any]] = defaultdict(list)
        for document in self.documents:
            for holder, at, key in places(document):
                self.seen[key].append(holder[at])

    def mutate(self, content: Content, random: Random) -> None:
        """One change, in place."""
        steps: tuple[Callable[[Content, Random], None], ...] = (
            self.change, self.change, self.change, self.change, drop, double, swap, shuffle,
            self.splice, rename,
        )  # fmt: skip
        random.choice(steps)(content, random)

    def change(self, content: Content, random: Random) -> None:
        """Another value in one place."""
        found = [place for place in places(content) if not isinstance(place[0][place[1]], dict)]
        if not found:
            return
        holder, at, key = random.choice(found)
        old = holder[at]
        if random.random() < SEEN:
            same_kind = [new for new in self.seen[key] if type(new) is type(old)]
            new = random.choice(same_kind or [old])
        elif random.random() < FITTING:
            new = fitting(key, old, random)
        else:
            new = fitting(random.choice(list(self.seen)), anything(random), random)
        holder[at] = copy.deepcopy(new)

    def splice(self, content: Content, random: Random) -> None:
        """A table or key of another document, beside ours or in its place."""
        other = random.choice(self.documents)
        key = random.choice(list(other))
        theirs = copy.deepcopy(other[key])
        ours = content.get(key)
        if isinstance(ours, dict) and isinstance(theirs, dict) and random.random() < 0.7:
            name = random.choice(list(theirs))
            ours[name] = theirs[name]
        elif isinstance(ours, list) and isinstance(theirs, list) and random.random() < 0.7:
            ours.insert(random.randint(0, len(ours)), random.choice(theirs))
        else:
            content[key] = theirs


def places(content: Any, key: str = "") -> Iterator[Place]:
    """Every place below, from the top."""
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for at, value in list(items):
        name = at if isinstance(at, str) else key
        yield content, at, name
        if isinstance(value, (dict, list)):
            yield from places(value, name)


def fitting(key: str, old: Any, random: Random) -> Any:
    """An awkward value of the kind of the old one."""
    if isinstance(old, bool):
        return not old
    if isinstance(old, int):
        return random.choice(awkward.NUMBERS)
    if isinstance(old, datetime.datetime):
        return random.choice(awkward.MOMENTS)
    if isinstance(old, datetime.date):
        return random.choice(awkward.DATES)
    if isinstance(old, list):
        return few(key, old, random)
    return random.choice(awkward.OF_KEY.get(key, awkward.TEXTS))


def few(key: str, old: list[Any], random: Random) -> list[Any]:
    """A list with some of the old elements and, where they are words, some new."""
    new = [one for one in old if random.random() < 0.7]
    if all(isinstance(one, str) for one in old):
        pool = awkward.OF_KEY.get(key, awkward.TEXTS)
        new += [random.choice(pool) for _ in range(random.randint(0, 2))]
    return new


def anything(random: Random) -> Any:
    return random.choice(
        [
            "",
            0,
            1.5,
            True,
            [],
            {},
            [[]],
            [{}],
            awkward.DATES[0],
            awkward.MOMENTS[0],
            datetime.time(),
        ]
    )


def drop(content: Content, random: Random) -> None:
    found = list(places(content))
    if found:
        holder, at, _ = random.choice(found)
        del holder[at]


def double(content: Content, random: Random) -> None:
    """An element twice in its list, or a table under a second name."""
    found = [
        place for place in places(content) if isinstance(place[0], list) or place[2] == place[1]
    ]
    if not found:
        return
    holder, at, _ = random.choice(found)
    copied = copy.deepcopy(holder[at])
    if isinstance(holder, list):
        holder.insert(at, copied)
    else:
        holder[random.choice(awkward.IDENTIFIERS)] = copied


def swap(content: Content, random: Random) -> None:
    """Two values of one holder change places."""
    holder, at, _ = random.choice([*places(content)] or [({"": 0}, "", "")])
    other = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    holder[at], holder[other] = holder[other], holder[at]


def shuffle(content: Content, random: Random) -> None:
    """One table or list in another order."""
    found = [content] + [holder[at] for holder, at, _ in places(content)]
    one = random.choice([value for value in found if isinstance(value, (dict, list))])
    if isinstance(one, list):
        random.shuffle(one)
        return
    items = list(one.items())
    random.shuffle(items)
    one.clear()
    one.update(items)


def rename(content: Content, random: Random) -> None:
    """Another name for one key, and for those who speak of it where there are such."""
    found = [place for place in places(content) if isinstance(place[1], str)]
    if not found:
        return
    holder, old, _ = random.choice(found)
    new = random.choice((*awkward.IDENTIFIERS, *awkward.OF_KEY, "", "é", "a\nb"))
    holder[new] = holder.pop(old)
    if random.random() < 0.7:
        _follow(content, old, new)


def _follow(content: Content, old: str, new: str) -> None:
    for holder, at, _ in places(content):
        if isinstance(holder[at], str) and holder[at].rpartition(":")[2] == old:
            holder[at] = holder[at].removesuffix(old) + new
