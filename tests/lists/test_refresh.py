"""Refreshing: whatever a server does, the last good copy stays and one sentence says why."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appliance.lists.packing import ENDINGS
from appliance.lists.refresh import Outcome, Result
from appliance.lists.shelf import Record
from appliance.publish import list_files
from tests.lists import hostile
from tests.lists.hostile import Answer, Box, ListServer, moves_to, names, says, sends

ROOT = Path(__file__).resolve().parents[2]

HARM: dict[str, tuple[Answer, str]] = {
    "drip": (hostile.drips, "the list was not here after 0.6 seconds"),
    "drip of headers": (hostile.drips_headers, "the list was not here after 0.6 seconds"),
    "silence": (hostile.falls_silent, "the server sent nothing for 0.3 seconds"),
    "endless": (hostile.never_ends, "the list is larger than 0.2 MB: no list is so large"),
    "announced": (hostile.announces_too_much, "the list is larger than 0.2 MB"),
    "loop": (moves_to("/list.txt"), "the server sends us on and on: more than 5 redirects"),
    "file": (moves_to("file:///etc/passwd"), "sends us to file:///etc/passwd, which is no web"),
    "inside": (moves_to("http://192.168.1.1/"), "192.168.1.1 is not on the internet"),
    "page": (sends(b"<html>", Content_Type="text/html"), "sent a web page instead of a list"),
    "page in disguise": (sends(b"\n<!DOCTYPE html>\n" + names(50)), "sent a web page instead"),
    "bomb": (sends(hostile.BOMB, Content_Encoding="gzip"), "the list is larger than 0.2 MB"),
    "packed bomb": (sends(hostile.BOMB), "the list unpacks to more than 0.2 MB"),
    "truncated": (hostile.breaks_off, "the list broke off before its end"),
    "truncated chunks": (hostile.breaks_off_between_chunks, "the list broke off before its end"),
    "truncated gzip": (hostile.breaks_off_in_gzip, "the list broke off before its end"),
    "truncated file": (sends(gzip.compress(names(99))[:90]), "the list broke off before its end"),
    "damaged gzip": (sends(b"x" * 99, Content_Encoding="gzip"), "the list arrived damaged"),
    "gone": (says(404), "the server has no list at this address (answer 404)"),
    "broken": (says(500), "the server has a fault of its own (answer 500)"),
    "hung up": (hostile.hangs_up, "the server hung up without an answer"),
    "gibberish": (hostile.speaks_gibberish, "the server does not keep to HTTP"),
    "empty": (sends(b""), "the server sent 0 names"),
    "shrunk": (sends(names(10)), "sent 10 names, and this list never has fewer than 20"),
    "halved": (sends(names(50)), "the server sent 50 names where there were 100"),
    "grown": (sends(names(1000)), "the server sent 1,000 names where there were 100"),
}

LIMITS = {
    "drip": hostile.HURRIED,
    "drip of headers": hostile.HURRIED,
    "silence": hostile.IMPATIENT,
}


@pytest.fixture
def subscribed(box: Box, server: ListServer) -> Box:
    """A box with a copy of three days ago: 100 names."""
    address = server.serve(sends(names(100), ETag='"good"'))
    box.subscribe("casinos", address)
    assert only(box.refresh(days_ago=3)).result is Result.REFRESHED
    return box


def only(outcomes: list[Outcome]) -> Outcome:
    (outcome,) = outcomes
    return outcome


def copy_of(box: Box, name: str = "casinos") -> bytes:
    copy = box.shelf.copy(name)
    assert copy is not None
    return copy.read_bytes()


@pytest.mark.parametrize("kind", HARM)
def test_the_last_good_copy_stays_and_one_sentence_says_why(
    subscribed: Box, server: ListServer, kind: str
) -> None:
    answer, sentence = HARM[kind]
    server.serve(answer)
    limits = LIMITS.get(kind, hostile.SMALL)
    assert only(subscribed.refresh(days_ago=1, limits=limits)).result is Result.FAILED
    assert copy_of(subscribed) == names(100)
    code, shown = subscribed.run("show")
    said = shown.splitlines()[1]
    weekday = subscribed.policy.clock.local(subscribed.now - 3 * hostile.DAY).strftime("%A")
    assert code == 0
    assert said.startswith("  could not be refreshed since yesterday: ")
    assert sentence in said
    assert said.endswith(f"; the copy of {weekday} stays")
    assert not any((subscribed.folder / "lists" / ".arriving").glob("*"))


def test_a_server_that_mends_its_ways_is_believed_again(
    subscribed: Box, server: ListServer
) -> None:
    server.serve(says(500))
    subscribed.refresh(days_ago=2)
    subscribed.refresh(days_ago=1)
    failing = subscribed.shelf.record("casinos")
    assert failing.failing_since == subscribed.now - 2 * hostile.DAY
    server.serve(sends(names(110)))
    assert only(subscribed.refresh()).result is Result.REFRESHED
    assert copy_of(subscribed) == names(110)
    _, shown = subscribed.run("show")
    assert "110 names, fetched today " in shown


def test_what_has_not_changed_stays_and_counts_as_fresh(
    subscribed: Box, server: ListServer
) -> None:
    server.serve(says(304))
    assert only(subscribed.refresh()).result is Result.UNCHANGED
    assert server.asked[-1][1]["If-None-Match"] == '"good"'
    _, shown = subscribed.run("show")
    assert "100 names, fetched " in shown
    assert ", still the newest today " in shown


def test_a_list_that_was_not_believed_leaves_no_mark(subscribed: Box, server: ListServer) -> None:
    """Else the server would say "unchanged" of a list that we never took."""
    server.serve(sends(names(1000), ETag='"absurd"'))
    subscribed.refresh(days_ago=1)
    subscribed.refresh()
    assert server.asked[-1][1]["If-None-Match"] == '"good"'


def test_somebody_vouches_for_a_sharp_change(subscribed: Box, server: ListServer) -> None:
    server.serve(sends(names(1000)))
    assert only(subscribed.refresh(believe=["casinos"])).result is Result.REFRESHED
    assert copy_of(subscribed) == names(1000)


def test_nobody_can_vouch_for_a_list_of_ten_names(subscribed: Box, server: ListServer) -> None:
    server.serve(sends(names(10)))
    assert only(subscribed.refresh(believe=["casinos"])).result is Result.FAILED


def test_a_list_is_fetched_when_it_is_due(subscribed: Box, server: ListServer) -> None:
    subscribed.refresh(days_ago=1)
    asked = len(server.asked)
    subscribed.now -= hostile.DAY - 3600
    assert only(subscribed.refresh()).result is Result.NOT_DUE
    assert len(server.asked) == asked
    assert only(subscribed.refresh(force=True)).result is Result.REFRESHED
    assert "If-None-Match" not in server.asked[-1][1]


def test_a_clock_that_was_set_back_makes_lists_due(subscribed: Box) -> None:
    assert only(subscribed.refresh(days_ago=30)).result is Result.REFRESHED


def test_another_address_is_another_list(box: Box, server: ListServer) -> None:
    box.subscribe("casinos", server.serve(sends(names(100), ETag='"old"')))
    box.refresh()
    address = server.serve(sends(names(1000)), "/full.txt")
    sources = box.folder / "blocklists" / "sources.toml"
    sources.write_text(sources.read_text().replace(f"{server.origin}/list.txt", address))
    assert only(box.refresh()).result is Result.REFRESHED
    assert "If-None-Match" not in server.asked[-1][1]


def test_one_hung_server_holds_up_nobody(box: Box, server: ListServer) -> None:
    box.subscribe("hung", server.serve(hostile.falls_silent, "/hung"))
    for name in ("cards", "dice", "horses"):
        box.subscribe(name, server.serve(sends(names(30)), f"/{name}"))
    outcomes = box.refresh(limits=hostile.IMPATIENT)
    assert outcomes[-1].name == "hung"
    assert [outcome.result for outcome in outcomes] == [*[Result.REFRESHED] * 3, Result.FAILED]
    _, shown = box.run("show", "hung")
    assert "could not be fetched: the server sent nothing" in shown
    assert "there is no copy yet" in shown


def test_over_blocks_are_told_and_lifelines_are_named(box: Box, server: ListServer) -> None:
    listed = b"www.childline.org.uk\nwww.example.sch.uk\nexample.com\nbbc.co.uk\nwww.tiktok.com\n"
    box.subscribe("casinos", server.serve(sends(names(30) + listed)))
    found = {(one.name, str(one.why)) for one in only(box.refresh()).over_blocks}
    assert {
        ("childline.org.uk", "lifeline"),
        ("example.sch.uk", "school"),
        ("sums.example.com", "opened"),
        ("bbc.co.uk", "needed"),
    } <= found
    _, shown = box.run("show")
    assert "over-blocks childline.org.uk (a lifeline: it stays open all the same)" in shown
    assert "over-blocks example.sch.uk (the school's own: it stays open all the same)" in shown
    assert "over-blocks sums.example.com (the policy opens it by name)" in shown
    (line,) = box.run("show", "--json")[1].splitlines()
    told = json.loads(line)
    assert told["state"] == "fresh"
    assert told["adds"]["count"] == 32  # 30 casinos, example.com, bbc.co.uk; TikTok was ours
    assert {"name": "childline.org.uk", "why": "lifeline", "entry": "www.childline.org.uk"} in told[
        "over_blocks"
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_publish_finds_the_copy(box: Box, server: ListServer, packed: bool) -> None:
    box.subscribe("casinos", server.serve(sends(names(30))))
    box.refresh(days_ago=2)
    if packed:
        server.serve(sends(gzip.compress(names(31))))
        box.refresh()
    ending = ".txt.gz" if packed else ".txt"
    copy = box.folder / "lists" / f"casinos{ending}"
    assert list_files(box.policy, box.folder) == ({"casinos": copy}, ())
    copies = [path for end in ENDINGS for path in copy.parent.glob(f"casinos{end}")]
    assert copies == [copy]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"names": "many"}', b'{"what": 1}'])
def test_a_damaged_record_is_mended_by_the_next_refresh(subscribed: Box, damage: bytes) -> None:
    (subscribed.folder / "lists" / "casinos.json").write_bytes(damage)
    assert subscribed.shelf.record("casinos") == Record()
    assert "never been refreshed" in subscribed.run("show")[1]
    assert only(subscribed.refresh()).result is Result.REFRESHED


def test_the_power_goes_while_a_list_arrives(subscribed: Box, server: ListServer) -> None:
    server.serve(hostile.drips)
    server.was_asked.clear()
    command = [sys.executable, "-m", "appliance", "lists", "refresh", "--force"]
    with subprocess.Popen([*command, *subscribed.where()], cwd=ROOT) as process:
        assert server.was_asked.wait(20)
        time.sleep(0.2)  # some bytes are on the disk by now
        os.kill(process.pid, signal.SIGKILL)
    assert copy_of(subscribed) == names(100)
    server.serve(sends(names(101)))
    assert only(subscribed.refresh()).result is Result.REFRESHED
    assert copy_of(subscribed) == names(101)
    assert not (subscribed.folder / "lists" / ".arriving").exists()


def test_the_command_says_how_each_list_fared(box: Box, server: ListServer) -> None:
    box.subscribe("casinos", server.serve(sends(names(30)), "/casinos"))
    code, said = box.run("refresh")
    assert code == 0
    assert said.startswith("casinos: 30 names, fetched today ")
    assert box.run("refresh")[1].startswith("casinos: not due yet: 30 names")
    server.serve(says(404), "/casinos")
    code, said = box.run("refresh", "--force", "--json")
    told = json.loads(said)
    assert code == 1
    assert (told["result"], told["state"], told["names"]) == ("failed", "failing", 30)
    assert told["failure"] == "the server has no list at this address (answer 404)"


def test_a_policy_without_lists_has_nothing_to_refresh(box: Box, server: ListServer) -> None:
    box.subscribe("casinos", server.serve(sends(names(30))))
    box.document.write_text(hostile.POLICY.format(lists=""))
    assert box.run("refresh") == (
        0,
        'No public list is in use: a group of the policy subscribes with lists = ["…"].\n',
    )
    assert "casinos: The list casinos" in box.run("show", "casinos")[1]
