"""The desk that answers: what streams know of it, and of whoever asks there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from appliance.dns.wire import HEADER_SIZE, QR

Seat = TypeVar("Seat")  # one client as the desk knows it; streams never look inside
Reply = Callable[[bytes], None]  # called at most once, with the whole message


class Desk(Protocol[Seat]):
    """Answers messages, whatever they came by."""

    def seat(self, address: bytes) -> Seat | None:
        """The seat of a packed address; None: it may not ask."""

    def seat_of_client(self, client_id: str, address: bytes) -> Seat | None:
        """The seat of a device that named itself; None: nobody has this id."""

    def take(self, message: bytes, seat: Seat, reply: Reply) -> None:
        """Reply at once, later, or never."""


@dataclass(frozen=True, slots=True)
class Visitor(Generic[Seat]):
    """Whoever is behind one connection: an address, and the id a device gave if it gave one."""

    desk: Desk[Seat]
    address: bytes
    client_id: str = ""

    def seat(self) -> Seat | None:
        if self.client_id:
            return self.desk.seat_of_client(self.client_id, self.address)
        return self.desk.seat(self.address)

    def ask(self, message: bytes, reply: Reply) -> bool:
        """False where this visitor may not ask. The seat is looked up each time: a connection may
        outlive the policy that it was opened under."""
        seat = self.seat()
        if seat is None:
            return False
        self.desk.take(message, seat, reply)
        return True


def is_query(message: bytes) -> bool:
    """False for what nobody can reply to: no header, or an answer."""
    return len(message) >= HEADER_SIZE and not message[2] & QR >> 8
