"""Rules in AdBlock style, as far as DNS can follow them.

A rule with a condition that DNS can't see is left out whole: without its condition it would block
more than its author meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.domains import lies_under
from appliance.lists.entry import Entry, Found, Scope, Why
from appliance.lists.formats.names import name_in
from appliance.suffixes import is_public_suffix

HEADER = re.compile(r"\[[A-Za-z][^\]]*\]")  # [Adblock Plus 2.0]
HIDING = re.compile(r"#[@?$%]*#(?=\S)|\$\$|\$@\$")
_EXPRESSION = re.compile(r"/.*/")
_PATTERN = re.compile(r"(?P<start>\|\|?)?(?P<name>.*?)(?P<end>\^\|?|\|)?")

_WITHOUT_EFFECT = frozenset({"all", "important"})  # all kinds of request, as DNS does; a rank
_CONDITIONS = {
    "dnstype": Why.RECORD_TYPE,
    "dnsrewrite": Why.REWRITE,
    "client": Why.CLIENT,
    "ctag": Why.CLIENT,
}

Cancelled = frozenset[tuple[str, frozenset[str]]]  # rules that a $badfilter takes back


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule taken apart."""

    allows: bool
    pattern: str
    options: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Rule:
        allows = text.startswith("@@")
        pattern, _, options = text.removeprefix("@@").partition("$")
        return cls(allows, pattern, frozenset(options.split(",")) if options else frozenset())

    @property
    def cancels(self) -> bool:
        return "badfilter" in self.options

    @property
    def key(self) -> tuple[str, frozenset[str]]:
        """The same for a rule and for the $badfilter rule that takes it back."""
        return ("@@" if self.allows else "") + self.pattern, self.options - {"badfilter"}


def read_rule(text: str, cancelled: Cancelled | None) -> list[Found]:
    """What a rule blocks or allows; `cancelled` is None in lists that are not of this style."""
    if _EXPRESSION.match(text.removeprefix("@@")):
        return [Why.EXPRESSION]
    rule = Rule.of(text)
    if rule.cancels:
        return [Why.BADFILTER] if cancelled is None else []
    if cancelled and rule.key in cancelled:
        return []
    return _found(rule)


def _found(rule: Rule) -> list[Found]:
    exceptions: list[str] = []
    for option in rule.options - _WITHOUT_EFFECT:
        key, _, value = option.partition("=")
        if key != "denyallow":
            return [_CONDITIONS.get(key.removeprefix("~"), Why.PAGE)]
        exceptions += value.split("|")
    target = _target(rule.pattern)
    if isinstance(target, Why):
        return [target]
    name, scope = target
    important = "important" in rule.options
    entry = Entry(name, scope, rule.allows, important)
    if not exceptions:
        return [entry]
    spared = _spared(name, exceptions)
    if spared is None or rule.allows or scope is Scope.EXACT:
        return [Why.DENYALLOW]
    if is_public_suffix(name):
        return [Why.PUBLIC_SUFFIX]  # without the block, what it spares says nothing
    return [entry, *(Entry(one, Scope.SUBTREE, True, important) for one in spared)]


def _target(pattern: str) -> tuple[str, Scope] | Why:
    """The name that a pattern stands for, and how far it reaches."""
    match = _PATTERN.fullmatch(pattern)
    if match is None:
        return Why.NOT_A_NAME
    start, text, end = match["start"], match["name"], match["end"]
    if text.startswith(".") or text.endswith("."):
        return Why.PARTIAL  # `||ustream.`, `.clickunder.`
    is_below = text.startswith("*.") and start != "|"
    name = name_in(text[2:] if is_below else text)
    if isinstance(name, Why) and name is not Why.ONE_LABEL:
        return name
    if (start == "|" and not end) or (start is None and (end or text.startswith("-"))):
        return Why.PARTIAL  # a beginning, an end or a middle: `|ads`, `ads^`, `-web-advert-`
    if isinstance(name, Why):
        return name
    if is_below:
        return name, Scope.BELOW
    return name, Scope.SUBTREE if start == "||" else Scope.EXACT


def _spared(name: str, exceptions: list[str]) -> list[str] | None:
    """Those of $denyallow that lie under the name; the others take nothing out of it."""
    names = [name_in(one) for one in exceptions]
    if any(isinstance(one, Why) for one in names):
        return None
    return sorted({one for one in names if lies_under(one, name)})
