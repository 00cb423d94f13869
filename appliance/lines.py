"""On which line each key of a TOML text stands, and whether the text is too tangled to read.

tomllib forgets lines, and it can be made to work for minutes (a key of 500,000 parts) or to run out
of stack (10,000 brackets). So every text is walked here first, in one pass of one regular
expression. The walk is tolerant: what is not TOML at all is for tomllib to say.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

DEEPEST = 16  # ours nest 4 deep; nobody writes 16 by hand

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'''
      (?P<string> """ (?: [^\\"] | \\(?:.|\Z) | "(?!"") )*+ (?: "{3,5} )?
                | '{3} (?: [^'] | '(?!'') )*+ (?: '{3,5} )?
                | " (?: [^"\\\n] | \\. )*+ "?
                | ' [^'\n]*+ '? )
    | (?P<comment> \#[^\n]*+ )
    | (?P<newline> \n )
    | (?P<blank> [^\S\n]++ )
    | (?P<mark> [\[\]{}=,.] )
    | (?P<word> [^\s"'\#\[\]{}=,.]++ )
    ''',
    re.VERBOSE | re.DOTALL,
)


class TooTangled(ValueError):
    """Brackets or dotted keys are nested deeper than any policy needs."""


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def lines_of(text: str) -> dict[Path, int]:
    """The line of every key and array element, by its path: ("rule", 0, "when") → 17."""
    lines: dict[Path, int] = {}
    try:
        _Walk(text, lines).statements()
    except StopIteration:
        pass  # the text ends in the middle of something: tomllib will say of what
    return lines


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind not in ("blank", "comment"):
            yield _Token(kind, match[0], line)
        line += match[0].count("\n")


class _Walk:
    def __init__(self, text: str, lines: dict[Path, int]) -> None:
        self.tokens = _tokens(text)
        self.lines = lines
        self.arrays: dict[Path, int] = {}  # arrays of tables and how many each has so far
        self.here = _Token("newline", "\n", 1)

    def step(self) -> _Token:
        self.here = next(self.tokens)
        return self.here

    def statements(self) -> None:
        table: Path = ()
        while True:
            token = self.step()
            if token.text == "[":
                table = self.header()
            elif token.kind in ("word", "string"):
                self.pair(table, depth=0)
                self.rest_of_line()

    def rest_of_line(self) -> None:
        while self.here.kind != "newline":
            self.step()

    def header(self) -> Path:
        """`[a.b]` or `[[a.b]]`: the path that the keys below it belong to."""
        line = self.here.line
        is_array = self.step().text == "["
        if is_array:
            self.step()
        parts = self.key(until="]")
        path: Path = ()
        for place, part in enumerate(parts):
            path += (part,)
            self.lines.setdefault(path, line)  # [groups.pupils] is where `groups` begins, too
            is_last = place == len(parts) - 1
            if is_last and is_array:
                self.arrays[path] = self.arrays.get(path, -1) + 1
            if path in self.arrays:
                path += (self.arrays[path],)
        self.lines.setdefault(path, line)
        return path

    def pair(self, table: Path, depth: int) -> None:
        line = self.here.line
        path = table
        for part in self.key(until="="):
            path += (part,)
            self.lines.setdefault(path, line)
        self.step()
        self.value(path, depth)

    def key(self, until: str) -> list[str]:
        """The parts of a dotted key, up to the mark that ends it."""
        parts: list[str] = []
        while self.here.text != until and self.here.kind != "newline":
            if self.here.kind == "word":
                parts.append(self.here.text)
            elif self.here.kind == "string":
                parts.append(_unquoted(self.here.text))
            if len(parts) > DEEPEST:
                raise TooTangled(f"line {self.here.line}")
            self.step()
        return parts

    def value(self, path: Path, depth: int) -> None:
        """Walk one value; the walk stands on its first token and leaves on its last."""
        if depth > DEEPEST:
            raise TooTangled(f"line {self.here.line}")
        if self.here.text == "[":
            self.array(path, depth)
        elif self.here.text == "{":
            self.inline_table(path, depth)

    def array(self, path: Path, depth: int) -> None:
        index = 0
        while (token := self.step()).text != "]":
            if token.text == ",":
                index += 1
            elif token.kind != "newline":
                self.lines.setdefault((*path, index), token.line)
                self.value((*path, index), depth + 1)

    def inline_table(self, path: Path, depth: int) -> None:
        key_is_due = True
        while (token := self.step()).text != "}":
            if key_is_due and token.kind in ("word", "string"):
                self.pair(path, depth + 1)
            key_is_due = token.text == ","


def _unquoted(text: str) -> str:
    try:
        return str(tomllib.loads(f"k = {text}")["k"])
    except ValueError:
        return text
