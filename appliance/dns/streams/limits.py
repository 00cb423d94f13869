"""How much one client, and all of them together, may ask of a stream."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one listening socket in one worker. Memory at the worst: `connections` times the
    20 kB that one costs with TLS, plus what `unsent_bytes` and `questions` let pile up."""

    # A school of 2,000 devices, four workers, a third of the devices with a connection open.
    # Three such sockets need 3,000 descriptors: systemd gives 1,024 unless LimitNOFILE says more.
    connections: int = 1000
    # One address may be a whole building behind NAT, or a Windows server that forwards for it;
    # its own oldest connection makes room for its next one.
    connections_per_client: int = 128
    # RFC 7766 §6.2.1.1 wants pipelining, RFC 9113 §6.5.2 no fewer than 100 streams.
    questions: int = 100
    # Real ones are below 512 bytes, padded ones (RFC 8467) too; a key exchange (TKEY) may reach
    # 4 kB, and is not for us. More would only be memory that somebody fills.
    largest_question: int = 4096
    # Two of the longest answers there are: who leaves more of them unread, reads none.
    unsent_bytes: int = 128 << 10
    # What a request says of itself. A question of 4,096 bytes is 5,462 characters in a GET.
    header_bytes: int = 8 << 10
    # h2 remembers every stream of a connection. nginx says goodbye after as many.
    requests_per_connection: int = 1000
    # Resets, pings and settings, beyond what answers explain: CVE-2023-44487 needs thousands.
    nuisances: int = 100

    # TLS is agreed in two round trips; a hotspot at the far end of a field takes a second.
    greeting_seconds: float = 5.0
    # From the first byte of a question to its last: one segment, or somebody drips bytes.
    arrival_seconds: float = 5.0
    # RFC 7766 §6.2.3 speaks of seconds; Unbound and BIND give 30, which spares phones handshakes.
    rest_seconds: float = 30.0
    # Nothing in and nothing out while questions are at the desk: longer than it ever tries.
    answer_seconds: float = 15.0
    # A connection that waits for an answer makes room only if it has waited this long.
    spared_seconds: float = 1.0
