"""Response policy zones: a DNS zone whose owner names are what is blocked.

Master file syntax (RFC 1035 §5): a record may go over several lines in parentheses, a line that
begins with a blank goes on with the owner before, names without a final dot are relative.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from appliance.lists.entry import Entry, Found, Scope, Why
from appliance.lists.formats.names import is_null, name_in
from appliance.lists.formats.reader import Reader

MOST_LINES_OF_A_RECORD = 50  # a bracket that is never closed must not swallow the zone
BLOCKS = frozenset({".", "*.", "rpz-drop."})
ALLOWS = "rpz-passthru."
CONDITIONS = ("rpz-ip", "rpz-nsip", "rpz-nsdname", "rpz-client-ip")

_USUAL = re.compile(r'([^\s;#!$()"]+)\s+CNAME\s+([^\s;()"]+)')  # all but a few
_COMMENT = re.compile(r'("[^"]*")|;.*')
_TTL_OR_CLASS = re.compile(r"(?:[0-9]++[smhdw]?)++|in|ch|hs", re.IGNORECASE)
_TYPE = re.compile(r"[a-z][a-z0-9-]*", re.IGNORECASE)


def zone() -> Reader:
    return Reader(_Zone().read_line)


class _Zone:
    """What the lines so far say of those to come."""

    def __init__(self) -> None:
        self.apex: str | None = None  # the zone's own name, with its dot; "" where none is told
        self.origin = ""
        self.owner = ""
        self.pending: list[str] = []  # lines of a record whose bracket is open

    def read_line(self, line: str) -> Iterator[Found]:
        if not self.pending and (match := _USUAL.fullmatch(line)):
            self.owner = self._absolute(match[1])
            yield self._rule("CNAME", match[2].lower())
            return
        text = line.lstrip() if line.lstrip().startswith(("#", "!")) else _uncomment(line)
        if not self.pending and text.startswith(("#", "!")):
            return
        self.pending.append(text)
        record = " ".join(self.pending)
        is_open = record.count("(") > record.count(")")
        if is_open and len(self.pending) < MOST_LINES_OF_A_RECORD:
            return
        self.pending = []
        record = re.sub(r"[()]", " ", record)
        if is_open:
            yield Why.FOREIGN
        elif record.startswith("$"):
            yield from self._directive(record.split())
        elif record.strip():
            yield from self._record(record)

    def _directive(self, words: list[str]) -> Iterator[Found]:
        match [words[0].upper(), *words[1:]]:
            case ["$ORIGIN", name]:
                self.origin = self._absolute(name).removeprefix(".")
            case ["$TTL", *_]:
                pass
            case _:
                yield Why.SETTING

    def _record(self, record: str) -> Iterator[Found]:
        words = record.split()
        if not record[0].isspace():
            self.owner = self._absolute(words.pop(0))
        while words and _TTL_OR_CLASS.fullmatch(words[0]):
            words.pop(0)
        if not words or not _TYPE.fullmatch(words[0]):
            yield Why.FOREIGN
            return
        kind, data = words[0].upper(), " ".join(words[1:]).lower()
        if kind == "SOA":
            self.apex = self.owner
        elif kind != "NS":
            yield self._rule(kind, data)

    def _rule(self, kind: str, data: str) -> Found:
        trigger = self._trigger()
        if isinstance(trigger, Why):
            return trigger
        if kind == "CNAME" and data in (ALLOWS, self.owner.lower()):  # to itself: the older way
            allows = True
        elif (kind == "CNAME" and data in BLOCKS) or (kind in ("A", "AAAA") and is_null(data)):
            allows = False
        else:
            return Why.REWRITE
        is_below = trigger.startswith("*.")
        name = name_in(trigger[2:] if is_below else trigger)
        if isinstance(name, Why):
            return name
        return Entry(name, Scope.BELOW if is_below else Scope.EXACT, allows)

    def _trigger(self) -> str | Why:
        """The name that the owner stands for: itself, without the zone's name behind."""
        apex = self._apex()
        if self.owner == apex or not self.owner:
            return Why.FOREIGN
        if apex and not self.owner.endswith("." + apex):
            return Why.OUTSIDE
        trigger = self.owner[: -len(apex) - 1] if apex else self.owner.removesuffix(".")
        if trigger.rpartition(".")[2] in CONDITIONS:
            return Why.CONDITION
        return Why.EVERYTHING if trigger == "*" else trigger

    def _apex(self) -> str:
        """The zone's name: its SOA's owner, or the first origin where no SOA came."""
        if self.apex is None:
            self.apex = self.origin
        return self.apex

    def _absolute(self, name: str) -> str:
        """A name in full; without an origin, as in lists that tell none, it ends in the dot."""
        if name == "@":
            return self.origin
        if name.endswith("."):
            return name.lower().removeprefix(".")
        return f"{name.lower()}.{self.origin}"


def _uncomment(line: str) -> str:
    """The line without a comment; a semicolon in quotes begins none."""
    return _COMMENT.sub(lambda match: match[1] or "", line)
