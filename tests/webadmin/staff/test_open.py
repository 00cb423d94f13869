"""What the e-safety team opens and closes by hand, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from appliance.policy.model import Who
from appliance.store import audit
from tests.webadmin.forms import send, token
from tests.webadmin.premises import POLICY, Premises, premises

PUPIL = Who("pupils", "dans-tablet", frozenset({"class-7b", "y6-ipads"}))
CLARKS = Who("staff", "ms-clarks-laptop")
NOW, LATER = "2026-11-24T10:15", "2026-11-24T14:00"
LATER_AT = 1_795_528_800


@pytest.fixture
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        yield made


def is_open(school: Premises, name: str, who: Who = PUPIL, at: int = 0) -> bool:
    return school.is_open(name, who, at)


def override(school: Premises, **how: object) -> str:
    """The page that follows."""
    wish: dict[str, object] = {
        "what": "500px",
        "scopes": ["group:pupils"],
        "action": "allow",
        "start": NOW,
        "end": LATER,
        "reason": "A photographer visits.",
    }
    client = school.as_("owen")
    answer = send(client, "/overrides/new", to="/overrides/new", **wish | how)
    return client.get(answer.headers["Location"]).text if answer.status_code == 302 else answer.text


def test_mrs_owen_opens_a_site_until_two_o_clock(school: Premises) -> None:
    page = override(school)
    assert "It is in force." in page and "A photographer visits." in page and "never used" in page
    assert is_open(school, "500px.com") and is_open(school, "500px.com", at=LATER_AT - 1)
    assert not is_open(school, "500px.com", at=LATER_AT)
    with school.box.look() as record:
        (said,) = audit.look(record)
    assert (said.who, said.what, said.after["reason"]) == (
        "owen",
        "opened",
        "A photographer visits.",
    )


def test_she_closes_one_and_ends_both_at_once(school: Premises) -> None:
    override(school)
    override(school, what="bbc.co.uk, wikipedia.org", action="block", scopes=["everyone"])
    assert not is_open(school, "www.bbc.co.uk")
    owen = school.as_("owen")
    ids = [one.id for one in school.live.policy().school.grants]
    owen.post("/overrides/end", data={"csrf_token": token(owen), "id": ids})
    assert "2 are ended." in owen.get("/overrides").text
    assert is_open(school, "www.bbc.co.uk") and not is_open(school, "500px.com")


def test_another_end_is_another_end(school: Premises) -> None:
    override(school)
    (one,) = school.live.policy().school.grants
    send(school.as_("price"), f"/overrides/{one.id}", until="2026-11-24T15:00")
    assert is_open(school, "500px.com", at=LATER_AT)


def test_what_took_two_is_not_made_longer_by_one(school: Premises) -> None:
    override(school, what="NordVPN")
    price = school.as_("price")
    send(price, "/requests/1", to="/requests/1/approve")
    send(price, "/overrides/request-1", until="2027-11-24T15:00")
    assert "takes 2 people" in price.get("/overrides/request-1").text
    assert not is_open(school, "nordvpn.com", at=LATER_AT)
    send(price, "/overrides/request-1", until="2026-11-24T11:00")
    assert not is_open(school, "nordvpn.com", at=LATER_AT - 3600 * 2)


def test_the_note_of_an_end_names_that_one_alone(school: Premises) -> None:
    override(school)
    owen = school.as_("owen")
    wish = {"what": "flickr", "scopes": ["group:pupils"], "start": NOW, "end": LATER}
    send(owen, "/exemptions/new", to="/exemptions/new", **wish, reason="For the art club.")
    ids = {one.id for one in school.live.policy().school.grants}
    assert len(ids) == 1  # each kind by its minute
    owen.post("/overrides/end", data={"csrf_token": token(owen), "id": [*ids]})
    assert is_open(school, "flickr.com") and not is_open(school, "500px.com")
    with school.box.look() as record:
        said = audit.look(record)[0]
    assert [one["reason"] for one in said.before["grants"]] == ["A photographer visits."]


def test_a_wish_of_the_team_has_no_lesson_to_choose(school: Premises) -> None:
    override(school, what="NordVPN")
    owen = school.as_("owen")
    page = owen.get("/requests/mine/1").text
    assert "Change it" not in page and "next week" not in page
    assert owen.get("/requests/mine/1/change").status_code == 404
    send(school.as_("price"), "/requests/1", to="/requests/1/approve")
    assert "Open now, until 14:00" in owen.get("/requests/mine/1").text


def test_where_the_terms_grow_stricter_the_request_waits_for_a_third(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    terms = POLICY + "\n[exemptions]\napprovals = 2\n"
    with premises(tmp_path_factory.mktemp("school"), terms) as school:
        wish = {"what": "facebook", "scopes": ["device:ms-clarks-laptop"], "start": NOW}
        send(
            school.as_("owen"),
            "/exemptions/new",
            to="/exemptions/new",
            **wish,
            end="2027-07-20T16:00",
            reason="Runs the parents' group.",
        )
        school.live.change(
            lambda policy: replace(
                policy.school,
                exemption_terms=replace(policy.school.exemption_terms, approvals=3),
            ),
            school.now,
        )
        for login, opens in (("price", False), ("shah", True)):
            send(school.as_(login), "/requests/1", to="/requests/1/approve")
            assert is_open(school, "facebook.com", CLARKS) is opens


def test_a_way_round_the_filter_takes_two(school: Premises) -> None:
    assert "This takes a second person." in override(school, what="NordVPN")
    assert not is_open(school, "nordvpn.com")
    assert "This is your own request" in school.as_("owen").get("/requests/1").text
    send(school.as_("price"), "/requests/1", to="/requests/1/approve")
    assert is_open(school, "nordvpn.com")
    (one,) = school.live.policy().school.grants
    assert one.approved_by == ("Mrs Owen", "Mr Price")


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"what": "no such thing at all"}, "is neither a service we know, nor a kind"),
        ({"end": "2026-11-23T10:00"}, "choose a later end"),
        ({"end": "soon"}, "a date and a time"),
        ({"reason": ""}, "Write why"),
        ({"scopes": []}, "Choose at least one."),
        ({"scopes": ["device:nobodys"]}, "Choose at least one."),
        ({"what": "<script>alert(1)</script>"}, "neither a service"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    school: Premises, wrong: dict[str, object], said: str
) -> None:
    if wrong.get("scopes") == ["device:nobodys"]:
        said = "valid choice"
    page = override(school, **wrong)
    assert said in page and "<script>alert" not in page
    assert "A photographer visits." in page or "reason" in wrong
    assert school.live.policy().school.grants == ()


def test_a_stale_page_ends_nothing(school: Premises) -> None:
    override(school)
    owen = school.as_("owen")
    owen.post("/overrides/end", data={"csrf_token": token(owen), "id": ["gone"]})
    assert "any more" in owen.get("/overrides").text
    assert is_open(school, "500px.com")


def test_where_an_exemption_takes_two_a_colleague_approves_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    terms = POLICY + "\n[exemptions]\napprovals = 2\nrisk_assessment = true\n"
    with premises(tmp_path_factory.mktemp("school"), terms) as school:
        owen = school.as_("owen")
        wish = {
            "what": "facebook",
            "scopes": ["device:ms-clarks-laptop"],
            "start": NOW,
            "end": "2027-07-20T16:00",
            "reason": "Runs the parents' group.",
        }
        page = send(owen, "/exemptions/new", to="/exemptions/new", **wish)
        assert "please write one" in page.text
        assessed = wish | {"risk_assessment": "Comments are read daily."}
        answer = send(owen, "/exemptions/new", to="/exemptions/new", **assessed)
        assert answer.status_code == 302 and not is_open(school, "facebook.com", CLARKS)
        send(school.as_("shah"), "/requests/1", to="/requests/1/approve")
        assert is_open(school, "facebook.com", CLARKS)
        assert "Runs the parents&#39; group." in owen.get("/exemptions").text


def test_the_pass_list_decides_what_a_teacher_opens(school: Premises) -> None:
    owen, clark = school.as_("owen"), school.as_("clark")
    send(owen, "/pass-list", what="flickr")
    assert "Open Flickr" in clark.get("/passes").text
    tap = {"csrf_token": token(clark), "target": "service:500px", "scope": "set:y6-ipads"}
    clark.post("/passes", data=tap | {"room": "Year 12"})
    assert is_open(school, "500px.com")
    owen.post("/pass-list/remove", data={"csrf_token": token(owen), "target": "service:500px"})
    assert not is_open(school, "500px.com")
    assert "Open 500px" not in clark.get("/passes").text


def test_the_register_opens_its_platform_until_it_is_closed(school: Premises) -> None:
    owen = school.as_("owen")
    entry: dict[str, object] = {
        "platform": "Facebook",
        "account": "=Bellgate Primary",
        "master_role": "School business manager",
        "approved": "The office",
        "groups": ["staff"],
        "opened": "2026-11-01",
    }
    assert send(owen, "/channels/new", "", **entry).status_code == 302
    assert is_open(school, "facebook.com", CLARKS) and not is_open(school, "facebook.com")
    assert "'=Bellgate Primary" in owen.get("/channels/register.csv").text
    page = owen.get("/channels").text
    key = page.rpartition('href="/channels/')[2].partition('"')[0]
    send(owen, f"/channels/{key}", to=f"/channels/{key}/close")
    assert not is_open(school, "facebook.com", CLARKS)
    assert "=Bellgate Primary" in owen.get("/channels").text


def test_a_banned_device_gets_help_lines_only(school: Premises) -> None:
    owen = school.as_("owen")
    form = {
        "device": "dans-tablet",
        "until": LATER,
        "reason": "Agreed with the head.",
        "clause": "7.2",
    }
    assert send(owen, "/bans/new", to="/bans/new", **form).status_code == 302
    assert not is_open(school, "www.bbc.co.uk")
    assert is_open(school, "www.childline.org.uk")
    assert is_open(school, "www.bbc.co.uk", Who("pupils"))
    (ban,) = school.live.policy().school.bans
    send(owen, "/bans", to=f"/bans/{ban.id}/end")
    assert is_open(school, "www.bbc.co.uk")


@pytest.mark.parametrize("login", ["clark", "north", "green"])
@pytest.mark.parametrize(
    "path", ["/overrides", "/exemptions", "/pass-list", "/channels", "/bans", "/overrides/new"]
)
def test_others_may_not(school: Premises, login: str, path: str) -> None:
    assert school.as_(login).get(path).status_code == 403
