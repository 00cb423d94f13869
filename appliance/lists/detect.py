"""Which format a list is in, by what its lines look like; its name says nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from appliance.lists.formats import adblock
from appliance.lists.formats.hosts import is_hosts_line
from appliance.lists.formats.names import without_comment
from appliance.lists.text import Line


class Format(StrEnum):
    HOSTS = "hosts"
    DOMAINS = "domains"
    DNSMASQ = "dnsmasq"
    UNBOUND = "unbound"
    RPZ = "rpz"
    ADBLOCK = "abp"
    EXPRESSIONS = "regexlist"
    UT1 = "ut1"


ENOUGH = 1_000  # lines that say something; headers have seldom more than forty
FARTHEST = 20_000  # lines that are looked at for them

# A few rules make an AdBlock list: who writes both means something else by a bare name, and it
# is the narrower reading. A stray one among ten thousand names is a mistake of that line.
RULES_IN_A_LIST = 1 / 20

_RULE = re.compile(
    r"\|\|?[^|]|@@|/.*/(?:\$|\Z)"  # ||name^, @@…, /expression/
    r"|[\w.*:/-]+(?:\^(?:\$|\||\Z)|\$[a-z~])"  # .name^, -banner-$image
)
_SHAPES = (  # first match wins
    (Format.DNSMASQ, re.compile(r"(?:address|server|local|[a-z]+set|rebind-domain-ok)=/")),
    (Format.UNBOUND, re.compile(r"server:|(?:local-zone|local-data|local-data-ptr)\s*:")),
    (
        Format.RPZ,
        re.compile(
            r"\$(?:TTL|ORIGIN|INCLUDE|GENERATE)\b"
            r"|(?:\S+\s+)?(?:\d+[smhdw]?\s+)?(?:IN\s+)?(?:\d+[smhdw]?\s+)?"
            r"(?:CNAME|SOA|NS|A|AAAA|TXT)\s+\S",
            re.IGNORECASE,
        ),
    ),
    (Format.ADBLOCK, _RULE),
    (Format.EXPRESSIONS, re.compile(r"\^|[^/]*[\\()\[\]{}+?]")),
    (Format.DOMAINS, re.compile(r"(?:\*?\.)?[\w-]+(?:\.[\w-]+)+\.?(?:\s|\Z)")),
)


def format_of(lines: Iterable[Line]) -> Format:
    """The format that most lines have; a list of names where nothing speaks."""
    votes = dict.fromkeys(Format, 0)
    for number, line in lines:
        text = line.strip()
        if adblock.HEADER.fullmatch(text) and "adblock" in text.lower():
            return Format.ADBLOCK
        if found := _shape_of(text):
            votes[found] += 1
        if number >= FARTHEST or sum(votes.values()) >= ENOUGH:
            break
    if votes[Format.ADBLOCK] > sum(votes.values()) * RULES_IN_A_LIST:
        free = (Format.HOSTS, Format.DOMAINS, Format.EXPRESSIONS)
        votes[Format.ADBLOCK] += sum(votes.pop(one) for one in free)
    best = max(votes, key=lambda one: votes[one])
    return best if votes[best] else Format.DOMAINS


def _shape_of(line: str) -> Format | None:
    if adblock.HIDING.search(line) and not line.startswith("# "):
        return Format.ADBLOCK
    text = without_comment(line)
    if is_hosts_line(text):
        return Format.HOSTS
    return next((name for name, shape in _SHAPES if shape.match(text)), None)
