"""What changes while a question travels, and what somebody pads a question with."""

from __future__ import annotations

from pathlib import Path

from appliance.disk import replace_file
from appliance.policy.addresses import Addresses
from appliance.policy.snapshot import ADDRESSES, digest_of
from tests.answering import Answering, question
from tests.behaviours import late
from tests.school import school
from tests.upstream import Upstream

RULE = """
[[rule]]
id = "no-games"
groups = ["guests"]
target = ["category:games"]
when = "always"
action = "block"
clause = "9"
says = "No games for guests."
"""
AS_STAFF = '[devices.lab]\ngroup = "staff"\naddresses = ["127.0.0.1"]\n'


def test_a_device_that_changes_its_group_is_answered_by_the_new_one(tmp_path: Path) -> None:
    with Upstream(otherwise=late(1.0)) as up:
        box = Answering(tmp_path, [up.plain], AS_STAFF, RULE)
        with box:
            assert str(box.ask("roblox.com").rr[0].rdata) == "192.0.2.1"
            data = Addresses.of(school(RULE)).dump()  # nobody has placed the device any more
            seats, before = box.resolver.present.seats, box.resolver.present.seats.addresses
            replace_file(tmp_path / ADDRESSES, digest_of(data).encode() + b"\n" + data)
            reply = box.ask("www.roblox.com")  # asked by the old, answered by the new
            assert seats.addresses is not before
            assert str(reply.rr[0].rdata) == "0.0.0.0"


def test_padded_questions_are_answered_and_fill_no_memory(tmp_path: Path) -> None:
    with Answering(tmp_path, []) as box:
        seats, slow = box.resolver.present.seats, box.resolver.slow
        for number in range(50):
            padding = number.to_bytes(1, "big") * 900
            assert box.exchange(question("www.tiktok.com", edns=False) + padding)
        assert not slow.styles
        assert not any(audience.ready for audience in seats.audiences.values())
        box.ask("www.tiktok.com")
        assert slow.styles
    assert len(box.events()) == 51
