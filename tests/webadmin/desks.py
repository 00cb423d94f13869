"""What people of a school do at their desks, each by the page for it."""

from __future__ import annotations

import ipaddress
from typing import Any

from flask.testing import FlaskClient

from appliance.store import cases
from appliance.store.counter import telling
from appliance.store.counter.counter import open_counter, pictures
from appliance.store.counter.telling import Telling
from tests.store.evidence import png
from tests.webadmin.forms import send, token
from tests.webadmin.premises import Premises

TODAY = "2026-12-03"
REPORTS = (
    ("https://funny-clips.example/watch?v=12", "Two videos of fights, in the middle of others", ""),
    ("a game called Blockdodge", "Somebody in the chat asked where I live.", "Zoe, 6B"),
    ("coolhomework.example", "It wants a bank card before it shows anything.", "Mr Bell"),
)


def before_this_week(school: Premises) -> None:
    """What was decided some days ago."""
    _done(
        school.as_("owen"),
        "/channels/new",
        platform="ClassDojo",
        account="Hope Street Primary",
        master_role="School administrator",
        approved="Office and class teachers",
        groups=["staff"],
        opened="2024-02-01",
        clause="5.2",
    )
    _done(
        school.as_("owen"),
        "/exemptions/new",
        what="LinkedIn",
        scopes=["device:office-pc"],
        start="2026-11-24T10:15",
        end="2026-12-18T15:15",
        reason="The office looks for a new caretaker.",
    )
    _done(
        school.as_("owen"),
        "/overrides/new",
        what="Flickr",
        scopes=["group:staff"],
        action="allow",
        start="2026-11-24T10:15",
        end="2026-12-04T15:15",
        reason="Pictures for the school's anniversary.",
    )


def at_their_desks(school: Premises) -> None:
    """Thursday morning."""
    _ask(school, "clark", "500px", "class-6b", "Lesson 2", "How two photographers use light")
    _decide(school, "owen", "approve", "Enjoy the pictures.")
    _ask(school, "bell", "Reddit", "class-5a", "Lesson 3", "What people say of our town")
    _decide(school, "price", "refuse", "Too much of it is not for children: try BBC Bitesize.")
    _ask(school, "clark", "YouTube", "class-6b", "Lesson 3", "A volcano in Iceland, filmed in 2024")
    _ask(school, "bell", "Pinterest", "ict-suite", "Lesson 3", "Collages for the winter fair")
    bell = school.as_("bell")
    bell.post(
        "/passes",
        data={"csrf_token": token(bell), "scope": "set:class-5a", "target": "service:500px"},
    )
    _done(
        school.as_("bell"),
        "/notices",
        topic="What a VPN is, and what it is for",
        scope="set:ict-suite",
        slot=f"{TODAY}|Lesson 2",
    )
    _done(
        school.as_("owen"),
        "/bans/new",
        device="ict-pc-06",
        until="2026-12-04T15:15",
        reason="Agreed with the class: this computer is only for the print queue this week.",
    )
    _tell(school)
    _work_on_cases(school)
    owen = school.as_("owen")
    owen.post(
        "/refused/views", data={"csrf_token": token(owen), "title": "VPNs", "category": "vpn"}
    )


def _done(client: FlaskClient, path: str, **values: Any) -> None:
    answer = send(client, path, **values)
    assert answer.status_code == 302, answer.text


def _ask(school: Premises, who: str, site: str, scope: str, lesson: str, aim: str) -> None:
    path = f"/ask?site={site}&scope=set:{scope}&slot={TODAY}|{lesson}"
    answer = send(school.as_(who), path, to="/ask", aim=aim)
    assert answer.status_code == 302, answer.text


def _decide(school: Premises, who: str, what: str, words: str) -> None:
    """On the newest request."""
    client = school.as_(who)
    number = max(n for n in range(1, 20) if client.get(f"/requests/{n}").status_code == 200)
    edition = {"csrf_token": token(client), "edition": "1", "words": words}
    assert client.post(f"/requests/{number}/{what}", data=edition).status_code == 302


def _tell(school: Premises) -> None:
    """At the counter; the last of it is dealt with."""
    with open_counter(school.folder) as counter:
        for minutes, (typed, seen, who) in enumerate(REPORTS):
            read_as = typed.removeprefix("https://").partition("/")[0] if "." in typed else ""
            told = Telling(
                typed=typed,
                seen=seen,
                who=who,
                read_as=read_as,
                address=ipaddress.ip_address(f"10.20.6.{minutes + 3}"),
                group="pupils",
                screenshot=b"" if minutes else png(b"seen"),
                screenshot_name="Screenshot.png",
            )
            at_ms = (school.now - 2400 + 600 * minutes) * 1000
            telling.tell(counter, pictures(school.folder), told, at_ms=at_ms, is_shared=True)
    price = school.as_("price")
    price.post("/reports/2/look", data={"csrf_token": token(price)})
    block = {"names": "coolhomework.example", "groups": ["pupils"], "how_long": "good"}
    answer = send(school.as_("owen"), "/reports/3", to="/reports/3/block", **block)
    assert answer.status_code == 302, answer.text


def _work_on_cases(school: Premises) -> None:
    with school.box.look() as record:
        found = [one for one in cases.find(record) if one.grade == "deliberate"]
    for one in found[:1]:
        path = f"/cases/{one.id}"
        said = "Spoke with the class teacher: the chromebook was shared at two tables."
        send(school.as_("owen"), path, to=f"{path}/note", text=said)
