"""Random numbers that nobody can guess, drawn in handfuls."""

from __future__ import annotations

from random import Random, SystemRandom

HANDFUL = 512
ROLL = 3  # bytes: an id, and one to choose a socket with


class Dice:
    """A system call for each question would cost 1 µs: one for 512 of them costs nothing."""

    def __init__(self, random: Random | None = None) -> None:
        self.random = random or SystemRandom()
        self._rolls: list[bytes] = []

    def roll(self) -> bytes:
        """Three bytes."""
        if not self._rolls:
            drawn = self.random.randbytes(HANDFUL * ROLL)
            self._rolls = [drawn[at : at + ROLL] for at in range(0, len(drawn), ROLL)]
        return self._rolls.pop()

    def mix_case(self, question: bytes) -> bytes:
        """A question with each letter of its name small or capital (draft-vixie-dnsext-dns0x20):
        one more bit that a forger has to guess. Lengths are below 64, so they are no letters."""
        name, kind = question[:-4], question[-4:]
        coins = self.random.randbytes(len(name))
        mixed = bytes(
            letter ^ 0x20 if coin & 1 and 0x61 <= letter <= 0x7A else letter
            for letter, coin in zip(name, coins, strict=True)
        )
        return mixed + kind
