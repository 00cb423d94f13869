"""Reports of bad sites: from somebody's words to a refused site, or to thanks."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import pytest

from appliance.policy.decide import decide
from appliance.policy.model import Who
from appliance.store import audit, cases
from appliance.store.cases import CaseFile
from appliance.store.counter import reports, telling
from appliance.store.counter.counter import open_counter, pictures
from appliance.store.counter.reports import Report, State
from appliance.store.counter.telling import Telling
from tests.store.evidence import png
from tests.webadmin.forms import send, token
from tests.webadmin.premises import Premises, premises
from tests.webadmin.staff.suspicious import DAN, case_of, look_for_attempts, settle, tries, works

HOUR, DAY = 3600, 86_400
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    with premises(tmp_path_factory.mktemp("school")) as made:
        yield made


def told(school: Premises, typed: str = "https://bad.example/page?x=1", **how: object) -> int:
    """What Zoe tells at the counter from a tablet of the school; its number."""
    words: dict[str, object] = {
        "typed": typed,
        "seen": "Somebody shows how to hurt yourself.",
        "address": ipaddress.ip_address("10.20.3.7"),
        "group": "pupils",
        "read_as": "bad.example",
    }
    with open_counter(school.folder) as counter:
        return telling.tell(
            counter,
            pictures(school.folder),
            Telling(**words | how),  # type: ignore[arg-type]
            at_ms=school.now * 1000,
            is_shared=True,
        ).id


def report(school: Premises, id: int) -> Report:
    with open_counter(school.folder) as counter:
        return reports.one(counter, id)


def is_refused(school: Premises, name: str, group: str = "pupils", later: int = 0) -> bool:
    policy, on_lists = school.live.policy(), school.live.lists_of(name)
    at = school.now + 1 + later
    return not decide(policy, Who(group), policy.facts(name, on_lists), at).allowed


def audited(school: Premises, id: int) -> list[str]:
    with school.box.look() as record:
        return [f"{one.who} {one.what}" for one in audit.look(record, subject=f"report {id}")]


BLOCK = {"names": "bad.example", "groups": ["pupils", "guests"], "answer": "Thank you: blocked."}


def test_mrs_owen_blocks_a_reported_site_for_good_in_one_step(school: Premises) -> None:
    id = told(school)
    owen = school.as_("owen")
    listed = owen.get("/reports").text
    assert "bad.example" in listed and "Somebody shows how to hurt yourself." in listed
    page = owen.get(f"/reports/{id}").text
    assert "dans-tablet" in page and "No, this is the first time." in page
    assert "open</span> for pupils" in page
    answer = send(owen, f"/reports/{id}", to=f"/reports/{id}/block", **BLOCK | {"how_long": "good"})
    assert answer.status_code == 302, answer.text
    for name in ("bad.example", "www.bad.example"):
        assert is_refused(school, name) and is_refused(school, name, "guests")
        assert not is_refused(school, name, "staff")
    with open_counter(school.folder) as counter:
        public = reports.by_reference(counter, report(school, id).reference)
    assert public and (public.state, public.answer) == (State.BLOCKED, "Thank you: blocked.")
    assert audited(school, id) == ["owen blocked"]
    assert "refused</span> for pupils" in owen.get(f"/reports/{id}").text


def test_a_block_until_a_day_ends_with_that_day(school: Premises) -> None:
    id = told(school)
    answer = send(
        school.as_("owen"),
        f"/reports/{id}",
        to=f"/reports/{id}/block",
        **BLOCK | {"how_long": "until", "until": "2026-11-25"},
    )
    assert answer.status_code == 302, answer.text
    assert report(school, id).grant_id == f"report-{id}"
    midnight = DAY + 13 * HOUR + 45 * 60 - 1  # it is 10:15 on the day before
    assert is_refused(school, "bad.example", later=midnight - 1)
    assert not is_refused(school, "bad.example", later=midnight)


@pytest.mark.parametrize(
    "how", [{"how_long": "good"}, {"how_long": "until", "until": "2026-12-01"}]
)
def test_a_block_that_was_a_mistake_is_lifted_with_one_button(
    school: Premises, how: dict[str, str]
) -> None:
    id, price = told(school), school.as_("price")
    send(price, f"/reports/{id}", to=f"/reports/{id}/block", **BLOCK | how)
    assert is_refused(school, "bad.example")
    send(price, f"/reports/{id}", to=f"/reports/{id}/reopen")
    assert not is_refused(school, "bad.example")
    assert report(school, id).state is State.LOOKING
    assert audited(school, id) == ["price reopened", "price lifted the block", "price blocked"]
    send(price, f"/reports/{id}", to=f"/reports/{id}/block", **BLOCK | how)
    assert is_refused(school, "bad.example")


def test_what_the_policy_will_not_have_waits_again_with_all_that_was_typed(
    school: Premises,
) -> None:
    id, owen = told(school), school.as_("owen")
    answer = send(
        owen,
        f"/reports/{id}",
        to=f"/reports/{id}/block",
        **BLOCK | {"names": "childline.org.uk", "how_long": "good"},
    )
    assert answer.status_code == 409
    assert "it is never closed" in answer.text and "Thank you: blocked." in answer.text
    assert report(school, id).state is State.LOOKING
    assert not is_refused(school, "childline.org.uk")
    assert audited(school, id)[0] == "owen blocked: was not put in force"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"names": ""}, "Type the address of the site"),
        ({"names": SCRIPT}, "is no address of a site"),
        ({"names": "good.example\n; DROP TABLE report"}, "is no address of a site"),
        ({"names": "x.example\n" * 3 + "\n".join(f"a{n}.example" for n in range(60))}, "the most"),
        ({"groups": []}, "Choose at least one group."),
        ({"groups": ["nobody"]}, "not a valid choice"),
        ({"how_long": "until"}, "Choose the last day"),
        ({"how_long": "until", "until": "9999-12-31"}, "too far away"),
        ({"how_long": "until", "until": "soon"}, "Not a valid date"),
    ],
)
def test_a_block_that_makes_no_sense_is_answered_with_a_sentence(
    school: Premises, wrong: dict[str, object], sentence: str
) -> None:
    id = told(school)
    form = BLOCK | {"how_long": "good"} | wrong
    answer = send(school.as_("owen"), f"/reports/{id}", to=f"/reports/{id}/block", **form)
    assert answer.status_code == 400
    assert sentence in answer.text and "<script>alert" not in answer.text
    assert report(school, id).state is State.NEW


def test_who_decides_second_hears_who_was_first(school: Premises) -> None:
    id, owen, price = told(school), school.as_("owen"), school.as_("price")
    send(owen, f"/reports/{id}", to=f"/reports/{id}/dismiss", thanks="Thank you. It is all right.")
    form = BLOCK | {"how_long": "good", "csrf_token": token(price)}
    answer = price.post(f"/reports/{id}/block", data=form, follow_redirects=True)
    assert "Mrs Owen has dismissed it already." in answer.text
    assert not is_refused(school, "bad.example")
    assert audited(school, id) == ["owen dismissed"]


def test_mr_price_takes_it_up_and_others_see_that(school: Premises) -> None:
    id, price = told(school), school.as_("price")
    send(price, "/reports", to=f"/reports/{id}/look")
    assert "looked at by Mr Price" in school.as_("owen").get("/reports").text


def test_what_is_more_than_a_site_goes_to_dr_shah_and_into_its_case(school: Premises) -> None:
    look_for_attempts(school.box)
    works(school.box, DAN)
    tries(school.box, DAN)
    settle(school.box)
    case: CaseFile = case_of(school.box, "dans-tablet")
    first, second = told(school), told(school)
    owen = school.as_("owen")
    words = "Zoe is afraid of somebody."
    send(owen, f"/reports/{first}", to=f"/reports/{first}/escalate", words=words)
    send(
        owen, f"/reports/{second}", to=f"/reports/{second}/escalate", words=words, case=str(case.id)
    )
    shah = school.as_("shah")
    listed = shah.get("/reports").text
    assert "to the safeguarding lead" in listed and f"case {case.id}" in listed
    assert words in shah.get(f"/reports/{first}").text
    with school.box.look() as record:
        entry = cases.show(record, case.id).entries[-1]
    assert entry.text == f"Report {report(school, second).reference}: {words}"
    with open_counter(school.folder) as counter:
        public = reports.by_reference(counter, report(school, first).reference)
    assert public and public.answer == ""  # nothing of what the team says among itself


def test_a_case_that_is_not_there_takes_no_report(school: Premises) -> None:
    id, owen = told(school), school.as_("owen")
    for case, sentence in (("99", "There is no case 99"), ("9" * 40, "Number must be between")):
        answer = send(owen, f"/reports/{id}", to=f"/reports/{id}/escalate", words="x", case=case)
        assert answer.status_code == 400
        assert sentence in answer.text
    assert report(school, id).state is State.NEW


def test_the_same_site_told_of_twice_is_seen_as_such(school: Premises) -> None:
    first, second = told(school), told(school)
    owen = school.as_("owen")
    assert "reported 1 more time" in owen.get("/reports").text
    assert f"/reports/{first}" in owen.get(f"/reports/{second}").text


def test_a_service_is_blocked_with_all_its_names(school: Premises) -> None:
    id = told(school, "reddit", read_as="reddit")
    page = school.as_("owen").get(f"/reports/{id}").text
    assert "reddit.com" in page and "redd.it" in page


def test_an_app_that_is_no_site_says_so(school: Premises) -> None:
    id = told(school, "the green chat app", read_as="")
    owen = school.as_("owen")
    assert "could not be read as a site" in owen.get("/reports").text
    assert "It could not be read as a site." in owen.get(f"/reports/{id}").text
    form = BLOCK | {"how_long": "good"}
    assert send(owen, f"/reports/{id}", to=f"/reports/{id}/block", **form).status_code == 302


def test_hostile_words_are_only_words(school: Premises) -> None:
    evil = f'"><img src=x onerror=alert(1)>{SCRIPT}'
    id = told(
        school,
        evil,
        seen=f"{evil} {{{{ 7*7 }}}}",
        who=f"{SCRIPT} \u202egnp.exe",
        read_as=evil,
        screenshot=png(),
        screenshot_name='x"\r\nSet-Cookie: a=b; .html',
    )
    owen = school.as_("owen")
    for path in ("/reports", f"/reports/{id}"):
        page = owen.get(path).text
        assert "<script>alert" not in page and "<img src=x" not in page and " 49" not in page
        assert "\u202e" not in page
    answer = owen.get(f"/reports/{id}/screenshot")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert audited(school, id) == ["owen downloaded the screenshot"]


def test_a_report_without_a_screenshot_has_none(school: Premises) -> None:
    id = told(school)
    assert school.as_("owen").get(f"/reports/{id}/screenshot").status_code == 404
    assert school.as_("owen").get("/reports/99").status_code == 404


def test_others_of_the_staff_see_no_report(school: Premises) -> None:
    id = told(school)
    for login in ("clark", "north", "green"):
        client = school.as_(login)
        for path in ("/reports", f"/reports/{id}", f"/reports/{id}/screenshot"):
            assert client.get(path).status_code == 403
        for what in ("look", "block", "dismiss", "escalate", "reopen"):
            answer = client.post(f"/reports/{id}/{what}", data={"csrf_token": token(client)})
            assert answer.status_code == 403


def test_the_number_beside_the_navigation_is_what_waits(school: Premises) -> None:
    told(school)
    told(school)
    assert '<span class="waits">2<' in school.as_("owen").get("/").text
