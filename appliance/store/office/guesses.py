"""What is guessed first: passwords that keep nobody out, however long they are.

Three words drawn by chance are good (NCSC): so length is asked for, and no digits, capitals or
signs, which only lead to "Password2026!". What is left to refuse is what somebody tries who knows
the school.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

SHORTEST: Final = 12
LONGEST: Final = 256  # hashing a novel would cost the Pi more than it does the guesser
FEWEST_SIGNS: Final = 5  # different ones
OWN_LETTERS: Final = 5  # that have to be left where words that anybody tries are taken out

THREE_WORDS: Final = "three words that have nothing to do with one another do well"

# of the public lists of passwords that were stolen: their words, and runs of keys of twelve or more
COMMONEST: Final = (
    "correcthorsebatterystaple",
    "threerandomwords",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiopasdfghjkl",
    "qwertyuiopasdf",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb",
    "1q2w3e4r5t6y",
    "abcdefghijklmnopqrstuvwxyz",
    "abcdefghijkl",
    "abcdefgh",
    "administrator",
    "networkmanager",
    "headteacher",
    "safeguarding",
    "liverpool",
    "manchester",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "superman",
    "starwars",
    "pokemon",
    "minecraft",
    "iloveyou",
    "changeme",
    "passwort",
    "password",
    "passw0rd",
    "p4ssw0rd",
    "letmein",
    "welcome",
    "bellgate",
    "chelsea",
    "arsenal",
    "teacher",
    "dragon",
    "monkey",
    "school",
    "summer",
    "winter",
    "spring",
    "autumn",
    "qwerty",
    "secret",
    "admin",
    "login",
)


def fault_of(password: str, known: Iterable[str] = ()) -> str:
    """Why this can't be a password, in one sentence; empty: it can. `known` is what anybody knows:
    the school's name, the login, their own name."""
    if len(password) < SHORTEST:
        return f"this password is too short: at least {SHORTEST} characters; {THREE_WORDS}"
    if len(password) > LONGEST:
        return f"this password is too long: at most {LONGEST} characters"
    if len(set(password.casefold())) < FEWEST_SIGNS:
        return f"this password repeats the same few characters: {THREE_WORDS}"
    plain = _plain(password)
    is_row_of_digits = bool(plain) and plain.isdigit() and plain in "1234567890" * LONGEST
    if is_row_of_digits or _is_mostly(plain, known):
        return f"this password is among the first that anybody would try: {THREE_WORDS}"
    return ""


def _is_mostly(plain: str, known: Iterable[str]) -> bool:
    """Whether it is little more than words that anybody tries."""
    words = [_plain(one) for text in known for one in (text, *text.replace("@", " ").split())]
    rest = plain
    for word in sorted({*words, *COMMONEST}, key=len, reverse=True):
        if len(word) >= 4:
            rest = rest.replace(word, "")
    return rest != plain and sum(not sign.isdigit() for sign in rest) < OWN_LETTERS


def _plain(text: str) -> str:
    """Its letters and digits, without case and accents."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parted if sign.isalnum())
