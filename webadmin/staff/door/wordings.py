"""Help that stands beside more than one form."""

from __future__ import annotations

from typing import Final

from appliance.store.office.guesses import SHORTEST, THREE_WORDS

PASSWORD_HELP: Final = f"At least {SHORTEST} characters: {THREE_WORDS}."
