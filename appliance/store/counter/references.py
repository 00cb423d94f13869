"""References: what somebody keeps of a report. Short, sayable, and nobody guesses one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Final

# Nothing that looks like something else, and no vowel: no word may come of it. 28 of 8 are 38 bits:
# with 10,000 reports kept, one guess in forty million finds any.
SIGNS: Final = "23456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 8
_HALF: Final = LENGTH // 2

Choose = Callable[[Sequence[str]], str]


def new_reference(choose: Choose = secrets.choice) -> str:
    return "".join(choose(SIGNS) for _ in range(LENGTH))


def spelled(reference: str) -> str:
    """As people are shown it: K7QX-4MPD."""
    return f"{reference[:_HALF]}-{reference[_HALF:]}"


def read_reference(text: str) -> str:
    """As it is kept, however it was typed; empty where this is none."""
    signs = "".join(one for one in text.upper() if one not in " -–\t.")[: LENGTH + 1]
    return signs if len(signs) == LENGTH and all(one in SIGNS for one in signs) else ""
