"""Policy documents: read whole or refused whole, with every mistake; written as they were read."""

from __future__ import annotations

import datetime
import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import PolicyError
from appliance.policy import document, export
from appliance.policy.model import Period, School
from tests.invent import schools
from tests.school import CATALOGUE, DOCUMENT, RULES, school


def mistakes(text: str | bytes) -> list[str]:
    """What is wrong with a document, as people read it."""
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(PolicyError) as fault:
        document.read(data, CATALOGUE, "school.toml")
    return str(fault.value).splitlines()


def mistake(*lines: str) -> str:
    """The one thing wrong when these lines are added to the school."""
    (only,) = mistakes("\n".join([DOCUMENT, RULES, *lines]))
    return only


def test_every_mistake_is_told_at_once_with_line_and_key_and_what_would_do() -> None:
    text = """format = 1
[school]
name = "Example"
timezone = "Europe/Londn"
[groups.pupils]
networks = ["10.20.0.1/16"]
safesearch = "yes"
colour = "red"
[[rule]]
id = "one"
groups = ["pupil"]
target = ["service:tiktik"]
when = ["brake"]
action = "refuse"
"""
    assert mistakes(text) == [
        'school.toml: line 4, school.timezone: no time zone "Europe/Londn": an IANA name such as '
        "Europe/London will do",
        'school.toml: line 6, groups.pupils.networks[1]: "10.20.0.1/16" is not a network; '
        "10.20.0.0/16 would do",
        'school.toml: line 7, groups.pupils.safesearch: "yes" will not do: true or false',
        "school.toml: line 8, groups.pupils.colour: unknown key",
        'school.toml: line 11, rule[1].groups[1]: no group "pupil" (did you mean pupils?)',
        'school.toml: line 12, rule[1].target: no service "tiktik" (did you mean tiktok?)',
        'school.toml: line 13, rule[1].when: no kind of period "brake" (did you mean break?)',
        'school.toml: line 14, rule[1].action: "refuse" will not do: one of allow, block, restrict',
    ]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("[shool]\nname = 1", "shool: unknown key (did you mean school?)"),
        ('[groups.year-6]\nlists = ["adlt"]', 'no list "adlt" (did you mean adult?)'),
        ("[groups.extra]\ndefault = true", "guests is the default group already"),
        ('[groups.extra]\nnetworks = ["10.20.0.0/16"]', "is a network of pupils already"),
        ('[devices.b]\ngroup = "staf"', 'no group "staf" (did you mean staff?)'),
        ('[devices.b]\ngroup = "staff"\naddresses = ["10.20.3.7"]', "belongs to dans-tablet"),
        ('[devices.b]\ngroup = "staff"\nmacs = ["02:00"]', "is not a hardware address such as"),
        ('[devices.b]\ngroup = "staff"\nclient_ids = ["k7f3"]', "at least 8 letters and digits"),
        ('[devices.b]\ngroup = "staff"\nclient_ids = ["dan.s-tablet"]', "that a device can show"),
        ('[devices.b]\ngroup = "staff"\nclient_ids = ["-k7f3q9wz"]', "that a device can show"),
        (
            '[devices.b]\ngroup = "staff"\nclient_ids = ["k7f3q9wz2m"]\n'
            '[devices.c]\ngroup = "staff"\nclient_ids = ["K7F3Q9WZ2M"]',
            "k7f3q9wz2m belongs to b already",
        ),
        ('[device_sets.s]\ndevices = ["dan"]', 'no device "dan"'),
        ('[lists.l]\ncategory = "adult"', "a list has either names"),
        ("[lists.l]\nnames = []", "a list has either names"),
        ('[lists.l]\nnames = ["10.1.2.3"]', "an address is not a domain name"),
        ('[lists.l]\nnames = ["https://x.com/"]', "is not a domain name such as example.com"),
        ('[definition]\nplus = ["x"]\nexcept = ["x"]', "service:x stands under plus as well"),
        (
            '[calendar]\nspecial = [{date = 2026-11-24, timetable = "norml"}]',
            'no timetable "norml"',
        ),
        ('[calendar]\nclosed = [{name = "a", first = 2026-11-24, last = 2026-11-23}]', "is before"),
        ('[calendar]\nweeks = [{from = 2026-11-24, week = "A"}]', "weeks begin on a Monday"),
        ('[circumvention]\nsays = "a\\u0000b"', "control characters"),
    ],
)
def test_what_is_wrong_is_said_in_words(lines: str, says: str) -> None:
    assert says in mistake(lines)


PERIODS = '[[timetable]]\nname = "t"\ndays = ["{days}"]\nperiods = [{periods}]'


@pytest.mark.parametrize(
    ("days", "periods", "says"),
    [
        ("sat", '{name="a", kind="lesson", from="09:00", to="09:00"}', "last no time at all"),
        ("sat", '{name="a", kind="lesson", from="9:00", to="10:00"}', "is not a time of day"),
        ("sat", '{name="a", kind="lesson", from="24:00", to="01:00"}', "is not a time of day"),
        ("sat", '{name="a", kind="closed", from="09:00", to="10:00"}', "choose another"),
        ("sat", '{name="a", kind="lesson", from="09:00"}', "to: missing"),
        ("sun", "", "at least one period"),
        ("mon", '{name="a", kind="x", from="09:00", to="10:00"}', 'mon follows "normal" already'),
        (
            "sun",
            '{name="a", kind="x", from="09:00", to="10:00"}, '
            '{name="b", kind="x", from="09:59", to="11:00"}',
            '"b" begins before "a" is over',
        ),
        (
            "sun",
            '{name="a", kind="x", from="22:00", to="09:00"}',
            "begins before the last period",
        ),
    ],
)
def test_a_timetable_that_cannot_be(days: str, periods: str, says: str) -> None:
    assert says in mistake(PERIODS.format(days=days, periods=periods))


def test_periods_of_any_number_and_past_midnight_are_good() -> None:
    many = ", ".join(
        f'{{name = "{n}", kind = "lesson", from = "{n // 60:02}:{n % 60:02}", '
        f'to = "{(n + 5) // 60:02}:{(n + 5) % 60:02}"}}'
        for n in range(300, 1380, 5)
    )
    night = '{name = "Prep", kind = "prep", from = "23:00", to = "00:30"}'
    read = school(PERIODS.format(days="sat", periods=f"{many}, {night}"))
    assert len(read.timetables[1].periods) == 217
    assert read.timetables[1].periods[-1] == Period("Prep", "prep", 1380, 1470)


def test_a_file_of_another_format_is_not_guessed_at() -> None:
    assert mistakes(DOCUMENT.replace("format = 1", "format = 2")) == [
        "school.toml: line 2, this format is not one we read: format = 1"
    ]
    assert "begin with format = 1" in mistakes(DOCUMENT.replace("format = 1", ""))[0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "format: missing"),
        (b"a = 1\nb = [", "not TOML"),
        (b"[school]\nname = 'a'\nname = 'b'", "line 3, not TOML: cannot overwrite a value"),
        (b"format = 1\n# \xff\xfe", "line 2, not UTF-8 text"),
        (b"format = 1\nd = 0000-01-01", "not TOML"),
        (b"x" * 10_000_000, "larger than 1 MB"),
        (b"a = " + b"[" * 100_000, "nested too deep"),
        (b"a." * 300_000 + b"a = 1", "nested too deep"),
        (b"a." * 3_000 + b"a = 1", "nested too deep"),
        (b"a = " + b"{a = " * 50_000, "nested too deep"),
        (b"a = " + b"9" * 10_000, "not TOML"),
        (b'a = """' + b'\\"""' * 200_000, "not TOML"),
        (b"[" * 300_000, "not TOML"),
        (b"\x00", "not TOML"),
        (b"\xef\xbb\xbfformat = 1", "school: missing"),
    ],
)
def test_a_hostile_document_gets_a_sentence_and_soon(data: bytes, says: str) -> None:
    began = time.process_time()
    assert any(says in line for line in mistakes(data))
    assert time.process_time() - began < 5  # not a measurement: minutes is what tomllib would need


@pytest.mark.parametrize("date", ["0001-01-01", "1999-12-31", "9999-12-31", "2100-01-01"])
def test_dates_beyond_our_years_get_a_sentence(date: str) -> None:
    says = mistake(f'[calendar]\nspecial = [{{date = {date}, timetable = "normal"}}]')
    assert f"{date} is not a year of ours" in says


def test_a_hundred_thousand_mistakes_are_not_all_printed() -> None:
    told = mistakes(DOCUMENT + "\n".join(f"k{n} = 1" for n in range(90_000)))
    assert len(told) < 300
    assert told[-1].endswith("more mistakes")


def test_a_local_time_and_one_with_its_offset_both_stay_as_written() -> None:
    grant = (
        '[[override]]\nid = "o"\naction = "block"\ntarget = ["service:x"]\nfor = ["everyone"]\n'
        'from = 2026-10-25T01:30:00\nuntil = 2026-10-25T01:30:00+00:00\nreason = "r"\n'
        'approved_by = ["head"]'
    )
    read = school(grant)
    assert read.grants[0].start == datetime.datetime(2026, 10, 25, 1, 30)
    written = export.write(read)
    assert "from = 2026-10-25 01:30:00\n" in written
    assert "until = 2026-10-25 01:30:00+00:00\n" in written


def test_export_says_no_more_than_was_written() -> None:
    text = "\n".join([DOCUMENT, RULES])
    assert tomllib.loads(export.write(school())) == tomllib.loads(text)


@given(schools())
def test_a_school_written_and_read_is_the_same_school(invented: School) -> None:
    text = export.write(invented)
    read = document.read(text.encode(), CATALOGUE)
    assert read == invented
    assert export.write(read) == text


@given(st.binary(max_size=300))
def test_any_bytes_are_a_school_or_mistakes(data: bytes) -> None:
    try:
        read = document.read(data, CATALOGUE)
    except PolicyError as fault:
        assert fault.mistakes
    else:
        assert read == document.read(export.write(read).encode(), CATALOGUE)
