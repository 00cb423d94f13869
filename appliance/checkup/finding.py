"""What was found out about one matter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One matter: how it stands, and what would mend it."""

    matter: str
    says: str
    do: str = ""  # empty: all is well

    @property
    def is_well(self) -> bool:
        return not self.do
