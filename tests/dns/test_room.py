"""What a client has room for: no reply is longer, and a refusal is never cut off whole."""

from __future__ import annotations

from pathlib import Path

from dnslib import EDNS0, DNSHeader, DNSQuestion, DNSRecord

from tests.answering import Answering
from tests.dns.questions import options_of

WORDY = f"""
[[rule]]
id = "games"
groups = ["*"]
target = ["category:games"]
when = "always"
action = "block"
clause = "12.4"
says = "{"Games are for the afternoon, when lessons are over. " * 4}"
"""
LONGEST = ".".join(["n" * 59] * 4) + ".roblox.com"  # 253 bytes on the wire


def test_the_explanation_of_a_refusal_gives_way_to_a_long_name(tmp_path: Path) -> None:
    with Answering(tmp_path, [], WORDY) as box:
        for name in ("roblox.com", LONGEST):
            record = DNSRecord(DNSHeader(id=1, rd=1), q=DNSQuestion(name))
            record.add_ar(EDNS0(udp_len=512))
            reply = box.exchange(bytes(record.pack()))
            assert len(reply) <= 512
            read = DNSRecord.parse(reply)
            assert not read.header.tc and str(read.rr[0].rdata) == "0.0.0.0"
            assert options_of(read)[15].endswith(b"(clause 12.4)")
