"""What a list says: names it blocks or allows, and lines that DNS can't express."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """How far an entry reaches."""

    EXACT = "exact"  # this name only
    SUBTREE = "subtree"  # this name and all below it
    BELOW = "below"  # all below this name, as `*.x` in an RPZ zone; the contract says subtree


class Why(StrEnum):
    """Why a line adds nothing. A closed set, so that a thousand lines make one sentence."""

    PUBLIC_SUFFIX = "a public suffix: it would take in every site under it"
    ONE_LABEL = "one label only: a name of a site has a dot"
    ADDRESS = "an address: DNS is asked for names"
    NUMBER = "it ends in a number, as addresses do: not a name"
    STAR = "a * inside a name: DNS lists hold whole names"
    PATH = "a web address: DNS sees names, not pages"
    NOT_A_NAME = "not a domain name"
    PARTIAL = "part of a name: nobody can say which names it would take in"
    EXPRESSION = "a regular expression: nobody can say which names it would take in"
    PAGE = "it blocks some requests or parts of a page only: DNS can't tell them apart"
    RECORD_TYPE = "it blocks some record types only"
    CLIENT = "it blocks some devices only: the school's policy says who"
    REWRITE = "it answers with another address or name: it doesn't block"
    FORWARD = "it sends questions to another resolver: it doesn't block"
    DENYALLOW = "its $denyallow holds what can't be taken out of it"
    BADFILTER = "it takes back a rule of an AdBlock list, and this is none"
    CONDITION = "it depends on an answer's address or server, or on the device that asks"
    OUTSIDE = "it lies outside of its own zone"
    EVERYTHING = "it would block every name there is"
    SETTING = "a setting of another program, not a name"
    USAGE = "a category to allow, not to block: its usage doesn't say black"
    FOREIGN = "not a line of this format"


@dataclass(frozen=True, slots=True)
class Entry:
    """One name on a list. Important entries win over the list's other ones."""

    name: str
    scope: Scope
    allows: bool = False
    important: bool = False


@dataclass(frozen=True, slots=True)
class Unsupported:
    """One line that added nothing, or not all it says."""

    line: int
    text: str
    why: str


Found = Entry | Why  # what a format finds on one line
