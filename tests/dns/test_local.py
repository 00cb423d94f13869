"""What the box answers by itself, and what it leaves to an upstream."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

import pytest
from dnslib import HTTPS, QTYPE, DNSBuffer, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from appliance import config
from appliance.config import Encrypted, Record
from appliance.dns import wire
from appliance.dns.own.hosts import LARGEST, read_hosts
from appliance.dns.own.local import Local
from appliance.endpoint import Endpoint
from tests.dns.questions import messages, question, read, said, start_of_zone

BOX = (ipaddress.ip_address("10.20.0.2"), ipaddress.ip_address("fd00::2"))
RECORDS = (
    Record("intranet.example.sch.uk", "A", "10.20.0.9"),
    Record("Intranet.Example.sch.uk.", "a", "10.20.0.10", 120),
    Record("www.intranet.example.sch.uk", "CNAME", "intranet.example.sch.uk"),
    Record("old.example.sch.uk", "CNAME", "www.intranet.example.sch.uk", 30),
    Record("vle.example.sch.uk", "CNAME", "school.vle.example"),
    Record("short.example.sch.uk", "CNAME", "printer.local"),
    Record("_ldap._tcp.example.sch.uk", "SRV", "0 100 389 dc1.example.sch.uk"),
    Record("example.sch.uk", "MX", "10 mail.example.sch.uk"),
    Record("example.sch.uk", "TXT", "v=spf1 -all"),
    Record("key.example.sch.uk", "TXT", "k" * 600),
    Record("10.20.0.77", "PTR", "projector.example.sch.uk"),
    Record("nas.home.arpa", "AAAA", "fd00::9"),
)
ENCRYPTED = Encrypted(
    certificate=Path("cert.pem"),
    key=Path("key.pem"),
    name="dns.example.sch.uk",
    tls=(Endpoint.parse("10.20.0.2:853"), Endpoint.parse("[fd00::2]:853")),
    https=(Endpoint.parse("10.20.0.2:8443"),),
)


def local(*records: Record, hosts: tuple[Path, ...] = (), secret: bool = False) -> Local:
    return Local(
        config.Local(hosts=hosts, records=records),
        appliance="filter",
        domains=("example.sch.uk",),
        own=BOX,
        encrypted=ENCRYPTED if secret else None,
    )


def ask(box: Local, name: str, qtype: str = "A", qclass: str = "IN", **asker: bool) -> DNSRecord:
    asked = question(name, qtype, qclass)
    shape = box.shape(asked[1], **asker)
    assert shape is not None, f"{name} {qtype} was left to an upstream"
    return read(asked, shape)


def is_left(box: Local, name: str, qtype: str = "A", **asker: bool) -> bool:
    """Left to an upstream."""
    return box.shape(question(name, qtype)[1], **asker) is None


@pytest.mark.parametrize("qtype", ["A", "AAAA", "HTTPS", "TXT"])
@pytest.mark.parametrize(
    "name",
    ["use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com", "MASK-canary.icloud.com"],
)
def test_a_canary_tells_browsers_and_phones_to_stay(name: str, qtype: str) -> None:
    box = local()
    reply = ask(box, name, qtype)
    assert said(reply) == ("NXDOMAIN", [])
    assert start_of_zone(reply)[0] == name.partition(".")[2] + "."
    assert is_left(box, name, qtype, may_circumvent=True)


@pytest.mark.parametrize("name", ["icloud.com", "www.icloud.com", "a.mask.icloud.com"])
def test_the_neighbours_of_a_canary_are_ordinary_names(name: str) -> None:
    assert is_left(local(), name)


@pytest.mark.parametrize("qtype", ["SVCB", "A", "AAAA", "HTTPS", "DS", "SOA"])
@pytest.mark.parametrize("name", ["_dns.resolver.arpa", "resolver.arpa", "x.resolver.arpa"])
def test_nobody_is_shown_another_resolver(name: str, qtype: str) -> None:
    for box in (local(), local(secret=True)):
        assert said(ask(box, name, qtype)) == ("NOERROR", [])
    assert said(ask(local(), name, qtype, may_encrypt=True)) == ("NOERROR", [])


def _service(data: bytes) -> str:
    """An SVCB record in words; dnslib reads its twin HTTPS."""
    return str(HTTPS.parse(DNSBuffer(data), len(data)))


@pytest.mark.parametrize("name", ["_dns.resolver.arpa", "_dns.dns.example.sch.uk"])
def test_devices_that_may_find_the_box_s_own_encrypted_dns(name: str) -> None:
    reply = ask(local(secret=True), name, "SVCB", may_encrypt=True)
    hints = "ipv4hint=10.20.0.2 ipv6hint=fd00::2"
    tls, https = (_service(rr.rdata.data) for rr in reply.rr)
    assert tls == f"1 dns.example.sch.uk. alpn=dot port=853 {hints}"
    assert (
        https == f"2 dns.example.sch.uk. alpn=h2 port=8443 {hints} key7=/dns-query{{?dns}}"
    )  # dohpath
    assert said(ask(local(secret=True), name, "A", may_encrypt=True)) == ("NOERROR", [])


@pytest.mark.parametrize("name", ["dns.example.sch.uk", "ms-clarks-laptop.dns.example.sch.uk"])
def test_the_name_of_the_certificate_is_this_box_for_every_device(name: str) -> None:
    assert said(ask(local(secret=True), name)) == ("NOERROR", [f"{name}. 60 A 10.20.0.2"])
    assert is_left(local(), name)
    assert is_left(local(secret=True), f"deeper.{name}" if name[0] == "m" else "a.b.xdns.example")


def test_a_name_that_merely_ends_in_the_same_bytes_is_another() -> None:
    one_label = b"\x14x\x03dns\x07example\x03sch\x02uk"
    message = b"\0\1\1\0\0\1\0\0\0\0\0\0" + one_label + b"\x03com\0\0\1\0\1"
    assert local(secret=True).shape(wire.read_question(message)) is None
    message = b"\0\1\1\0\0\1\0\0\0\0\0\0" + one_label + b"\0\0\1\0\1"
    shape = local(secret=True).shape(wire.read_question(message))
    assert shape and shape.rcode is wire.Rcode.NXDOMAIN  # a single label, and no printer


@pytest.mark.parametrize(
    "name", ["version.bind", "version.server", "hostname.bind", "id.server", "x"]
)
def test_nobody_learns_what_runs_here(name: str) -> None:
    assert said(ask(local(), name, "TXT", "CH")) == ("REFUSED", [])


@pytest.mark.parametrize("qclass", ["CS", "Hesiod", "None", "*"])
def test_other_classes_hold_nothing(qclass: str) -> None:
    assert said(ask(local(*RECORDS), "intranet.example.sch.uk", "A", qclass)) == ("NOTIMP", [])


@pytest.mark.parametrize(
    ("qtype", "code"),
    [("AXFR", "REFUSED"), ("IXFR", "REFUSED"), ("OPT", "NOTIMP"), ("TSIG", "NOTIMP")],
)
@pytest.mark.parametrize("name", ["example.sch.uk", "bbc.co.uk", "."])
def test_questions_to_the_server_itself_are_declined(name: str, qtype: str, code: str) -> None:
    assert said(ask(local(*RECORDS), name, qtype)) == (code, [])


@pytest.mark.parametrize("name", ["bbc.co.uk", "intranet.example.sch.uk", "."])
def test_a_question_for_everything_is_answered_with_a_word(name: str) -> None:
    reply = ask(local(*RECORDS), name, "ANY")
    assert [QTYPE[rr.rtype] for rr in reply.rr] == ["HINFO"]
    assert len(reply.pack()) < 60 + 2 * len(name)


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "app.localhost"])
def test_localhost_is_the_device_itself(name: str) -> None:
    assert said(ask(local(), name)) == ("NOERROR", [f"{name}. 3600 A 127.0.0.1"])
    assert said(ask(local(), name, "AAAA")) == ("NOERROR", [f"{name}. 3600 AAAA ::1"])
    assert said(ask(local(), name, "MX")) == ("NOERROR", [])


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("printer.local", "local."),
        ("_airplay._tcp.local", "local."),
        ("duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion", "onion."),
        ("a.test", "test."),
        ("a.b.invalid", "invalid."),
        ("name.alt", "alt."),
        ("server.internal", "internal."),
        ("tv.home.arpa", "home.arpa."),
        ("5.0.20.10.in-addr.arpa", "10.in-addr.arpa."),
        ("1.0.16.172.in-addr.arpa", "16.172.in-addr.arpa."),
        ("1.0.31.172.in-addr.arpa", "31.172.in-addr.arpa."),
        ("1.1.168.192.in-addr.arpa", "168.192.in-addr.arpa."),
        ("1.1.254.169.in-addr.arpa", "254.169.in-addr.arpa."),
        ("9.0.0.127.in-addr.arpa", "127.in-addr.arpa."),
        ("1.0.64.100.in-addr.arpa", "64.100.in-addr.arpa."),
        ("1.0.127.100.in-addr.arpa", "127.100.in-addr.arpa."),
        ("1.2.0.192.in-addr.arpa", "2.0.192.in-addr.arpa."),
        (ipaddress.ip_address("fd12::1").reverse_pointer, "d.f.ip6.arpa."),
        (ipaddress.ip_address("fe80::1").reverse_pointer, "8.e.f.ip6.arpa."),
        (ipaddress.ip_address("febf::1").reverse_pointer, "b.e.f.ip6.arpa."),
        (ipaddress.ip_address("2001:db8::1").reverse_pointer, "8.b.d.0.1.0.0.2.ip6.arpa."),
        ("printer", "."),
        ("wpad", "."),
        ("invalid", "."),
        ("onion", "."),
    ],
)
@pytest.mark.parametrize("qtype", ["A", "PTR", "HTTPS"])
def test_names_that_mean_nothing_elsewhere_never_leave_the_school(
    name: str, zone: str, qtype: str
) -> None:
    reply = ask(local(), name, qtype)
    assert said(reply) == ("NXDOMAIN", [])
    assert start_of_zone(reply)[0] == zone


@pytest.mark.parametrize(
    ("name", "qtype"),
    [
        ("bbc.co.uk", "A"),
        (".", "NS"),
        (".", "A"),
        ("com", "DS"),
        ("uk", "NS"),
        ("com", "DNSKEY"),
        ("home.arpa", "DS"),
        ("10.in-addr.arpa", "DS"),
        ("onion", "DS"),
        ("1.0.32.172.in-addr.arpa", "PTR"),
        ("1.0.15.172.in-addr.arpa", "PTR"),
        ("1.0.128.100.in-addr.arpa", "PTR"),
        ("8.8.8.8.in-addr.arpa", "PTR"),
        ("ipv4only.arpa", "AAAA"),
        ("notlocalhost.com", "A"),
        ("local.example.com", "A"),
        ("www.example.sch.uk", "A"),
    ],
)
def test_everything_else_is_left_to_an_upstream(name: str, qtype: str) -> None:
    assert is_left(local(*RECORDS), name, qtype)


def test_an_empty_zone_is_there_itself() -> None:
    reply = ask(local(), "10.in-addr.arpa", "SOA")
    assert said(reply) == ("NOERROR", [])
    assert start_of_zone(reply)[0] == "10.in-addr.arpa."


def test_a_windows_device_finds_nowhere_to_register_itself() -> None:
    (soa,) = ask(local(), "5.0.20.10.in-addr.arpa", "SOA").auth
    assert said(ask(local(), str(soa.rdata.mname))) == ("NXDOMAIN", [])


def test_a_dot_inside_a_label_makes_no_name_of_ours() -> None:
    for label in (b"x.local", b"a.resolver.arpa", b"10.in-addr.arpa", b"x\x05local"):
        name = bytes((len(label),)) + label + b"\x03com\0"
        for odd in (name, name[:-5] + b"\0"):
            message = b"\0\1\1\0\0\1\0\0\0\0\0\0" + odd + b"\0\1\0\1"
            asked = wire.read_question(message)
            shape = local().shape(asked)
            if shape:
                assert DNSRecord.parse(wire.reply(message, asked, shape)).header.rcode == 3


@pytest.mark.parametrize(
    ("name", "qtype", "answers"),
    [
        ("intranet.example.sch.uk", "A", ["120 A 10.20.0.9", "120 A 10.20.0.10"]),
        ("intranet.example.sch.uk", "AAAA", []),
        ("_ldap._tcp.example.sch.uk", "SRV", ["300 SRV 0 100 389 dc1.example.sch.uk."]),
        ("example.sch.uk", "MX", ["300 MX 10 mail.example.sch.uk."]),
        ("example.sch.uk", "TXT", ['300 TXT "v=spf1 -all"']),
        ("77.0.20.10.in-addr.arpa", "PTR", ["300 PTR projector.example.sch.uk."]),
        ("1.0.0.127.in-addr.arpa", "PTR", ["60 PTR localhost."]),
        ("nas.home.arpa", "AAAA", ["300 AAAA fd00::9"]),
        ("filter", "A", ["60 A 10.20.0.2"]),
        ("filter.example.sch.uk", "AAAA", ["60 AAAA fd00::2"]),
        ("2.0.20.10.in-addr.arpa", "PTR", ["60 PTR filter.example.sch.uk."]),
    ],
)
def test_the_network_s_own_names(name: str, qtype: str, answers: list[str]) -> None:
    reply = ask(local(*RECORDS), name, qtype)
    assert said(reply) == ("NOERROR", [f"{name}. {answer}" for answer in answers])
    if not answers:
        assert start_of_zone(reply) == (f"{name}.", 60, 60)


def test_a_question_in_mixed_letters_is_answered_in_them() -> None:
    code, answers = said(ask(local(*RECORDS), "InTranet.eXample.sch.UK"))
    assert answers[0] == "InTranet.eXample.sch.UK. 120 A 10.20.0.9"


def test_a_long_text_comes_in_pieces() -> None:
    (rr,) = ask(local(*RECORDS), "key.example.sch.uk", "TXT").rr
    assert [len(part) for part in rr.rdata.data] == [255, 255, 90]


def test_an_alias_is_followed_to_its_addresses() -> None:
    box = local(*RECORDS)
    assert said(ask(box, "old.example.sch.uk")) == (
        "NOERROR",
        [
            "old.example.sch.uk. 30 CNAME www.intranet.example.sch.uk.",
            "www.intranet.example.sch.uk. 120 CNAME intranet.example.sch.uk.",
            "intranet.example.sch.uk. 120 A 10.20.0.9",
            "intranet.example.sch.uk. 120 A 10.20.0.10",
        ],
    )
    reply = ask(box, "www.intranet.example.sch.uk", "AAAA")
    assert start_of_zone(reply)[0] == "intranet.example.sch.uk."
    _, answers = said(ask(box, "www.intranet.example.sch.uk", "CNAME"))
    assert answers == ["www.intranet.example.sch.uk. 300 CNAME intranet.example.sch.uk."]


def test_an_alias_that_leads_out_waits_for_an_upstream() -> None:
    box = local(*RECORDS)
    asked = question("vle.example.sch.uk")
    alias = box.alias(asked[1])
    assert alias is not None
    assert alias.target == "school.vle.example"
    reply = read(asked, alias.shape(asked[1], [b"\xc6\x33\x64\x07"], 45))
    assert said(reply) == (
        "NOERROR",
        [
            "vle.example.sch.uk. 45 CNAME school.vle.example.",
            "school.vle.example. 45 A 198.51.100.7",
        ],
    )
    assert said(read(asked, alias.shape(asked[1], None, 45))) == ("SERVFAIL", [])
    assert box.alias(question("old.example.sch.uk")[1]) is None
    assert box.alias(question("vle.example.sch.uk", "HTTPS")[1]) is None


def test_an_alias_to_a_name_that_nobody_knows_ends_here() -> None:
    box = local(*RECORDS)
    assert box.alias(question("short.example.sch.uk")[1]) is None
    _, answers = said(ask(box, "short.example.sch.uk"))
    assert answers == ["short.example.sch.uk. 60 CNAME printer.local."]


def test_no_answer_outlives_the_next_bell() -> None:
    asked = question("old.example.sch.uk")
    shape = local(*RECORDS).shape(asked[1], ttl=7)
    assert shape
    assert {rr.ttl for rr in read(asked, shape).rr} == {7}
    asked = question("mask.icloud.com")
    shape = local().shape(asked[1], ttl=7)
    assert shape
    assert start_of_zone(read(asked, shape))[1:] == (7, 7)


def test_what_lies_above_a_name_of_ours_is_not_denied() -> None:
    box = local(*RECORDS, Record("cam.yard.lan", "A", "10.20.0.5"))
    for name in ("0.20.10.in-addr.arpa", "20.10.in-addr.arpa", "lan"):
        assert said(ask(box, name)) == ("NOERROR", [])
    assert said(ask(box, "9.20.10.in-addr.arpa")) == ("NXDOMAIN", [])


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (Record("a.example", "A", "fd00::1"), "IPv4 address"),
        (Record("a.example", "AAAA", "10.0.0.1"), "IPv6 address"),
        (Record("a.example", "MX", "mail.example"), "a preference and a name"),
        (Record("a.example", "SRV", "0 0 99999 a.example"), "priority, weight, port"),
        (Record("a.example", "MX", ""), "a preference and a name"),
        (Record("a..example", "A", "10.0.0.1"), "empty part"),
        (Record("a.example", "CNAME", "b..c"), "such as vle.example.com"),
        (Record("a.example", "TXT", "x" * 2001), "at most 2,000 bytes"),
        (Record("a.example", "SPF", "x"), "no kind of record"),
        (Record("localhost", "A", "10.0.0.1"), "means itself"),
    ],
)
def test_a_bad_record_is_told_of_and_the_others_hold(record: Record, fault: str) -> None:
    box = local(record, *RECORDS)
    (told,) = box.faults
    assert fault in told
    assert said(ask(box, "nas.home.arpa", "AAAA"))[0] == "NOERROR"


def test_a_name_with_too_many_addresses_keeps_those_that_one_reply_holds(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("".join(f"10.{i >> 8}.{i & 255}.1 all.lan\n" for i in range(700)))
    box = local(hosts=(path,))
    assert len(ask(box, "all.lan").rr) == 500
    assert box.faults == ["local name all.lan: it has more A records than one reply holds"]


def test_an_alias_with_anything_beside_it_is_left_out() -> None:
    box = local(
        Record("a.example", "CNAME", "b.example"),
        Record("a.example", "A", "10.0.0.1"),
        Record("c.example", "CNAME", "d.lan"),
        Record("c.example", "CNAME", "e.lan"),
    )
    assert len(box.faults) == 2
    assert said(ask(box, "a.example")) == ("NOERROR", ["a.example. 300 A 10.0.0.1"])
    assert len(ask(box, "c.example", "CNAME").rr) == 1


def test_aliases_that_go_round_in_a_circle_fail_and_are_told_of() -> None:
    box = local(Record("a.lan", "CNAME", "b.lan"), Record("b.lan", "CNAME", "a.lan"))
    assert said(ask(box, "a.lan")) == ("SERVFAIL", [])
    assert box.alias(question("a.lan")[1]) is None
    assert [("leads back" in fault) for fault in box.faults] == [True, True]


HOSTS = b"""\xef\xbb\xbf# the school's printers
127.0.0.1 localhost
127.0.1.1 filter
::1 localhost ip6-localhost
ff02::1 ip6-allnodes
10.20.0.5\tPrinter.example.sch.uk printer   p1 # by the door
10.20.0.6  printer.example.sch.uk
fd00::5 printer
10.20.0.5 other.example.sch.uk\r
10.20.0.7 \xc3\xbcbung.example.sch.uk
"""


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    path = tmp_path / "hosts"
    path.write_bytes(HOSTS)
    return path


@pytest.mark.parametrize(
    ("name", "qtype", "answers"),
    [
        ("printer.example.sch.uk", "A", ["A 10.20.0.5", "A 10.20.0.6"]),
        ("printer", "AAAA", ["AAAA fd00::5"]),
        ("p1", "A", ["A 10.20.0.5"]),
        ("other.example.sch.uk", "A", ["A 10.20.0.5"]),
        ("xn--bung-zra.example.sch.uk", "A", ["A 10.20.0.7"]),
        ("5.0.20.10.in-addr.arpa", "PTR", ["PTR printer.example.sch.uk."]),
        (ipaddress.ip_address("fd00::5").reverse_pointer, "PTR", ["PTR printer."]),
        ("localhost", "A", ["A 127.0.0.1"]),
        ("filter", "A", ["A 10.20.0.2"]),  # and not 127.0.1.1, which is whoever asks
    ],
)
def test_names_of_a_hosts_file(hosts: Path, name: str, qtype: str, answers: list[str]) -> None:
    box = local(hosts=(hosts,))
    assert box.faults == []
    code, found = said(ask(box, name, qtype))
    assert [answer.split(" ", 2)[2] for answer in found] == answers


def test_lines_that_make_no_sense_are_told_of_and_the_others_hold(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_bytes(
        b"10.20.0.5 good.lan\n10.20.0.5\nprinter 10.20.0.5\n10.20.0.300 a.lan\n"
        b"10.20.0.6 b..lan\nfe80::1%eth0 c.lan\n10.20.0.7 \xff.lan\n"
        b"\0\0\0 d.lan\n10.20.0.8 last.lan"
    )
    box = local(hosts=(path,))
    lines = [fault.removeprefix(f"{path}: ").partition(",")[0] for fault in box.faults]
    assert lines == [f"line {number}" for number in range(2, 9)]
    assert said(ask(box, "good.lan"))[0] == said(ask(box, "last.lan"))[0] == "NOERROR"


def test_a_file_of_nothing_but_nonsense_is_told_of_briefly() -> None:
    hosts = read_hosts(b"?\n" * 100_000, "hosts")
    assert len(hosts.faults) == 21
    assert "99,980 more" in hosts.faults[-1]


def test_a_hosts_file_is_read_again_when_it_has_changed(hosts: Path) -> None:
    box = local(hosts=(hosts,))
    assert not box.refresh()
    hosts.write_bytes(b"10.20.0.99 new.lan\n")
    assert box.refresh()
    assert not box.refresh()
    assert said(ask(box, "new.lan")) == ("NOERROR", ["new.lan. 60 A 10.20.0.99"])
    assert said(ask(box, "p1"))[0] == "NXDOMAIN"


def test_printers_do_not_vanish_while_their_file_is_away(hosts: Path) -> None:
    box = local(hosts=(hosts,))
    away = hosts.rename(hosts.with_suffix(".away"))
    assert not box.refresh()
    assert said(ask(box, "p1"))[0] == "NOERROR"
    assert "No such file" in box.faults[0]
    away.rename(hosts)
    box.refresh()
    assert box.faults == []


def test_a_file_that_is_too_large_or_no_file_is_not_read(tmp_path: Path) -> None:
    large, pipe = tmp_path / "large", tmp_path / "pipe"
    large.write_bytes(b"#" * (LARGEST + 1))
    os.mkfifo(pipe)
    faults = local(hosts=(large, pipe, tmp_path)).faults
    assert [fault.rpartition(": ")[2] for fault in faults] == [
        "it is larger than 1 MB",
        "it is no ordinary file",
        "it is no ordinary file",
    ]


def test_a_box_that_knows_no_address_of_its_own_leaves_its_name_to_others() -> None:
    box = Local(config.Local(), appliance="filter.example.sch.uk", encrypted=ENCRYPTED)
    assert is_left(box, "filter.example.sch.uk")
    assert is_left(box, "laptop.dns.example.sch.uk")


@given(st.binary(max_size=300))
def test_no_hosts_file_whatever_stops_us(data: bytes) -> None:
    hosts = read_hosts(data + b"\n10.20.0.5 printer.lan", "hosts")
    for name in hosts.addresses:
        wire.labels_of(name)


EVERYTHING = local(
    *RECORDS, Record("a.lan", "CNAME", "b.lan"), Record("b.lan", "CNAME", "a.lan"), secret=True
)


@given(messages, st.integers(-5, 10_000), st.booleans(), st.booleans())
def test_no_question_whatever_stops_us(
    message: bytes, ttl: int, may_circumvent: bool, may_encrypt: bool
) -> None:
    asked = wire.read_question(message)
    shape = EVERYTHING.shape(asked, ttl=ttl, may_circumvent=may_circumvent, may_encrypt=may_encrypt)
    EVERYTHING.alias(asked)
    if shape:
        reply = wire.reply(message, asked, shape)
        assert len(reply) <= wire.OUR_UDP_SIZE
        if asked.name.isascii():
            assert DNSRecord.parse(reply).header.rcode == shape.rcode
