"""DIR/keys: the key that this box seals its record with, and every one it ever had.

`record.key` is the private one: made at the first start, readable by its owner only, and replaced
when another takes its place. `record.keys` has a line for each public one, the oldest first: key,
day, and the signature over both by the key before it. So whoever knows an old fingerprint can tell
that a newer key is this box's.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.disk import faults_as, replace_file
from appliance.errors import SigningKeyError
from appliance.keys import (
    OWNER_ONLY,
    fingerprint,
    is_signed,
    key_file,
    new_key,
    public_key,
    read_key,
    read_public_key,
)

FOLDER: Final = "keys"
PRIVATE: Final = "record.key"
PUBLIC: Final = "record.keys"
PRIVATE_FOLDER: Final = 0o700
LARGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Known:
    """A public key of this box."""

    key: str
    since: datetime.date
    signature: str  # by the key before it; by itself for the first

    @property
    def line(self) -> str:
        return f"{self.key} {self.since} {self.signature}\n"

    def follows(self, before: str) -> bool:
        """True where the owner of the key before has signed this one."""
        return is_signed(_claim(self.key, self.since), bytes.fromhex(self.signature), before)


class Keyring:
    """One data folder's keys."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER
        self.private = self.folder / PRIVATE
        self.public = self.folder / PUBLIC

    def known(self) -> tuple[Known, ...]:
        """Every key that this box ever had, the oldest first; none where it never sealed."""
        if not self.public.exists():
            return ()
        with faults_as(SigningKeyError, self.public), self.public.open("rb") as file:
            data = file.read(LARGEST)
        try:
            return read_known(data.decode("ascii"))
        except ValueError as fault:
            raise SigningKeyError(f"{self.public} is damaged: {fault}") from fault

    def key(self, today: datetime.date) -> Ed25519PrivateKey:
        """The one in use; made where there is none yet."""
        if not self.private.exists():
            if self.known():
                raise SigningKeyError(
                    f"{self.private} is gone, and nothing can be sealed: put it back from a backup "
                    "of the keys folder, or begin a new one with bellgate seal rotate --lost"
                )
            return self._begin(new_key(), None, today)
        key = read_key(self.private)
        if public_key(key) not in {one.key for one in self.known()}:
            self._tell(key, key, today)  # killed between the two files, or put there by hand
        return key

    def rotate(self, today: datetime.date, *, is_lost: bool = False) -> str:
        """Take a new key from now on; the public key. The old one can never sign again."""
        old = None if is_lost else self.key(today)
        return public_key(self._begin(new_key(), old, today))

    def _begin(
        self, key: Ed25519PrivateKey, old: Ed25519PrivateKey | None, today: datetime.date
    ) -> Ed25519PrivateKey:
        with faults_as(SigningKeyError, self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            new = self.private.with_name(f".{PRIVATE}.new")
            new.unlink(missing_ok=True)
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
            with os.fdopen(handle, "wb") as file:
                file.write(key_file(key))
                file.flush()
                os.fsync(file.fileno())
            self._tell(key, old or key, today)  # first: a public key too many does no harm
            os.replace(new, self.private)
        return key

    def _tell(self, key: Ed25519PrivateKey, by: Ed25519PrivateKey, today: datetime.date) -> None:
        name = public_key(key)
        one = Known(name, today, by.sign(_claim(name, today)).hex())
        lines = "".join(known.line for known in (*self.known(), one))
        with faults_as(SigningKeyError, self.public):
            replace_file(self.public, lines.encode())


def read_known(text: str) -> tuple[Known, ...]:
    """ValueError where a line is none of ours."""
    found = []
    for line in text.splitlines():
        key, day, signature = line.split(" ")
        bytes.fromhex(signature)
        found.append(Known(read_public_key(key), datetime.date.fromisoformat(day), signature))
    return tuple(found)


def followers(keys: Sequence[Known], trusted: str) -> set[str]:
    """The keys that can be believed by who knows the fingerprint of one of them, or the key: that
    one, and each that was signed by one that can."""
    wanted = trusted.replace(" ", "").lower()
    believed = {
        one.key for one in keys if wanted in (one.key, fingerprint(one.key).replace(" ", ""))
    }
    for before, one in zip(keys, keys[1:], strict=False):
        if before.key in believed and one.follows(before.key):
            believed.add(one.key)
    return believed


def _claim(key: str, since: datetime.date) -> bytes:
    return f"bellgate record key 1\n{key} {since}\n".encode()
