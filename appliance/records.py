"""Names that a school answers itself: [[record]] of appliance.toml, values in their one form."""

from __future__ import annotations

import ipaddress

from appliance.config import RECORD_KINDS, USUAL_TTL, Record
from appliance.domains import normalise_site
from appliance.tables import Table

TTLS = range(0, 604_801)  # RFC 8767 §4: more than a week is nobody's wish
NUMBERS = range(0, 65_536)  # of an MX or SRV record
LONGEST_TXT = 255  # RFC 1035 §3.3: one character string


def read_records(root: Table) -> tuple[Record, ...]:
    """Each [[record]] of a document; what is wrong with one is noted."""
    records: list[Record] = []
    aliases: set[str] = set()
    for table in root.tables("record", "a record [[record]]"):
        record = _record(table)
        others = [one for one in records if one.name == record.name]
        if record in others:
            table.wrong("name", f"{record.name} has this very record already")
        elif others and (record.kind == "CNAME" or record.name in aliases):
            table.wrong("kind", f"a CNAME stands alone, and {record.name} has another record")
        if record.kind == "CNAME":
            aliases.add(record.name)
        records.append(record)
    return tuple(records)


def _record(table: Table) -> Record:
    name = table.text("name", "a name such as printer.example.sch.uk", required=True)
    kind = table.one_of("kind", RECORD_KINDS)
    value = table.text("value", "what the name is to be answered with", required=True)
    return Record(
        name=(table.attempt("name", normalise_site, name) or "") if name else "",
        kind=kind,
        value=(table.attempt("value", _VALUES[kind], value) or "") if value else "",
        ttl_seconds=table.whole("ttl_seconds", "seconds, such as 300", TTLS, default=USUAL_TTL),
    )


def _ipv4(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError as fault:
        raise ValueError(f"an A record needs an IPv4 address such as 10.20.0.9: {fault}") from fault


def _ipv6(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError as fault:
        raise ValueError(f"an AAAA record needs an IPv6 address: {fault}") from fault


def _text(text: str) -> str:
    if len(text.encode()) > LONGEST_TXT:
        raise ValueError(f"a TXT record of ours holds at most {LONGEST_TXT} bytes")
    return text


def _mx(text: str) -> str:
    return _numbered(text, 1, 'an MX record needs a preference and a name: "10 mail.example.uk"')


def _srv(text: str) -> str:
    return _numbered(
        text, 3, 'an SRV record needs priority, weight, port and name: "0 5 389 dc.example.uk"'
    )


def _numbered(text: str, count: int, needs: str) -> str:
    """So many numbers and then a name, in their one form."""
    parts = text.split()
    numbers = parts[:count]
    if len(parts) != count + 1 or not all(_is_number(one) for one in numbers):
        raise ValueError(needs)
    return " ".join([*(str(int(one)) for one in numbers), normalise_site(parts[-1])])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6 and int(text) in NUMBERS


_VALUES = {
    "A": _ipv4,
    "AAAA": _ipv6,
    "CNAME": normalise_site,
    "TXT": _text,
    "PTR": normalise_site,
    "SRV": _srv,
    "MX": _mx,
}
