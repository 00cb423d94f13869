"""The data of SVCB and HTTPS records, RFC 9460: where a service leads, and its address hints."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Final

from appliance.dns.wire import LONGEST_LABEL, LONGEST_NAME, Malformed, Rcode

MANDATORY: Final = 0
IPV4_HINT: Final = 4
IPV6_HINT: Final = 6
ADDRESS_SIZE: Final = {IPV4_HINT: 4, IPV6_HINT: 16}

_TWO = Struct("!HH")


@dataclass(frozen=True, slots=True)
class Service:
    """One way to reach a service."""

    priority: bytes
    target: bytes  # as labels, in the case it came in; the root: the owner itself
    parameters: tuple[tuple[int, bytes], ...]

    @classmethod
    def read(cls, data: bytes) -> Service:
        """Malformed where this breaks RFC 9460 §2.2."""
        at = 2
        while size := data[at]:
            if size > LONGEST_LABEL:
                raise Malformed(Rcode.SERVFAIL)  # this target must not be compressed
            at += size + 1
        at += 1
        target = data[2:at]
        if len(target) > LONGEST_NAME:
            raise Malformed(Rcode.SERVFAIL)
        parameters: list[tuple[int, bytes]] = []
        while at < len(data):
            key, length = _TWO.unpack_from(data, at)
            at += 4
            value = data[at : at + length]
            at += length
            if at > len(data) or (parameters and key <= parameters[-1][0]):
                raise Malformed(Rcode.SERVFAIL)
            if key in ADDRESS_SIZE and (not value or length % ADDRESS_SIZE[key]):
                raise Malformed(Rcode.SERVFAIL)
            parameters.append((key, value))
        return cls(data[:2], target, tuple(parameters))

    def hints(self) -> list[bytes]:
        """Every address that is hinted at, packed."""
        return [
            value[at : at + ADDRESS_SIZE[key]]
            for key, value in self.parameters
            if key in ADDRESS_SIZE
            for at in range(0, len(value), ADDRESS_SIZE[key])
        ]

    def without_hints(self) -> bytes:
        """This as data again, without addresses; nor may it call them mandatory then."""
        data = self.priority + self.target
        for key, value in self.parameters:
            if key == MANDATORY:
                keys = [value[at : at + 2] for at in range(0, len(value), 2)]
                value = b"".join(k for k in keys if int.from_bytes(k, "big") not in ADDRESS_SIZE)
            if key not in ADDRESS_SIZE and (value or key != MANDATORY):
                data += _TWO.pack(key, len(value)) + value
        return data
