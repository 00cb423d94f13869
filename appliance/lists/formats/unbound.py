"""unbound.conf: local-zone blocks or allows a subtree, local-data may block a name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from appliance.lists.entry import Entry, Found, Scope, Why
from appliance.lists.formats.names import NAME, is_null, name_in, without_comment
from appliance.lists.formats.reader import Reader

BLOCKS = frozenset(
    {"static", "always_nxdomain", "always_null", "always_refuse", "refuse", "redirect", "deny"}
    | {"always_nodata", "always_deny", "inform_deny", "inform_redirect"}
)
ALLOWS = frozenset({"transparent", "typetransparent", "always_transparent"})

_QUICK = re.compile(
    rf'\s*local-zone: "({NAME})\.?" (?:static|always_nxdomain|always_null|always_refuse|refuse)'
)
_ZONE = re.compile(r"""local-zone:\s*(["']?)(?P<name>[^"'\s]+)\1\s+(?P<kind>\w+)""")
_DATA = re.compile(r"""local-data:\s*(?:"(?P<a>[^"]*)"|'(?P<b>[^']*)'|(?P<c>[^"'].*))""")
_RECORD = re.compile(r"(?P<name>\S+)\s+(?:\d+\s+)?(?:IN\s+)?(?:A|AAAA)\s+(?P<address>\S+)", re.I)
_SETTING = re.compile(r"[a-z][a-z0-9-]*:.*")
_SECTION = "server:"


def config() -> Reader:
    return Reader(_read_line, _QUICK, Scope.SUBTREE)


def _read_line(line: str) -> Iterator[Found]:
    text = without_comment(line)
    if not text or text == _SECTION:
        return
    text = text.removeprefix(_SECTION).lstrip()
    if match := _ZONE.fullmatch(text):
        yield _zone(match["name"], match["kind"])
    elif match := _DATA.fullmatch(text):
        yield _data(match["a"] or match["b"] or match["c"] or "")
    else:
        yield Why.SETTING if _SETTING.fullmatch(text) else Why.FOREIGN


def _zone(text: str, kind: str) -> Found:
    if kind not in BLOCKS and kind not in ALLOWS:
        return Why.SETTING
    name = Why.EVERYTHING if text == "." else name_in(text)
    return name if isinstance(name, Why) else Entry(name, Scope.SUBTREE, kind in ALLOWS)


def _data(record: str) -> Found:
    """A record that leads nowhere blocks its name; any other answers something else."""
    match = _RECORD.fullmatch(record.strip())
    if match is None or not is_null(match["address"]):
        return Why.REWRITE
    name = name_in(match["name"])
    return name if isinstance(name, Why) else Entry(name, Scope.EXACT)
