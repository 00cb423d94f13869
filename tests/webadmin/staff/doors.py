"""Every door of the staff's pages: each rule with what may stand in its address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

from webadmin.staff.permissions import Permission, permission_of

NUMBERS = (0, 1, 987_654, 2**63, 10**40)  # one that may be there, some that can't
WORDS = ("no-such", "0", "x" * 3_000, "..", "%00", "a'b\"<c>", "Ä\u202e")


@dataclass(frozen=True)
class Door:
    """One rule, one method."""

    rule: Rule
    method: str
    needed: Permission | None

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    def paths(self, app: Flask) -> Iterator[str]:
        """Each address that leads to it; one where nothing in it changes."""
        urls = app.url_map.bind("localhost")
        if not self.rule.arguments:
            yield urls.build(self.rule.endpoint, method=self.method)
            return
        for number, word in zip(NUMBERS, WORDS, strict=False):
            yield urls.build(self.rule.endpoint, self._filled(number, word), method=self.method)
        for word in WORDS[len(NUMBERS) :]:
            if not self._counts:
                yield urls.build(self.rule.endpoint, self._filled(1, word), method=self.method)

    @property
    def _counts(self) -> bool:
        """Whether only numbers stand in it."""
        kinds = self.rule._converters.values()
        return all(isinstance(kind, IntegerConverter) for kind in kinds)

    def _filled(self, number: int, word: str) -> dict[str, int | str]:
        return {
            name: number if isinstance(kind, IntegerConverter) else word
            for name, kind in self.rule._converters.items()
        }


def doors(app: Flask) -> list[Door]:
    """LookupError where a page has no permission."""
    return [
        Door(rule, method, permission_of(app.view_functions[rule.endpoint]))
        for rule in sorted(app.url_map.iter_rules(), key=str)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
