"""bellgate run: a whole trial from one line."""

from __future__ import annotations

import os
import signal
import socket
import stat
import time
from pathlib import Path

import pytest

from appliance import box
from appliance.endpoint import Endpoint
from appliance.sockets import Service, open_listener, refuse_taken
from tests.behaviours import answer
from tests.certificates import Authority
from tests.console import Said, bellgate
from tests.ports import free_port
from tests.trial import NOBODY, Trial
from tests.upstream import Upstream

IN_A_LESSON = ("--clock", "2026-11-24T10:15")
PUPIL = ("--client-group", "127.0.0.1/32=pupils")


def test_one_line_is_a_whole_trial(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    words = ("--profile", "mersey-vale", "--workers", "2", *PUPIL, *IN_A_LESSON)
    with Trial(folder, *words) as trial:
        assert trial.ready == f"ready dns={trial.place}\n"
        assert trial.refuses("www.tiktok.com")
        assert stat.S_IMODE((folder / "run").stat().st_mode) == 0o700
        began = time.monotonic()
        assert trial.stop() == 0
        assert time.monotonic() - began < 2
        assert trial.rest == ""
    refuse_taken(Endpoint.parse(trial.place))


def test_what_is_allowed_comes_from_the_upstream_by_datagram_stream_and_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.certificate("dns.bellgate.sch.uk")
    secret = f"127.0.0.1:{free_port()}"
    (tmp_path / "appliance.toml").write_text(
        f'[encrypted]\ncertificate = "server.pem"\nkey = "server.key"\n'
        f'name = "dns.bellgate.sch.uk"\ntls = ["{secret}"]\n'
    )
    with (
        Upstream({"www.example.org": answer("www.example.org. 300 A 192.0.2.7")}) as up,
        Trial(tmp_path, "--workers", "1", upstream=str(up.plain)) as trial,
    ):
        assert "192.0.2.7" in str(trial.ask("www.example.org"))
        assert "192.0.2.7" in str(trial.ask_by_stream("www.example.org"))
        assert "192.0.2.7" in str(trial.ask_by_stream("www.example.org", secret, authority.trust))


def test_ctrl_c_ends_it_as_cleanly(tmp_path: Path) -> None:
    trial = Trial(tmp_path, "--profile", "mersey-vale", "--workers", "1")
    with trial:
        assert trial.stop(signal.SIGINT) == 0


def test_a_list_is_refused_to_every_group_and_stays_in_force(tmp_path: Path) -> None:
    (tmp_path / "nasty.txt").write_text("nasty.example\n")
    var = tmp_path / "var"
    with Trial(var, "--list", tmp_path / "nasty.txt", "--workers", "1") as trial:
        assert trial.hears("No policy has been published .* the ready policy mersey-vale is used")
        assert trial.refuses("www.nasty.example")
    with Trial(var, "--list", tmp_path / "nasty.txt", "--workers", "1") as again:
        assert again.refuses("www.nasty.example")
        assert not [line for line in again.told if "No policy has been published" in line]


def test_a_killed_resolver_is_back_before_anybody_notices(tmp_path: Path) -> None:
    with Trial(
        tmp_path, "--profile", "mersey-vale", "--workers", "1", *PUPIL, *IN_A_LESSON
    ) as trial:
        (started,) = trial.hears(r"dns 1 started, process \d+")
        os.kill(int(started.rpartition(" ")[2]), signal.SIGKILL)
        assert trial.refuses("www.tiktok.com")  # the question waits in the socket meanwhile
        assert trial.hears("dns 1 was ended by SIGKILL")
        assert trial.hears("dns 1 started", times=2)


def test_settings_are_read_from_the_folder_and_options_go_before_them(tmp_path: Path) -> None:
    first, second = (f"127.0.0.1:{free_port()}" for _ in range(2))
    (tmp_path / "appliance.toml").write_text(
        f'[dns]\nlisten = ["{first}"]\nworkers = 1\n[upstream]\nservers = ["{NOBODY}"]\n'
    )
    with Trial(tmp_path, *PUPIL, *IN_A_LESSON, dns=first, upstream="") as trial:
        assert trial.ready == f"ready dns={first}\n"
        assert trial.refuses("www.tiktok.com")
        assert len(trial.hears("dns . started")) == 1
    with Trial(tmp_path, "--dns", second, dns=second, upstream="") as trial:
        assert trial.ready == f"ready dns={second}\n"


def test_ipv6_is_answered_too(tmp_path: Path) -> None:
    place = f"[::1]:{free_port('::1')}"
    words = ("--dns", place, "--client-group", "::1/128=pupils", "--workers", "1", *IN_A_LESSON)
    with Trial(tmp_path, *words, dns=place) as trial:
        assert trial.refuses("www.tiktok.com")


def test_two_at_once_in_one_folder_would_spoil_each_others_record(tmp_path: Path) -> None:
    with Trial(tmp_path, "--workers", "1") as trial:
        second = run(tmp_path)
        assert second.code == 2
        assert f"another bellgate run is at work there, process {trial.process.pid}" in second.err


def run(folder: Path, *words: str | Path) -> Said:
    """A run that is not meant to come up."""
    return bellgate("run", "--dir", folder, "--dns", f"127.0.0.1:{free_port()}", *words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--client-group", "10.0.0.0/8=puils"], "no group 'puils' (did you mean pupils?)"),
        (["--client-group", "10.0.0.1/8=pupils"], "10.0.0.0/8 would do"),
        (["--client-group", "10.0.0.0/8"], "write it as 10.20.0.0/16=pupils"),
        (["--dns", "localhost:53"], "--dns localhost:53 is not an address"),
        (["--dns", "192.0.2.1:1053"], "this box has no such address"),
        (["--upstream", "dns.example"], "--upstream dns.example is not an address"),
        (["--upstream", "tls://9.9.9.9"], "an address has to follow the name"),
        (["--only", "dsn"], "--only dsn: no such program (did you mean dns?)"),
        (["--only", "network"], "of these this version has dns, recording, staff, public alone"),
        (["--clock", "ten"], "--clock ten: write a moment as 2026-11-24T10:15"),
        (["--profile", "mersey"], "no profile 'mersey'"),
        (["--policy", "no.toml"], "no.toml: no such file"),
        (["--staff", "8080"], "--staff 8080 is not an address"),
        (["--workers", "0"], "0 is not in the range"),
    ],
)
def test_what_can_not_be_meant_is_refused_in_a_sentence(
    tmp_path: Path, words: list[str], says: str
) -> None:
    said = run(tmp_path, *words, *([] if "--upstream" in words else ["--upstream", NOBODY]))
    assert said.code == 2
    assert says in said.err
    assert said.out == ""
    assert not (tmp_path / "snapshots" / "current").exists()


def test_a_locked_upstream_is_not_changed_by_an_option(tmp_path: Path) -> None:
    (tmp_path / "appliance.toml").write_text('[upstream]\nprofile = "quad9"\nlocked = true\n')
    said = run(tmp_path, "--upstream", "1.1.1.1")
    assert said.code == 2
    assert "appliance.toml locks the upstream (locked = true)" in said.err


def test_wrong_settings_are_told_whole(tmp_path: Path) -> None:
    (tmp_path / "appliance.toml").write_text("[dns]\nworkers = true\nlisen = []\n")
    said = run(tmp_path)
    assert said.code == 2
    assert said.err.count("appliance.toml: line") == 2


def test_a_port_of_another_program_is_not_shared(tmp_path: Path) -> None:
    place = f"127.0.0.1:{free_port()}"
    listener = open_listener(Service.UDP, Endpoint.parse(place))  # it would allow sharing
    with listener.socket:
        said = run(tmp_path, "--dns", place, "--upstream", NOBODY)
    assert said.code == 2
    assert f"{place} is taken by another program" in said.err


def test_the_system_s_own_resolvers_are_used_but_never_this_box(tmp_path: Path) -> None:
    stub, network = tmp_path / "resolv.conf", tmp_path / "resolved.conf"
    stub.write_text("search example\nnameserver 127.0.0.53\noptions edns0\n")
    network.write_text("nameserver 192.0.2.53\nnameserver fe80::1%eth0\nnameserver 2001:db8::53\n")
    found = box.resolvers([tmp_path / "none", stub, network])
    assert list(map(str, found)) == ["192.0.2.53", "2001:db8::53"]
    assert box.resolvers([stub]) == ()


def test_a_port_that_is_taken_for_streams_alone_is_taken_too(tmp_path: Path) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        said = run(tmp_path, "--dns", f"127.0.0.1:{port}", "--upstream", NOBODY)
    assert "is taken by another program" in said.err
