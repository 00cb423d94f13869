"""Mutations of a text: its bytes, TOML tokens, lines and tables. Each gives new bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz import awkward

Mutation = Callable[[bytes, Sequence[bytes], Random], bytes]

_TOKEN = re.compile(rb'"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|[\w:+.-]+|[ \t]+|\n|.')
_TABLE = re.compile(rb"(?m)^(?=\[)")
_KEY = re.compile(rb"(?m)^([a-z_]+)( = )")
_STRING = re.compile(rb'"([^"\'\\\n]*)"')


def mutate(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """One change. `others` are texts to take pieces from."""
    kinds: tuple[tuple[Mutation, ...], ...] = (
        (flip, insert, cut, double_piece),
        (change_token, insert_token, drop_token, swap_tokens),
        (drop_line, double_line, swap_lines, take_line),
        (drop_table, double_table, swap_tables, take_table),
        (respell_string, respell_key, comment, blank, crlf, requote_header),
        (respell_string, respell_key, comment, blank, crlf, requote_header),
    )
    return random.choice(random.choice(kinds))(data, others, random)


def _span(data: bytes, random: Random, longest: int = 40) -> tuple[int, int]:
    start = random.randint(0, len(data))
    return start, min(len(data), start + random.randint(1, longest))


def flip(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    start, _ = _span(data, random)
    return data[:start] + bytes([random.randrange(256)]) + data[start + 1 :]


def insert(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    start, _ = _span(data, random)
    new = random.choice([b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\0", b"\r"])
    return data[:start] + new + data[start:]


def cut(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:start] + (data[end:] if random.random() < 0.9 else b"")


def double_piece(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    start, end = _span(data, random)
    return data[:end] + data[start:end] * random.choice((1, 1, 1, 50, 2000)) + data[end:]


def _tokens(data: bytes) -> list[bytes]:
    return _TOKEN.findall(data)


def _joined(parts: list[bytes]) -> bytes:
    return b"".join(parts)


def change_token(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    tokens = _tokens(data) or [b""]
    tokens[random.randrange(len(tokens))] = _new_token(others, random)
    return _joined(tokens)


def insert_token(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    tokens = _tokens(data)
    tokens.insert(random.randint(0, len(tokens)), _new_token(others, random))
    return _joined(tokens)


def _new_token(others: Sequence[bytes], random: Random) -> bytes:
    if random.random() < 0.5:
        return random.choice(awkward.TOKENS).encode()
    other = random.choice(others)
    start, end = _span(other, random, 200)
    return random.choice(_tokens(other[start:end]) or [b""])


def drop_token(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    tokens = _tokens(data) or [b""]
    del tokens[random.randrange(len(tokens))]
    return _joined(tokens)


def swap_tokens(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    return _joined(_swapped(_tokens(data), random))


def _swapped(parts: list[bytes], random: Random) -> list[bytes]:
    if parts:
        one, other = random.randrange(len(parts)), random.randrange(len(parts))
        parts[one], parts[other] = parts[other], parts[one]
    return parts


def _without_one(parts: list[bytes], random: Random) -> list[bytes]:
    if parts:
        del parts[random.randrange(len(parts))]
    return parts


def _with_one_twice(parts: list[bytes], random: Random) -> list[bytes]:
    if parts:
        parts.insert(random.randint(0, len(parts)), random.choice(parts))
    return parts


def _with_one_of(parts: list[bytes], others: list[bytes], random: Random) -> list[bytes]:
    parts.insert(random.randint(0, len(parts)), random.choice(others or [b""]))
    return parts


def drop_line(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    return _joined(_without_one(data.splitlines(keepends=True), random))


def double_line(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    return _joined(_with_one_twice(data.splitlines(keepends=True), random))


def swap_lines(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    return _joined(_swapped(data.splitlines(keepends=True), random))


def take_line(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    theirs = random.choice(others).splitlines(keepends=True)
    return _joined(_with_one_of(data.splitlines(keepends=True), theirs, random))


def drop_table(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    return _joined(_without_one(_TABLE.split(data), random))


def double_table(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    return _joined(_with_one_twice(_TABLE.split(data), random))


def swap_tables(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    return _joined(_swapped(_TABLE.split(data), random))


def take_table(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    return _joined(_with_one_of(_TABLE.split(data), _TABLE.split(random.choice(others)), random))


# What follows should change the text and not what it says: such inputs are accepted, and show
# whether lines are still counted rightly.


def _respell(
    data: bytes, pattern: re.Pattern[bytes], spellings: Sequence[bytes], random: Random
) -> bytes:
    """One of the places that match, spelled otherwise."""
    matches = list(pattern.finditer(data))
    if not matches:
        return data
    one = random.choice(matches)
    return data[: one.start()] + one.expand(random.choice(spellings)) + data[one.end() :]


def respell_string(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    spellings = (rb"'\1'", rb"'''\1'''", rb'"""\1"""', b'"""\n\\1"""', b'"""\\1\\\\\n  \n """')
    return _respell(data, _STRING, spellings, random)


def respell_key(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    spellings = (rb'"\1"\2', rb"'\1'\2", rb"\1=", b"  \\1\t=\t", rb"\1 = ", rb"\1.\1 = ")
    return _respell(data, _KEY, spellings, random)


def requote_header(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    header = re.compile(rb"(?m)^\[([a-z_]+)\.([a-z0-9_-]+)\]")
    spellings = (rb'[\1."\2"]', rb"['\1' . \2]", rb" [ \1.\2 ] # \1", b"[\\1.\\2]\n#[a]\n")
    return _respell(data, header, spellings, random)


def comment(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    spellings = ('# é [[rule]] "\n'.encode(), b" #'\n", b'# """\n')
    return _respell(data, re.compile(rb"\n"), [b"\\n" + one for one in spellings], random)


def blank(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    spellings = (b"\\n\n", b"\\n \t\n", b" \\n", b"\\n" + b"\n" * 300)
    return _respell(data, re.compile(rb"\n"), spellings, random)


def crlf(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    if random.random() < 0.5:
        return data.replace(b"\n", b"\r\n")
    return _respell(data, re.compile(rb"\n"), (b"\\r\\n",), random)
