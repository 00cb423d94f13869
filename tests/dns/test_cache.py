"""The cache: what stands when, what goes first, and how much memory it truly takes."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.dns.answer import FAILURE, Answer, read_answer
from appliance.dns.cache import PREFETCH_HITS, STALE_FOR, Cache, Kept
from appliance.dns.wire import Rcode
from tests.dns.messages import key_of, says

DAY = 86_400
ROOMY = 1 << 20
LONG = key_of("www.example.com") + b"\0"


def address(name: str = "www.example.com", ttl: int = 300) -> Answer:
    return read_answer(says(name, "A", [f"{name} {ttl} A 192.0.2.1"]), key_of(name))


def no(name: str = "www.example.com") -> Answer:
    soa = "example.com 300 SOA ns.example.com host.example.com 1 2 3 4 60"
    return read_answer(says(name, "A", authority=[soa], rcode=Rcode.NXDOMAIN), key_of(name))


def stands(kept: Kept | None) -> Kept:
    assert kept is not None
    return kept


# Fresh, stale, failed


def test_an_answer_is_fresh_until_it_expires_and_stale_for_a_day() -> None:
    cache = Cache(ROOMY)
    assert cache.get(LONG) is None
    cache.put(LONG, address(), 1_000)
    kept = stands(cache.get(LONG))
    for now, is_fresh, is_stale in [
        (1_000, True, False),
        (1_299.9, True, False),
        (1_300, False, True),
        (1_299.9 + STALE_FOR, False, True),
        (1_300 + STALE_FOR, False, False),
    ]:
        assert (kept.is_fresh(now), kept.is_stale(now)) == (is_fresh, is_stale), now


def test_ttls_count_down_while_an_answer_is_fresh_and_are_short_when_it_is_stale() -> None:
    kept = Cache(ROOMY).put(LONG, address(), 1_000)
    for now, cap, ttl in [
        (1_000, DAY, 300),
        (1_010.9, DAY, 290),
        (1_010, 20, 20),
        (1_299.9, DAY, 1),
        (1_300, DAY, 30),
        (9_000, DAY, 30),
        (9_000, 7, 7),
    ]:
        assert int.from_bytes(kept.shape(now, cap).records[6:10], "big") == ttl, now


def test_an_answer_for_no_time_is_never_fresh_and_yet_better_than_none() -> None:
    kept = Cache(ROOMY).put(LONG, address(ttl=0), 1_000)
    assert not kept.is_fresh(1_000) and kept.is_stale(1_000)
    assert kept.shape(1_000, DAY).records[6:10] == bytes(4)


def test_a_no_is_kept_like_an_answer() -> None:
    kept = Cache(ROOMY).put(LONG, no(), 1_000)
    assert kept.is_fresh(1_059) and kept.is_stale(1_060)
    assert kept.shape(1_010, DAY).rcode == Rcode.NXDOMAIN


def test_a_failure_is_kept_for_moments_and_never_served_stale() -> None:
    cache = Cache(ROOMY)
    kept = cache.put(LONG, FAILURE, 1_000)
    assert cache.get(LONG) is kept
    assert kept.is_fresh(1_001) and not kept.is_fresh(1_010) and not kept.is_stale(1_010)
    assert cache.put(LONG, address(), 1_011).is_fresh(1_012)


@pytest.mark.parametrize("now", [1_100, 1_400, 1_299 + STALE_FOR])
def test_a_failure_leaves_a_good_answer_in_place_and_gives_upstreams_a_rest(now: int) -> None:
    cache = Cache(ROOMY)
    good = cache.put(LONG, address(), 1_000)
    assert not good.is_resting(now)
    assert cache.put(LONG, replace(FAILURE, rcode=Rcode.REFUSED), now) is good
    assert cache.get(LONG) is good
    assert good.is_resting(now + 1) and not good.is_resting(now + 10)


def test_a_failure_takes_the_place_of_what_is_too_old_to_serve() -> None:
    cache = Cache(ROOMY)
    cache.put(LONG, address(), 1_000)
    assert cache.put(LONG, FAILURE, 1_300 + STALE_FOR).answer is FAILURE


def test_a_new_answer_takes_the_place_of_the_old_one() -> None:
    cache = Cache(ROOMY)
    for answer in (address(), no(), address(ttl=60)):
        cache.put(LONG, answer, 1_000)
        assert stands(cache.get(LONG)).answer is answer
    assert len(cache) == 1


def test_answers_to_one_question_with_other_flags_stand_apart() -> None:
    cache = Cache(ROOMY)
    cache.put(key_of("www.example.com") + b"\1", address(), 1_000)
    assert cache.get(LONG) is None


# Prefetch


def test_a_popular_answer_is_asked_for_again_once_in_the_last_tenth_of_its_life() -> None:
    cache = Cache(ROOMY)
    cache.put(LONG, address(), 1_000)
    for _ in range(PREFETCH_HITS):
        kept = stands(cache.get(LONG))
    assert not kept.wants_prefetch(1_269)
    assert kept.wants_prefetch(1_270)
    assert not kept.wants_prefetch(1_271)
    again = cache.put(LONG, address(), 1_271)
    assert not again.wants_prefetch(1_560), "nobody has asked for it in its new life"


def test_what_nobody_asks_for_or_lives_shortly_or_is_over_is_not_fetched_ahead() -> None:
    cache = Cache(ROOMY)
    seldom = cache.put(LONG, address(), 1_000)
    seldom.hits = PREFETCH_HITS - 1
    assert not seldom.wants_prefetch(1_280)
    short = cache.put(LONG, address(ttl=29), 1_000)
    short.hits = 100
    assert not any(short.wants_prefetch(1_000 + second) for second in range(40))
    late = cache.put(LONG, address(), 1_000)
    late.hits = 100
    assert not late.wants_prefetch(1_300)


# Bounds


def test_what_was_asked_for_outlives_what_was_not() -> None:
    cache = Cache(100_000)
    popular = [f"popular{number}.example" for number in range(20)]
    for name in popular:
        cache.put(key_of(name), address(name), 1_000)
    for number in range(2_000):
        name = f"once{number}.example"
        cache.put(key_of(name), address(name), 1_000)
        if number % 50 == 0:
            assert all(cache.get(key_of(one)) for one in popular), number
    assert len(cache) < 300


def test_when_everything_is_popular_room_is_found_all_the_same() -> None:
    cache = Cache(100_000)
    keys = [key_of(f"n{number}.example") for number in range(500)]
    for number, key in enumerate(keys):
        cache.put(key, address(), 1_000)
        for one in keys[: number + 1]:
            cache.get(one)
        assert cache.size <= 100_000
    assert len(cache) > 100


def test_one_huge_answer_does_not_push_out_all_others() -> None:
    cache = Cache(100_000)
    small = cache.put(LONG, address(), 1_000)
    huge = replace(address("b.example"), records=bytes(60_000))
    assert cache.put(key_of("b.example"), huge, 1_000).answer is huge
    assert cache.get(key_of("b.example")) is None
    assert cache.get(LONG) is small


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from([0, 16, 500, 4_000]), st.booleans()),
        max_size=200,
    )
)
def test_whatever_is_put_the_bound_holds_and_the_count_is_right(
    steps: list[tuple[int, int, bool]],
) -> None:
    cache, base = Cache(20_000), address()
    for number, size, is_asked in steps:
        key = key_of(f"n{number}.example")
        cache.put(key, replace(base, records=bytes(size)), 1_000)
        if is_asked:
            cache.get(key)
        assert cache.size <= 20_000
        kept = [cache.get(key_of(f"n{one}.example")) for one in range(31)]
        assert cache.size == sum(one.size for one in kept if one)
        assert len(cache) == sum(1 for one in kept if one)


CHAIN = [
    "{name} 3600 CNAME {name}.cdn.example.net",
    *(f"{{name}}.cdn.example.net 6{number}0 A 192.0.2.{number}" for number in range(4)),
]
KINDS = {
    "one address": ["{name} 300 A 192.0.2.1"],
    "a chain": CHAIN,
    "long texts": ['{name} 300 TXT "' + "y" * 200 + f'{number}"' for number in range(8)],
}


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_what_was_granted_within_a_quarter(kind: str) -> None:
    """Measured as Python grants it, at three sizes, since a dictionary grows in leaps."""
    asked = {"one address": "A", "a chain": "A", "long texts": "TXT"}[kind]
    template = "n0000000.example.com"
    message = says(template, asked, [line.format(name=template) for line in KINDS[kind]])
    key = key_of(template, asked)
    for limit in (300_000, 500_000, 700_000):
        gc.collect()
        tracemalloc.start()
        try:
            cache = Cache(limit)
            for number in range(limit // 400):
                name = b"n%07d" % number
                its_key = key.replace(b"n0000000", name)
                answer = read_answer(message.replace(b"n0000000", name), its_key)
                cache.put(its_key + b"\0", answer, 1_000.5 + number)
            del answer, its_key, name
            granted, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert 0.9 * limit < cache.size <= limit
        assert 0.75 * limit < granted < 1.25 * limit, (limit, granted)
