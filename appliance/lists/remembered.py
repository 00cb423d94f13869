"""The catalogue as it was last read: a thousand TOML files cost 0.3 s, one JSON file 0.02 s.

What is remembered counts only while every file of the catalogue has the size and time it had then.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from appliance import __version__
from appliance.errors import CatalogueError
from appliance.lists import catalogue
from appliance.lists.library import Library
from appliance.policy.services import (
    Catalogue,
    Category,
    CategoryKind,
    Lifeline,
    SafeSearch,
    Service,
    Source,
)

MEMORY = "catalogue.json"

_KINDS: dict[str, type] = {
    "categories": Category,
    "services": Service,
    "lifelines": Lifeline,
    "safe_search": SafeSearch,
    "sources": Source,
}
_SETS = ("domains", "hosts", "needs", "names")


def read_in_use(folder: Path | None, blocklists: Path = catalogue.SHIPPED) -> Catalogue:
    """The catalogue in use in a folder of data, with the school's own files read over it."""
    if folder is None or not folder.is_dir():
        return catalogue.read(blocklists)
    return read(folder / MEMORY, in_use(folder, blocklists), Library(folder).own)


def in_use(folder: Path, blocklists: Path = catalogue.SHIPPED) -> Path:
    """The shipped catalogue gives way to a newer edition; another that was asked for does not."""
    return Library(folder).in_use() if blocklists == catalogue.SHIPPED else blocklists


def read(memory: Path, folder: Path = catalogue.SHIPPED, own: Path | None = None) -> Catalogue:
    """The catalogue, from memory where it is still true; CatalogueError as `catalogue.read`."""
    stamp = _stamp(folder, own)
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # then it is read anew
        remembered = json.loads(memory.read_bytes())
        if remembered["stamp"] == stamp:
            return _thaw(remembered)
    known = catalogue.read(folder, own)
    with contextlib.suppress(OSError):  # a read-only disk costs 0.3 s, and nothing else
        _remember(memory, stamp, known)
    return known


def _stamp(folder: Path, own: Path | None) -> str:
    """What changes when any file of the catalogue does, or the program that reads it."""
    shape = [field.name for kind in _KINDS.values() for field in dataclasses.fields(kind)]
    facts: list[object] = [__version__, shape]
    try:
        for one in filter(None, [folder, own]):
            for path in sorted(one.rglob("*.toml")):
                status = path.stat()
                facts.append((str(path), status.st_size, status.st_mtime_ns))
    except OSError as fault:
        raise CatalogueError(str(folder), []) from fault
    return hashlib.blake2b(json.dumps(facts).encode(), digest_size=16).hexdigest()


def _remember(memory: Path, stamp: str, known: Catalogue) -> None:
    content: dict[str, Any] = {"stamp": stamp}
    for name in _KINDS:
        content[name] = [_frozen(item) for item in getattr(known, name).values()]
    new = memory.with_name(f".{memory.name}-{os.getpid()}")
    new.write_text(json.dumps(content, separators=(",", ":")))
    os.replace(new, memory)


def _frozen(item: Any) -> dict[str, Any]:
    values = {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
    return {k: sorted(v) if isinstance(v, frozenset) else v for k, v in values.items()}


def _thaw(content: dict[str, Any]) -> Catalogue:
    return Catalogue(
        **{
            name: {item["name"]: kind(**_values(item)) for item in content[name]}
            for name, kind in _KINDS.items()
        }
    )


def _values(item: dict[str, Any]) -> dict[str, Any]:
    """The values of one item, with sets and tuples where JSON has lists."""
    values: dict[str, Any] = {
        key: (frozenset(value) if key in _SETS else tuple(value))
        if isinstance(value, list)
        else value
        for key, value in item.items()
    }
    if "kind" in values and "singular" in values:
        values["kind"] = CategoryKind(values["kind"])
    return values
