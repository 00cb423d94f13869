"""ICANN public suffixes: names such as co.uk, under which anybody may have a site.

The private part of the list (duckdns.org, github.io) counts only for what is opened: those must be
blockable, but a class that needs one corner of github.io need not get the rest.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from publicsuffixlist import PSLFILE

from appliance.domains import normalise, parents

_BEGIN, _END = "// ===BEGIN ICANN DOMAINS===\n", "// ===END ICANN DOMAINS===\n"


def is_public_suffix(name: str) -> bool:
    """True where blocking this name would take in strangers' sites. `name` is normalised.

    The package's own is_public says the same (a test compares them), but takes 2 s for a million.
    """
    suffixes, roots, exceptions = _rules()
    if name in suffixes:
        return True
    return name.partition(".")[2] in roots and name not in exceptions


def site_of(name: str) -> str:
    """The part of a name that somebody registered: bbc.co.uk of www.bbc.co.uk. A name that has no
    such part is its own. `name` is normalised."""
    site = name
    for parent in parents(name):
        if is_public_suffix(parent):
            return site
        site = parent
    return ".".join(name.rsplit(".", 2)[-2:])


def corner_of(name: str) -> str:
    """The part of a name that is one person's or one firm's, where many share a site too:
    my-class.github.io of www.my-class.github.io. `name` is normalised."""
    corner = name
    for parent in parents(name):
        if parent in _shared_sites() or is_public_suffix(parent):
            return corner
        corner = parent
    return site_of(name)


@cache
def _shared_sites() -> frozenset[str]:
    """Sites under which others have theirs; of rules `*.x` and `!x` we have no need."""
    text = Path(PSLFILE).read_text(encoding="utf-8").partition(_END)[2]
    rules = (line.split("//")[0].strip() for line in text.splitlines())
    return frozenset(normalise(rule) for rule in rules if rule and rule[0] not in "*!")


@cache
def _rules() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Suffixes as they are, x of each rule `*.x` (x is one itself, says the list), and `!x`."""
    text = Path(PSLFILE).read_text(encoding="utf-8")
    suffixes, roots, exceptions = set(), set(), set()
    for line in text.partition(_BEGIN)[2].partition(_END)[0].splitlines():
        rule = line.split("//")[0].strip()
        if rule.startswith("*."):
            roots.add(normalise(rule[2:]))
        elif rule.startswith("!"):
            exceptions.add(normalise(rule[1:]))
        elif rule:
            suffixes.add(normalise(rule))
    return frozenset(suffixes | roots), frozenset(roots), frozenset(exceptions)
