"""What changes while a question travels, and what somebody pads a question with."""

from __future__ import annotations

from pathlib import Path

from dnslib import DNSRecord

from appliance import config
from appliance.disk import replace_file
from appliance.policy.addresses import Addresses
from appliance.policy.model import School
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
AS_PUPIL = '[devices.lab]\ngroup = "pupils"\naddresses = ["127.0.0.1"]\n'
AS_STAFF = '[devices.lab]\ngroup = "staff"\naddresses = ["127.0.0.1"]\n'


def test_a_device_that_changes_its_group_is_answered_by_the_new_one(tmp_path: Path) -> None:
    with Upstream(otherwise=late(1.0)) as up:
        box = Answering(tmp_path, [up.plain], AS_STAFF, RULE)
        with box:
            assert told(box.ask("roblox.com")) == ["192.0.2.1"]
            place(box, school(RULE))  # nobody has placed the device any more
            # asked by the old, answered by the new
            assert told(box.ask("www.roblox.com")) == ["0.0.0.0"]


def test_a_search_that_was_asked_freely_is_answered_safely_by_then(tmp_path: Path) -> None:
    with Upstream(otherwise=late(1.0)) as up, Answering(tmp_path, [up.plain], AS_STAFF) as box:
        assert told(box.ask("www.google.co.uk")) == ["192.0.2.1"]
        place(box, school(AS_PUPIL))
        answers = told(box.ask("www.google.com"))
        assert answers == ["forcesafesearch.google.com.", "192.0.2.1"]


def test_a_record_of_the_network_manager_opens_no_refused_name(tmp_path: Path) -> None:
    records = tuple(
        config.Record(name, "CNAME", target)
        for name, target in [("clips.example", "www.tiktok.com"), ("news.example", "bbc.co.uk")]
    )
    with (
        Upstream() as up,
        Answering(tmp_path, [up.plain], local=config.Local(records=records)) as box,
    ):
        assert told(box.ask("news.example")) == ["bbc.co.uk.", "192.0.2.1"]
        assert told(box.ask("clips.example")) == ["0.0.0.0"]


def place(box: Answering, school: School) -> None:
    """Say anew who is who, as publishing does."""
    data = Addresses.of(school).dump()
    replace_file(box.folder / ADDRESSES, digest_of(data).encode() + b"\n" + data)


def told(reply: DNSRecord) -> list[str]:
    return [str(one.rdata) for one in reply.rr]


def test_padded_questions_and_those_of_streams_fill_no_memory(tmp_path: Path) -> None:
    with Answering(tmp_path, []) as box:
        seats, slow = box.resolver.present.seats, box.resolver.slow
        for number in range(50):
            padding = number.to_bytes(1, "big") * 900
            assert box.exchange(question("www.tiktok.com", edns=False) + padding)
        assert not slow.styles
        assert not any(audience.ready for audience in seats.audiences.values())
        for _ in range(50):
            box.ask("www.tiktok.com", tcp=True)
        (audience,) = seats.audiences.values()
        known = box.resolver.present.snapshot.lookup("www.tiktok.com")
        assert len(audience.ruling(known, box.clock()).bodies) == 1  # of the streams' one style
        box.ask("www.tiktok.com")
        assert slow.styles
    assert len(box.events()) == 101
