"""What stands in Host: anybody may write anything there, so nothing we make is built on it unless
it is a name of ours.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from appliance.domains import lies_under, normalise, normalise_site
from appliance.errors import ApplianceError, NotAName
from webadmin.frame.context import Context

NO_NAME: Final = "localhost"  # of no meaning, for the applications behind
_HERE: Final = ("local", "localhost", "home.arpa", "internal")


def read_host(host: str) -> tuple[str, str]:
    """The name and the port; no name where there is an address, or nothing that DNS could carry."""
    name, colon, port = host.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit() and len(port) < 6):
        name, port = host, ""
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]").partition("%")[0])
    except ValueError:
        try:
            return normalise(name), port
        except NotAName:
            pass
    return "", port


def is_own(name: str, context: Context) -> bool:
    """Whether this box is called so; by an address, or in its own network's way, it always is."""
    if "." not in name or any(lies_under(name, one) for one in _HERE):
        return True
    records = (record.name for record in context.config.local.records)
    if name == context.config.encrypted.name or name in records:
        return True
    try:
        school = context.live.policy().school
    except ApplianceError:
        return True  # there is nothing to explain; the page itself says so
    return name == school.appliance or any(lies_under(name, one) for one in school.domains)


def spelled(host: str) -> str:
    """The name or address in it, without a port, where it is one that may stand in a web address;
    else nothing."""
    name, port = read_host(host)
    if name:
        try:
            return normalise_site(name)
        except NotAName:
            return ""
    text = host.removesuffix(f":{port}") if port else host
    try:
        address = ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return ""
    return f"[{address}]" if address.version == 6 else str(address)
