"""A record of what was seen, one JSON object a line, on its way to becoming observations."""

from __future__ import annotations

import datetime
import ipaddress
import json
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from appliance.detection.observation import ALLOWED, REFUSED, RESTRICTED, News, Observation, Via
from appliance.domains import normalise, shorten
from appliance.errors import NotAName, ObservedError
from appliance.policy.clock import SchoolClock
from appliance.tables import YEARS

STDIN = "-"
LONGEST_LINE = 65_536  # an event of ours has 200 bytes: what is longer is another file
ACTIONS = (ALLOWED, REFUSED, RESTRICTED)
MILLISECONDS = 10**11  # seconds reach this in the year 5138


class Reader:
    """Reads one record by one school's clock."""

    def __init__(self, file: str, clock: SchoolClock) -> None:
        self.file = file
        self.clock = clock
        self._hour = lru_cache(maxsize=512)(self._instant)

    def __iter__(self) -> Iterator[Observation]:
        """Each observation; ObservedError at the first line that is none."""
        if self.file == STDIN:
            yield from self._lines(sys.stdin.buffer)
            return
        try:
            with Path(self.file).open("rb") as file:
                yield from self._lines(file)
        except OSError as fault:
            raise ObservedError(f"{self.file}: {fault.strerror or 'it can not be read'}") from fault

    def error(self, number: int, problem: str) -> ObservedError:
        name = "standard input" if self.file == STDIN else shorten(self.file)
        return ObservedError(f"{name}, line {number:,}: {problem}")

    def _lines(self, file: BinaryIO) -> Iterator[Observation]:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if line.isspace():
                continue
            try:
                yield self._observation(line)
            except (ValueError, NotAName, RecursionError) as fault:
                raise self.error(number, _reason(fault)) from fault

    def _observation(self, line: bytes) -> Observation:
        found = json.loads(line)
        if not isinstance(found, dict):
            raise ValueError("not a JSON object")
        device = found.get("device")
        if not isinstance(device, str) or not device.strip():
            raise ValueError('"device" is missing, or no text: which device was it?')
        at, group = self._at(found.get("at")), found.get("group") or ""
        if not isinstance(group, str):
            raise ValueError('"group" will not do: a text, such as "pupils"')
        via = found.get("via", Via.DNS)
        if via == Via.DNS:
            return self._question(found, at, device, group)
        if via == Via.NFLOG:
            return self._packet(found, at, device, group)
        if via == Via.LAN:
            what = _one_of(found, "what", tuple(News))
            detail = str(found.get("mac") or "")
            return Observation(at, device, group, Via.LAN, what=what, detail=detail)
        raise ValueError(f'"via" will not do: one of {", ".join(Via)}')

    @staticmethod
    def _question(found: dict[str, Any], at: int, device: str, group: str) -> Observation:
        name, qtype = found.get("name"), found.get("type", "A")
        if not isinstance(name, str):
            raise ValueError('"name" is missing, or no text')
        if not isinstance(qtype, (str, int)):
            raise ValueError('"type" will not do: such as "A"')
        action = _one_of(found, "action", ACTIONS)
        return Observation(at, device, group, Via.DNS, _normal(name), str(qtype).upper(), action)

    @staticmethod
    def _packet(found: dict[str, Any], at: int, device: str, group: str) -> Observation:
        dst, port, proto = found.get("dst"), found.get("port"), found.get("proto", "")
        if not isinstance(dst, str):
            raise ValueError('"dst" is missing, or no text')
        if not isinstance(port, int) or isinstance(port, bool) or port not in range(65_536):
            raise ValueError('"port" will not do: a number up to 65535')
        return Observation(
            at, device, group, Via.NFLOG, dst=_address(dst), port=port, proto=str(proto).lower()
        )

    def _at(self, text: object) -> int:
        """Seconds since 1970; a moment without an offset is by the school's clock."""
        if isinstance(text, (int, float)) and not isinstance(text, bool):
            if not 0 <= text < 10**14:
                raise ValueError('"at" will not do: a moment such as 2026-11-24T10:15:00')
            return int(text / 1000 if text >= MILLISECONDS else text)
        if not isinstance(text, str):
            raise ValueError('"at" is missing: a moment such as 2026-11-24T10:15:00')
        try:
            when = datetime.datetime.fromisoformat(text)
        except ValueError as fault:
            raise ValueError('"at" will not do: a moment such as 2026-11-24T10:15:00') from fault
        if when.year not in YEARS:
            raise ValueError(f'"at" will not do: the year {when.year} is not one of ours')
        if when.tzinfo is not None:
            return int(when.timestamp())
        hour = self._hour(when.replace(minute=0, second=0, microsecond=0))
        return hour + when.minute * 60 + when.second

    def _instant(self, hour: datetime.datetime) -> int:
        return self.clock.instant(hour)


@lru_cache(maxsize=65_536)
def _normal(name: str) -> str:
    return normalise(name) if name != "." else ""


@lru_cache(maxsize=65_536)
def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as fault:
        raise ValueError(f'"dst" will not do: {shorten(text)} is no address') from fault


def _one_of(found: dict[str, Any], key: str, choices: tuple[str, ...]) -> str:
    value = found.get(key)
    if value not in choices:
        raise ValueError(f'"{key}" will not do: one of {", ".join(choices)}')
    return str(value)


def _reason(fault: Exception) -> str:
    if isinstance(fault, json.JSONDecodeError):
        return f"not JSON: {fault.msg[:1].lower()}{fault.msg[1:]}"
    if isinstance(fault, UnicodeDecodeError):
        return "not UTF-8 text"
    return "nested too deep" if isinstance(fault, RecursionError) else str(fault)
