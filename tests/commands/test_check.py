"""bellgate check, as a network manager uses it: one line for each matter, and what to do."""

from __future__ import annotations

import datetime
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.checkup.clock import about_clock
from tests.behaviours import complains
from tests.certificates import Authority
from tests.console import bellgate
from tests.ports import free_port
from tests.trial import Trial
from tests.upstream import Upstream

POLICY = """
format = 1
[school]
name = "Bellgate Primary"
review_due = 2020-07-01
[groups.pupils]
default = true
lists = ["hagezi-gambling", "ours"]
[lists.ours]
names = ["bad.example"]
"""


@pytest.fixture(scope="module")
def up() -> Iterator[Upstream]:
    """The school's upstream, which is well."""
    with Upstream() as upstream:
        yield upstream


def settings(folder: Path, text: str, port: int = 0) -> None:
    listen = f'[dns]\nlisten = ["127.0.0.1:{port or free_port()}"]\n'
    (folder / "appliance.toml").write_text(listen + text)


def upstream_of(up: Upstream, more: str = "") -> str:
    return f'[upstream]\nservers = ["{up.plain}"]\n{more}'


def check(folder: Path) -> dict[str, dict[str, Any]]:
    """What is found, by matter."""
    said = bellgate("check", "--dir", folder, "--json")
    assert said.code in (0, 1), said.err
    findings = {one["matter"]: one for one in said.objects}
    assert said.code == (0 if all(one["ok"] for one in findings.values()) else 1)
    return findings


def test_a_new_box_is_told_what_to_do_first(tmp_path: Path, up: Upstream) -> None:
    settings(tmp_path, upstream_of(up))
    said = bellgate("check", "--dir", tmp_path)
    assert said.code == 1
    assert f"wrong policy: no policy has been published in {tmp_path}" in said.out
    assert "→ bellgate publish --profile mersey-vale" in said.out
    assert said.err == ""


def test_all_is_well_with_what_is_in_order(tmp_path: Path, up: Upstream) -> None:
    settings(tmp_path, upstream_of(up, "locked = true"))
    (tmp_path / "school.toml").write_text(POLICY.replace('"hagezi-gambling", ', ""))
    bellgate("publish", "--dir", tmp_path, "--policy", tmp_path / "school.toml")
    found = check(tmp_path)
    assert found["settings"]["ok"]
    assert "Bellgate Primary" in found["policy"]["says"]
    assert found["bells"]["ok"]
    assert found["lists"]["says"] == "1 in use and fresh"
    assert "answers in" in found[f"upstream {up.plain}"]["says"]
    assert found["choice of upstream"]["says"] == "locked"
    assert found["disk"]["says"].endswith(f"GB free in {tmp_path}")


def test_a_policy_grows_old_in_several_ways(tmp_path: Path, up: Upstream) -> None:
    settings(tmp_path, upstream_of(up))
    (tmp_path / "school.toml").write_text(POLICY)
    bellgate("publish", "--dir", tmp_path, "--policy", tmp_path / "school.toml")
    found = check(tmp_path)
    assert found["review"]["says"] == "was due 1 July 2020"
    assert "hagezi-gambling: not fetched yet" in found["list"]["says"]
    assert found["list"]["do"].startswith("bellgate lists refresh hagezi-gambling")
    (snapshot,) = [one for one in (tmp_path / "snapshots").iterdir() if not one.is_symlink()]
    (snapshot / "tables.json").write_text("{}")
    assert "tables.json was altered or cut short" in check(tmp_path)["policy"]["says"]


def test_upstreams_that_do_not_serve_us_are_told_of(tmp_path: Path) -> None:
    with Upstream(otherwise=complains("REFUSED")) as up:
        silent = f"127.0.0.1:{free_port()}"
        zone = f'[[zone]]\nnames = ["ad.example"]\nservers = ["{silent}"]\n'
        settings(tmp_path, upstream_of(up) + zone)
        found = check(tmp_path)
        assert up.asked[0].kind == "NS"
    assert "answers REFUSED" in found[f"upstream {up.plain}"]["says"]
    nobody = found[f"upstream for ad.example {silent}"]
    assert not nobody["ok"]
    assert "firewall" in nobody["do"]


def test_another_program_on_the_port_is_named(tmp_path: Path, up: Upstream) -> None:
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        settings(tmp_path, upstream_of(up), port)
        found = check(tmp_path)
    taken = found[f"port udp 127.0.0.1:{port}"]
    assert "taken by" in taken["says"]
    assert "another port" in taken["do"] or "taken by another program" in taken["do"]
    assert found[f"port tcp 127.0.0.1:{port}"]["says"] == "free for Bellgate"


def test_wrong_settings_are_findings_each_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "appliance.toml").write_text("[dns]\nworkers = -1\nport = 53\n")
    said = bellgate("check", "--dir", tmp_path)
    assert said.out.count("wrong settings: appliance.toml: line") == 2
    assert "disk: " in said.out


def test_settings_that_are_asked_for_and_not_there_are_wrong(tmp_path: Path) -> None:
    said = bellgate("check", "--dir", tmp_path, "--config", tmp_path / "no.toml")
    assert "no.toml: can't be read: No such file" in said.out
    assert bellgate("check", "--nonsense").code == 2


@pytest.mark.parametrize(
    ("names", "days", "says", "is_well"),
    [
        (["dns.bellgate.sch.uk"], (-1, 60), "good until", True),
        (["*.bellgate.sch.uk"], (-1, 60), "good until", True),
        (["dns.bellgate.sch.uk"], (-1, 5), "good until", False),
        (["dns.bellgate.sch.uk"], (-9, -1), "ran out on", False),
        (["dns.bellgate.sch.uk"], (2, 60), "not good yet", False),
        (["elsewhere.example"], (-1, 60), "is for elsewhere.example, not for", False),
    ],
)
def test_the_certificate_is_looked_at(
    tmp_path: Path, up: Upstream, names: list[str], days: tuple[int, int], says: str, is_well: bool
) -> None:
    Authority(tmp_path).certificate(*names, first_day=days[0], last_day=days[1])
    found = encrypted(tmp_path, up, "server.key")
    assert says in found["says"]
    assert found["ok"] is is_well


def test_a_key_of_another_certificate_is_told_of(tmp_path: Path, up: Upstream) -> None:
    authority = Authority(tmp_path)
    authority.certificate("dns.bellgate.sch.uk")
    authority.certificate("dns.bellgate.sch.uk", title="other")
    assert "do not belong together" in encrypted(tmp_path, up, "other.key")["says"]
    assert "can't be read" in encrypted(tmp_path, up, "server.pem")["says"]
    assert "No such file" in encrypted(tmp_path, up, "no.key")["says"]


def encrypted(folder: Path, up: Upstream, key: str) -> dict[str, Any]:
    settings(
        folder,
        f'{upstream_of(up)}[encrypted]\ncertificate = "server.pem"\n'
        f'key = "{key}"\nname = "dns.bellgate.sch.uk"\n',
    )
    return check(folder)["certificate"]


@pytest.mark.parametrize(
    ("year", "in_sync", "says", "is_well"),
    [
        (1970, True, "which is past", False),
        (2026, False, "nothing keeps the clock right", False),
        (2026, True, "kept right by a time server", True),
    ],
)
def test_a_clock_is_believed_when_somebody_keeps_it_right(
    year: int, in_sync: bool, says: str, is_well: bool
) -> None:
    now = datetime.datetime(year, 11, 24, 10, 15, tzinfo=datetime.UTC).timestamp()
    found = about_clock(now, datetime.date(2026, 11, 21), in_sync=in_sync)
    assert says in found.says
    assert found.is_well is is_well


def test_a_running_box_is_asked_as_a_device_would_ask_it(tmp_path: Path, up: Upstream) -> None:
    settings(tmp_path, upstream_of(up))
    with Trial(tmp_path, "--workers", "1", upstream="") as trial:
        found = check(tmp_path)
        assert f"answers on {trial.place} in" in found["resolver"]["says"]
        assert "Bellgate listens there" in found[f"port udp {trial.place}"]["says"]
    assert "resolver" not in check(tmp_path)
