"""Hostile words in every question that a page takes: shown as words, or not at all."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.webadmin.hostile.inert import assert_safe
from tests.webadmin.hostile.sending import Attempt, Browser, send
from tests.webadmin.hostile.words import WORDS
from tests.webadmin.premises import Premises
from webadmin.staff.permissions import TABLE, permission_of

KEYS = (
    "site app name device group set service category rule period on time since until match before "
    "after q scope room slot change next reference told picture span for decided_by why tab"
).split()  # fmt: skip
ASKED = {
    "staff": (
        "/refused",
        "/refused/new",
        "/why",
        "/ask",
        "/ask/suggestions",
        "/passes",
        "/sign-in",
    ),
    "public": ("/why", "/report", "/ask", "/asked", "/report/find"),
}


def query(words: str, *keys: str) -> str:
    return urlencode({key: words for key in keys}, errors="surrogatepass")


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("key", ["all at once", "one by one"])
def test_hostile_words_in_an_address_stay_words(
    school: Premises, people: dict[str, Browser], kind: str, key: str
) -> None:
    main = {"/refused": "name", "/why": "name", "/ask": "site", "/ask/suggestions": "q",
            "/sign-in": "next", "/report": "site", "/asked": "site"}  # fmt: skip
    for to in ("staff", "public"):
        for path in ASKED[to]:
            keys = KEYS if key == "all at once" else [main.get(path, "reference")]
            if (to, path, key) == ("public", "/why", "one by one"):
                keys = ["site"]
            attempt = Attempt(kind, to, f"{path}?{query(WORDS[kind], *keys)}")
            answer = send(school, attempt, people["owen"])
            assert_safe(answer, school)
            assert "1337" not in answer.text, path


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize("kind", WORDS)
def test_hostile_words_as_the_name_we_are_called_by_stay_words(school: Premises, kind: str) -> None:
    host = WORDS[kind].encode("utf-8", "surrogatepass").decode("latin-1")
    for accept in ("text/html", "application/json", "text/plain", "image/png"):
        for name in (host, f"{host}.www.tiktok.com", f"www.tiktok.com:{host}"):
            raw = {"HTTP_HOST": name, "HTTP_ACCEPT": accept}
            assert_safe(send(school, Attempt(kind, "public", "/x", raw=raw)), school)
    for path in ("/", "/people"):
        answer = send(school, Attempt(kind, "staff", path, raw={"HTTP_HOST": host}))
        assert_safe(answer, school)


@pytest.mark.usefixtures("unmoved")
@pytest.mark.parametrize("kind", ["an end of an attribute", "a script", "SQL", "control letters"])
def test_hostile_words_in_any_page_there_is_stay_words(
    school: Premises, people: dict[str, Browser], kind: str
) -> None:
    """Whatever pages come later."""
    for login, role in (("owen", "e-safety"), ("north", "network-manager")):
        mine = next(may for one, may in TABLE.items() if one == role)
        for rule in school.staff.url_map.iter_rules():
            needed = permission_of(school.staff.view_functions[rule.endpoint])
            is_page = "GET" in (rule.methods or set()) and not rule.arguments
            if not is_page or needed not in mine or "." in str(rule):
                continue
            path = f"{rule}?{query(WORDS[kind], *KEYS)}"
            assert_safe(send(school, Attempt(kind, "staff", path), people[login]), school)
