"""What verifying finds: in the order of the chain, the first one first."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

MOST_TOLD: Final = 100


class What(StrEnum):
    """What is wrong with a row, or with the seal itself."""

    ALTERED = "altered"
    MISSING = "missing"
    INSERTED = "inserted"
    SWAPPED = "swapped"
    SEAL = "seal"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was sealed."""

    what: What
    sentence: str
    event: str = ""  # the row, where it is one


@dataclass(slots=True)
class Findings:
    """How a record, or evidence of it, compares with its seal."""

    rows: int = 0  # as they were sealed
    unsealed: int = 0
    forgotten: int = 0
    anchors: int = 0
    faults: list[Fault] = field(default_factory=list)  # the first ones
    count: int = 0  # of all faults
    signers: list[str] = field(default_factory=list)  # public keys, in the order of their use

    @property
    def is_good(self) -> bool:
        return not self.count

    def add(self, what: What, sentence: str, event: str = "") -> None:
        self.count += 1
        if len(self.faults) < MOST_TOLD:
            self.faults.append(Fault(what, sentence, event))

    def signed_by(self, key: str) -> None:
        if key not in self.signers:
            self.signers.append(key)
