"""Fetching from servers that are broken, taken over or spiteful."""

from __future__ import annotations

import gzip
import ipaddress
from pathlib import Path

import pytest

from appliance.errors import ListError
from appliance.lists.connection import is_public
from appliance.lists.fetch import Limits, Marks, Road, fetch
from appliance.lists.packing import ending_of
from tests.lists import hostile
from tests.lists.hostile import SMALL, ListServer, moves_to, names, says, sends

ROAD = Road(limits=SMALL)


def refusal(address: str, target: Path, road: Road = ROAD, *, is_private: bool = True) -> str:
    """The sentence with which a fetch ends; nothing is left behind."""
    with pytest.raises(ListError) as caught:
        fetch(address, target, is_private=is_private, road=road)
    assert list(target.parent.iterdir()) == []
    return str(caught.value)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "list.txt"


def test_a_list_arrives_with_its_marks(server: ListServer, target: Path) -> None:
    answer = sends(names(30), ETag='"one"', Last_Modified="Mon, 02 Nov 2026 03:10:00 GMT")
    marks = fetch(server.serve(answer), target, is_private=True, road=ROAD)
    assert marks == Marks('"one"', "Mon, 02 Nov 2026 03:10:00 GMT")
    assert target.read_bytes() == names(30)
    assert [path.name for path in target.parent.iterdir()] == ["list.txt"]


def test_the_server_learns_nothing_of_the_school(server: ListServer, target: Path) -> None:
    answer = sends(names(30), Set_Cookie="school=7")
    server.serve(answer, "/end")
    address = server.serve(says(302, Location="/end", Set_Cookie="a=b"))
    fetch(address, target, is_private=True, road=ROAD)
    for _, headers in server.asked:
        assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
        assert headers["User-Agent"] == "Bellgate"


def test_what_has_not_changed_is_not_sent_again(server: ListServer, target: Path) -> None:
    address = server.serve(says(304))
    marks = Marks('"one"', "Mon, 02 Nov 2026 03:10:00 GMT")
    assert fetch(address, target, marks=marks, is_private=True, road=ROAD) is None
    _, headers = server.asked[0]
    assert headers["If-None-Match"] == '"one"'
    assert headers["If-Modified-Since"] == "Mon, 02 Nov 2026 03:10:00 GMT"
    assert not target.exists()


def test_an_answer_of_unchanged_that_nobody_asked_for(server: ListServer, target: Path) -> None:
    assert "answer 304" in refusal(server.serve(says(304)), target)


def test_gzip_on_the_way_is_unpacked(server: ListServer, target: Path) -> None:
    twice = gzip.compress(names(30)) + gzip.compress(names(30, first=30))
    address = server.serve(sends(twice, Content_Encoding="gzip"))
    fetch(address, target, is_private=True, road=ROAD)
    assert target.read_bytes() == names(60)


def test_a_bomb_is_met_a_piece_at_a_time(server: ListServer, target: Path) -> None:
    address = server.serve(sends(hostile.BOMB, Content_Encoding="gzip"))
    assert "larger than 0.2 MB" in refusal(address, target)


def test_gzip_that_holds_nothing_is_counted_as_well(server: ListServer, target: Path) -> None:
    hollow = gzip.compress(b"") * 20_000
    address = server.serve(sends(hollow, Content_Encoding="gzip"))
    assert "larger than 0.2 MB" in refusal(address, target)


def test_a_packing_that_nobody_asked_for(server: ListServer, target: Path) -> None:
    assert "packed the list as br" in refusal(
        server.serve(sends(b"x" * 99, Content_Encoding="br")), target
    )


def test_five_redirects_are_followed_and_no_more(server: ListServer, target: Path) -> None:
    for hop in range(6):
        server.serve(moves_to(f"/{hop + 1}"), f"/{hop}")
    server.serve(sends(names(30)), "/6")
    fetch(f"{server.origin}/1", target, is_private=True, road=ROAD)
    assert target.read_bytes() == names(30)
    target.unlink()
    assert "more than 5 redirects" in refusal(f"{server.origin}/0", target)


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        ("file:///etc/shadow", "file:///etc/shadow, which is no web address"),
        ("ftp://example.com/list", "which is no web address"),
        ("http://[", "no web address"),
        ("", "nowhere"),
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254 is not on the internet"),
        ("http://10.0.0.1/", "10.0.0.1 is not on the internet"),
        ("http://2130706433/", "is not on the internet"),  # 127.0.0.1 as browsers may write it
        ("http://[::1]/", "::1 is not on the internet"),
        ("http://[::ffff:192.168.1.1]/", "is not on the internet"),
        ("http://localhost/", "localhost is not on the internet"),
        ("http://127.0.0.1:1/", "127.0.0.1 is not on the internet"),  # leave is for one port
    ],
)
def test_a_redirect_leads_nowhere_it_may_not(
    server: ListServer, target: Path, location: str, sentence: str
) -> None:
    assert sentence in refusal(server.serve(moves_to(location)), target)


def test_a_public_list_never_comes_from_inside(server: ListServer, target: Path) -> None:
    address = server.serve(sends(names(30)))
    assert "is not on the internet" in refusal(address, target, is_private=False)
    assert server.asked == []


def test_one_inner_address_among_public_ones_is_enough(target: Path) -> None:
    road = Road(limits=SMALL, look_up=lambda host, port: ["93.184.215.14", "192.168.1.1"])
    said = refusal("http://lists.example.com/", target, road, is_private=False)
    assert "lists.example.com is not on the internet (its address is 192.168.1.1)" in said


def test_a_name_is_looked_up_once_and_that_address_is_visited(
    server: ListServer, target: Path
) -> None:
    asked: list[str] = []

    def changing(host: str, port: int) -> list[str]:
        """As DNS rebinding does: the second answer would be another."""
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    address = server.serve(sends(names(30))).replace("127.0.0.1", "lists.example.sch.uk")
    fetch(address, target, is_private=True, road=Road(limits=SMALL, look_up=changing))
    assert asked == ["lists.example.sch.uk"]
    assert server.asked[0][1]["Host"].startswith("lists.example.sch.uk:")


def test_a_name_that_nobody_knows(target: Path) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    road = Road(limits=SMALL, look_up=unknown)
    said = refusal("https://lists.example.com/", target, road, is_private=False)
    assert said.startswith("the name lists.example.com could not be found")


def test_the_environment_has_no_say(
    server: ListServer, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    fetch(server.serve(sends(names(30))), target, is_private=True, road=ROAD)
    assert target.exists()


def test_a_configured_proxy_looks_the_name_up(server: ListServer, target: Path) -> None:
    server.answers["http://lists.example.com/"] = sends(names(30))
    server.answers["http://lists.example.com/away"] = moves_to("http://10.0.0.1/")
    road = Road(limits=SMALL, proxy=server.origin)
    fetch("http://lists.example.com/", target, road=road)
    assert target.read_bytes() == names(30)
    target.unlink()
    said = refusal("http://lists.example.com/away", target, road, is_private=False)
    assert "10.0.0.1 is not on the internet" in said


def test_nobody_answers_at_this_port(target: Path) -> None:
    assert "no connection to the server: connection refused" in refusal(
        "http://127.0.0.1:1/", target
    )


@pytest.mark.parametrize("address", ["file:///etc/shadow", "list.txt", "https://", "http://[", ""])
def test_an_address_that_is_none(target: Path, address: str) -> None:
    assert "is not a web address" in refusal(address, target)


def test_a_disk_that_takes_nothing(server: ListServer, tmp_path: Path) -> None:
    address = server.serve(sends(names(30)))
    with pytest.raises(ListError, match="can't be written to"):
        fetch(address, tmp_path / "missing" / "list.txt", is_private=True, road=ROAD)


def test_encryption_is_never_given_up(server: ListServer, target: Path) -> None:
    """A server that speaks no TLS gets no second try without it."""
    address = server.serve(sends(names(30))).replace("http:", "https:")
    assert "no connection to the server" in refusal(address, target)
    assert server.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),  # 93.184.215.14 through NAT64
        ("64:ff9b::a00:1", False),  # … and 10.0.0.1
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("233.252.1.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:a00:1::", False),  # 10.0.0.1 through 6to4
        ("2001:db8::1", False),
        ("fc00::1", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


def test_a_file_is_known_by_its_beginning(tmp_path: Path) -> None:
    header = b"adult/domains".ljust(257, b"\0") + b"ustar".ljust(255, b"\0")
    contents = {
        ".txt": names(3),
        ".txt.gz": gzip.compress(names(3)),
        ".tar": header,
        ".tar.gz": gzip.compress(header + bytes(1024)),
    }
    for ending, content in contents.items():
        (tmp_path / "arrived").write_bytes(content)
        assert ending_of(tmp_path / "arrived") == ending


def test_limits_say_what_they_are() -> None:
    assert Limits() == Limits(200_000_000, 900, 30, 5)
