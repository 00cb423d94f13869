"""What a school says of itself, as forms: its name, its networks, its bells. The wizard and the
pages for later share them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

from flask import request
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from appliance.endpoint import Address, Network
from appliance.policy.decisions import checking
from appliance.policy.model import School
from webadmin.frame.fields import Form, text
from webadmin.frame.proxies import is_within, read_address
from webadmin.staff.box.draft import Row

MOST_ROWS: Final = 40
MOST_NETWORKS: Final = 200
LONGEST_CELL: Final = 60
PREFIX: Final = {4: 24, 6: 64}  # of the network that an address is offered with


class SchoolForm(Form):
    name = StringField("Name of the school", [DataRequired("Type the name."), Length(max=120)])
    contact = StringField(
        "Whom to ask",
        [Length(max=500)],
        description="Stands on the page that refused devices see, such as: the e-safety team, "
        "through the school office.",
    )
    domains = TextAreaField(
        "The school's own sites",
        [Length(max=2_000)],
        description="Such as hopestreet.sch.uk, one in a line. They are open to everyone, always.",
    )

    def sites(self) -> list[str]:
        return words(text(self.domains))


def words(typed: str) -> list[str]:
    """What stands between commas, spaces and line ends."""
    return list(dict.fromkeys(filter(None, re.split(r"[\s,;]+", typed.strip()))))


def typed_networks(school: School) -> dict[str, list[str]]:
    """What the form says is whose, with this browser's own network where a group got it."""
    found = {
        group.name: words(request.form.get(f"networks-{group.name}", ""))[:MOST_NETWORKS]
        for group in school.groups
    }
    mine, group = own_network(), request.form.get("mine", "")
    if mine and group in found and str(mine) not in found[group]:
        found[group].append(str(mine))
    return found


def typed_default(school: School) -> str:
    """DecisionError where there is no such group."""
    chosen = request.form.get("default", school.default_group.name)
    checking.among("group", chosen, [group.name for group in school.groups])
    return chosen


def own_address() -> Address | None:
    """Where this browser is."""
    return read_address(request.remote_addr or "")


def own_network() -> Network | None:
    """The network that this browser is probably in: a /24, or itself alone on this very box."""
    address = own_address()
    if address is None or address.is_link_local:
        return None
    length = address.max_prefixlen if address.is_loopback else PREFIX[address.version]
    return ipaddress.ip_network(f"{address}/{length}", strict=False)


def is_placed(networks: Iterable[str]) -> bool:
    """Whether this browser's address is in one of these already."""
    found = []
    for one in networks:
        try:
            found.append(ipaddress.ip_network(one))
        except ValueError:
            continue  # unfinished: said when the form is read
    return is_within(own_address(), found)


def typed_rows() -> list[Row]:
    """The bells as they were typed, without the rows that were ticked to go."""
    columns = [request.form.getlist(key)[:MOST_ROWS] for key in ("name", "kind", "from", "to")]
    gone = set(request.form.getlist("gone"))
    found: list[Row] = []
    for number, cells in enumerate(zip(*columns, strict=False)):
        name, kind, start, end = (cell.strip()[:LONGEST_CELL] for cell in cells)
        if str(number) not in gone:
            found.append((name, kind, start, end))
    return found


def wants_a_row() -> bool:
    """The button that only makes room."""
    return request.form.get("do") == "add"


def with_room(rows: list[Row]) -> list[Row]:
    """The same, with one more row to write into; it begins when the last one ends."""
    start = rows[-1][3] if rows else "09:00"
    return [*rows, ("", "lesson", start, "")][:MOST_ROWS]
