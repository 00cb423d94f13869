"""What evidence is asked for, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose evidence: a device's or a case's."""

    device: str = ""
    case: int = 0
    since_ms: int | None = None
    until_ms: int | None = None  # not included

    @property
    def title(self) -> str:
        return f"Case {self.case}" if self.case else f"Device {self.device}"


@dataclass(frozen=True, slots=True)
class Made:
    """Evidence, and how much of it there is."""

    data: bytes
    rows: int
    unsealed: int
    left_out: tuple[str, ...]  # attachments, each with the reason
