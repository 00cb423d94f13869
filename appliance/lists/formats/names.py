"""Names and addresses as lists write them."""

from __future__ import annotations

import ipaddress
import re

from appliance.domains import normalise_site
from appliance.errors import NotAName
from appliance.lists.entry import Why
from appliance.suffixes import is_public_suffix

# A name that is normalised already, as nearly all are. Its length is left to be checked.
NAME = r"(?:[a-z0-9_-]{1,63}\.)+(?![0-9]+(?:[^a-z0-9_-]|\Z))[a-z0-9_-]{1,63}"

LONGEST_WRITTEN = 1_000  # characters; longer is no name, and international ones cost time

COMMENT_MARKS = ("#", "!", ";")
_COMMENT_BEHIND = re.compile(r"\s#.*")
_READY = re.compile(rf"(?=.{{3,253}}\Z){NAME}")
_ADDRESS_LIKE = re.compile(r"[0-9a-fA-F:.]+(?:%\w+)?")
_NULLS = frozenset(map(ipaddress.ip_address, ("0.0.0.0", "127.0.0.1", "::", "::1")))  # nosec B104: a word


def name_in(text: str) -> str | Why:
    """The name that this text is, in its one form; else why a list can't hold it."""
    if _READY.fullmatch(text):
        return text
    try:
        name = normalise_site(text) if len(text) <= LONGEST_WRITTEN else ""
    except NotAName:
        return _why_not(text)
    if "." not in name:
        return Why.PUBLIC_SUFFIX if is_public_suffix(name) else Why.ONE_LABEL
    return name


def _why_not(text: str) -> Why:
    if is_network(text):
        return Why.ADDRESS
    if "*" in text:
        return Why.STAR
    if "/" in text:
        return Why.PATH
    if text.rstrip(".").rpartition(".")[2].isdigit():
        return Why.NUMBER
    return Why.NOT_A_NAME


def is_address(text: str) -> bool:
    """True for 10.0.0.1, and for fe80::1%lo0."""
    return _address(text) is not None


def is_null(text: str) -> bool:
    """True for the addresses that mean "nowhere": 0.0.0.0, 127.0.0.1, ::, ::1."""
    return _address(text) in _NULLS


def is_network(text: str) -> bool:
    """True for an address and for a range such as 10.0.0.0/8."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return is_address(text)
    return True


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if not _ADDRESS_LIKE.fullmatch(text):
        return None  # most words: asking ipaddress about each would take 3 s for a million
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def without_comment(line: str) -> str:
    """The line without the blanks around it and without a comment; empty where it is all one."""
    text = line.strip()
    if text.startswith(COMMENT_MARKS):
        return ""
    return _COMMENT_BEHIND.sub("", text).rstrip() if "#" in text else text
