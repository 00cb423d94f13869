"""Lists of one rule a line, written by and for people: names, hosts lines, AdBlock rules.

They get mixed freely, and each line shows what it is; only a bare name means more in a list of
names (all below it) than beside hosts lines or AdBlock rules (itself).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from appliance.lists.entry import Entry, Found, Scope, Why
from appliance.lists.formats import adblock
from appliance.lists.formats.hosts import is_hosts_line, read_hosts_line
from appliance.lists.formats.names import NAME, name_in, without_comment
from appliance.lists.formats.reader import Reader

_RULE = re.compile(r"\||@@|/.*/|[^/]*[\^$|]")
_SURE = ("||", "@@||")
_PI_HOLE = re.compile(r"\^|[^/]*[\\()\[\]{}+?]")


def hosts() -> Reader:
    quick = re.compile(rf"(?:0\.0\.0\.0|127\.0\.0\.1|::1?)[ \t]+(?!localhost\.)({NAME})")
    return Reader(partial(_read_line, Scope.EXACT, None), quick, Scope.EXACT)


def domains() -> Reader:
    quick = re.compile(rf"(?:\*?\.)?({NAME})")
    return Reader(partial(_read_line, Scope.SUBTREE, None), quick, Scope.SUBTREE)


def adblock_rules(cancelled: adblock.Cancelled) -> Reader:
    quick = re.compile(rf"\|\|({NAME})\^")
    taken_back = frozenset(pattern for pattern, options in cancelled if not options)
    return Reader(partial(_read_line, Scope.EXACT, cancelled), quick, Scope.SUBTREE, taken_back)


def expressions() -> Reader:
    return Reader(_read_expression)


def _read_expression(line: str) -> Iterator[Found]:
    if without_comment(line):
        yield Why.EXPRESSION


def _read_line(plain: Scope, cancelled: adblock.Cancelled | None, line: str) -> Iterator[Found]:
    if cancelled is not None and adblock.HIDING.match(line):
        yield Why.PAGE  # `##.banner`: elsewhere it is a comment
        return
    text = without_comment(line)
    if text.startswith(_SURE) and "#" not in text:
        yield from adblock.read_rule(text, cancelled)
        return
    if not text or adblock.HEADER.fullmatch(text):
        return
    if is_hosts_line(text):
        yield from read_hosts_line(text)
    elif adblock.HIDING.search(text):
        yield Why.PAGE
    elif _PI_HOLE.match(text) and not text.startswith(("|", "@@", "/")):
        yield Why.EXPRESSION
    elif cancelled is not None or _RULE.match(text):
        yield from adblock.read_rule(text, cancelled)  # in their lists a bare name is a rule too
    else:
        yield _bare(text, plain)


def _bare(text: str, plain: Scope) -> Found:
    """A line that is a name, `*.name` or `.name`."""
    is_wide = text.startswith(("*.", "."))
    found = name_in(text.removeprefix("*").removeprefix(".") if is_wide else text)
    if isinstance(found, Why):
        return found
    return Entry(found, Scope.SUBTREE if is_wide else plain)
