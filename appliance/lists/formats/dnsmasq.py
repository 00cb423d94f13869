"""dnsmasq.conf: address=/x/, local=/x/ and server=/x/ block x and all below it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from appliance.lists.entry import Entry, Found, Scope, Why
from appliance.lists.formats.names import NAME, is_null, name_in, without_comment
from appliance.lists.formats.reader import Reader

_QUICK = re.compile(
    r"(?:address=/(?=[^/]*/(?:#|0\.0\.0\.0|127\.0\.0\.1|::)?\Z)|(?:local|server)=/(?=[^/]*/\Z))"
    rf"({NAME})/.*"
)
_LINE = re.compile(r"(?P<key>address|local|server)=/(?P<names>.*)/(?P<target>[^/]*)")
_SETTING = re.compile(r"[a-z][a-z0-9-]*(?:\s*=.*)?")
_ANY_NAME = "#"
_USUAL = "#"  # server=/x/#: asked like any other name, so it takes x out of a wider block


def config() -> Reader:
    return Reader(_read_line, _QUICK, Scope.SUBTREE)


def _read_line(line: str) -> Iterator[Found]:
    text = without_comment(line)
    if not text:
        return
    match = _LINE.fullmatch(text)
    if match is None:
        yield Why.SETTING if _SETTING.fullmatch(text) else Why.FOREIGN
        return
    key, target = match["key"], match["target"]
    is_exception = key == "server" and target == _USUAL
    if not is_exception and not _goes_nowhere(key, target):
        yield Why.REWRITE if key == "address" else Why.FORWARD
        return
    for one in match["names"].split("/"):
        name = Why.EVERYTHING if one == _ANY_NAME else name_in(one.removeprefix("."))
        yield name if isinstance(name, Why) else Entry(name, Scope.SUBTREE, is_exception)


def _goes_nowhere(key: str, target: str) -> bool:
    return not target or is_null(target) or (key == "address" and target == "#")
