"""Limits: a few tries at once, then waits that grow with tries and shrink with time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from appliance.store import throttle
from appliance.store.office.office import open_office
from appliance.store.throttle import Level, Limit, Try

TUESDAY = 1_795_515_300_000  # 24 November 2026, 10:15 in London
FORM = Limit("form", 3, 600, first_seconds=60, longest_seconds=600)

limits = st.builds(
    Limit,
    st.just("form"),
    st.integers(1, 60),
    st.integers(1, 3_600),
    st.integers(1, 600),
    st.integers(1, 3_600),
)
gaps = st.lists(st.integers(0, 4_000_000), max_size=60)


def after(limit: Limit, gaps_ms: list[int]) -> tuple[Level, int]:
    """How it stands after tries with these gaps, each waiting as it is told to; and the moment."""
    level, at_ms = Level(), TUESDAY
    for gap_ms in gaps_ms:
        at_ms += gap_ms + level.wait_ms(at_ms + gap_ms)
        level = level.tried(limit, at_ms)
    return level, at_ms


@given(limits, gaps, st.integers(0, 10_000_000), st.integers(0, 10_000_000))
def test_a_wait_never_grows_by_waiting(
    limit: Limit, gaps_ms: list[int], first: int, more: int
) -> None:
    level, at_ms = after(limit, gaps_ms)
    assert level.wait_ms(at_ms + first) >= level.wait_ms(at_ms + first + more)


@given(limits, gaps)
def test_one_more_try_at_once_never_makes_the_wait_shorter(
    limit: Limit, gaps_ms: list[int]
) -> None:
    level, at_ms = after(limit, gaps_ms)
    assert level.tried(limit, at_ms).wait_ms(at_ms) >= level.wait_ms(at_ms)


@given(limits, gaps)
def test_nobody_is_locked_out_for_ever(limit: Limit, gaps_ms: list[int]) -> None:
    level, at_ms = after(limit, gaps_ms)
    assert 0 <= level.wait_ms(at_ms) <= 1000 * limit.longest_seconds
    assert level.wait_ms(at_ms + 1000 * limit.longest_seconds) == 0
    assert level.wait_ms(at_ms - 86_400_000) == 0  # nor by a clock that was put back a day


@given(limits, gaps)
def test_a_try_that_went_well_is_as_if_it_had_not_been(limit: Limit, gaps_ms: list[int]) -> None:
    level, at_ms = after(limit, gaps_ms)
    back = level.tried(limit, at_ms).given_back(limit)
    assert abs(back.leaked(limit, at_ms) - level.leaked(limit, at_ms)) < 1e-6
    assert back.wait_ms(at_ms) <= level.tried(limit, at_ms).wait_ms(at_ms)


@given(limits, st.integers(1, 100))
def test_the_free_tries_are_free(limit: Limit, times: int) -> None:
    level = Level()
    for _ in range(times):
        level = level.tried(limit, TUESDAY)
    assert (level.wait_ms(TUESDAY) > 0) == (times >= limit.free)


def test_who_has_to_wait_is_not_counted_again(tmp_path: Path) -> None:
    with open_office(tmp_path) as book:
        dan = [Try(FORM, "10.20.3.7")]
        assert [throttle.take(book, dan, TUESDAY) for _ in range(3)] == [0, 0, 0]
        for _ in range(50):
            assert throttle.take(book, dan, TUESDAY) == 60_000
        assert throttle.may_try(book, dan, TUESDAY + 60_000) == 0
        assert throttle.take(book, [Try(FORM, "10.20.3.8")], TUESDAY) == 0  # Mia is not Dan


def test_the_longest_of_several_waits_counts_and_nothing_is_counted_meanwhile(
    tmp_path: Path,
) -> None:
    with open_office(tmp_path) as book:
        tight = Try(Limit("tight", 1, 600, first_seconds=90, longest_seconds=600), "x")
        wide = Try(Limit("wide", 2, 600, first_seconds=30, longest_seconds=600), "x")
        assert throttle.take(book, [tight, wide], TUESDAY) == 0
        assert throttle.take(book, [tight, wide], TUESDAY) == 90_000
        assert throttle.take(book, [wide], TUESDAY) == 0
        assert throttle.may_try(book, [wide], TUESDAY) == 30_000
        throttle.forget(book, [tight])
        assert throttle.may_try(book, [tight, wide], TUESDAY) == 30_000
        throttle.give_back(book, [wide])
        assert throttle.may_try(book, [tight, wide], TUESDAY) == 0


def test_a_hundred_tries_at_once_are_not_all_free_in_whatever_order_they_come(
    tmp_path: Path,
) -> None:
    open_office(tmp_path).close()

    def tries(number: int) -> int:
        with open_office(tmp_path) as book:
            return throttle.take(book, [Try(FORM, "10.20.3.7")], TUESDAY - 10 * number)

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(tries, range(100)))
    assert waits.count(0) == FORM.free


def test_what_says_nothing_any_more_goes(tmp_path: Path) -> None:
    with open_office(tmp_path) as book:
        throttle.take(book, [Try(FORM, "10.20.3.7")], TUESDAY)
        throttle.purge(book, TUESDAY + 599_999)
        assert book.number("SELECT count(*) FROM throttle") == 1
        throttle.purge(book, TUESDAY + 600_000)
        assert book.number("SELECT count(*) FROM throttle") == 0
