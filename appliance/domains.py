"""What a domain name is here.

Everywhere inside, a name is text in one form: lower case, A-labels, no trailing dot. DNS itself
allows any byte in a label, so a question may carry `<script>` or `=cmd()`: those are names too, odd
ones, and are answered like any other. The root is the empty name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import idna

from appliance.errors import NotAName

LONGEST_NAME = 253  # RFC 1035 §2.3.4: 255 bytes on the wire, less the first length and the root
LONGEST_LABEL = 63
LABEL_OF_A_SITE = re.compile(r"[a-z0-9_-]+\Z")  # hyphens at the ends occur in real lists


def normalise(text: str) -> str:
    """The one form of this name, or NotAName with the rule it breaks."""
    name = text.strip().lower() if text.isascii() else _to_ascii(text.strip())
    name = name.removesuffix(".")
    if name == "" and text.strip() != ".":
        raise NotAName("an empty name is no domain name")
    if len(name) > LONGEST_NAME:
        raise NotAName(f"{shorten(text)} is {len(name)} characters long: a name has at most 253")
    for label in name.split(".") if name else ():
        if not label:
            raise NotAName(f"{shorten(text)} has an empty part between two dots")
        if len(label) > LONGEST_LABEL:
            raise NotAName(f"{shorten(text)} has a part of {len(label)} characters: at most 63")
    return name


def normalise_site(text: str) -> str:
    """The one form of a name that people may write into a policy or a list: no odd bytes, no
    address, no web address."""
    name = normalise(text)
    if not all(LABEL_OF_A_SITE.match(label) for label in name.split(".")):
        raise NotAName(f"{shorten(text)} is not a domain name such as example.com")
    if name.rpartition(".")[2].isdigit():
        raise NotAName(f"{shorten(text)} ends in a number: an address is not a domain name")
    return name


def lies_under(name: str, domain: str) -> bool:
    """True for the domain itself and for all below it; netflix.com is not under x.com."""
    return name == domain or name.endswith("." + domain)


def parents(name: str) -> Iterator[str]:
    """The name, then each domain it lies under, narrowest first: a.b.c, b.c, c."""
    while name:
        yield name
        name = name.partition(".")[2]


def shorten(text: str, longest: int = 60) -> str:
    """A name as it may stand in a sentence: control characters made visible, never endless."""
    seen = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in seen)


def _to_ascii(text: str) -> str:
    """U-labels to A-labels as UTS 46 has it, so that what a person types is what a browser asks."""
    try:
        return idna.encode(text, uts46=True, transitional=False).decode("ascii").lower()
    except idna.IDNAError as error:
        raise NotAName(f"{shorten(text)} is not a valid international name") from error
    except UnicodeError as error:
        raise NotAName(f"{shorten(text)} is not a valid international name") from error
