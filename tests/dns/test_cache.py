"""The cache: what stands when, what goes first, and how much memory it truly takes."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.dns.answers.answer import FAILURE, Answer, read_answer
from appliance.dns.answers.cache import Cache, size_of
from appliance.dns.answers.kept import CLIENT_TTL, STALE_TTL, Kept
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


def ttl_of(kept: Kept, now: float, cap: int) -> int:
    return int.from_bytes(kept.shape(now, cap).records[6:10], "big")


def stands(kept: Kept | None) -> Kept:
    assert kept is not None
    return kept


def test_an_answer_is_fresh_until_it_expires_and_serves_for_a_day_more() -> None:
    cache = Cache(ROOMY)
    assert cache.get(LONG) is None
    cache.put(LONG, address(), 1_000)
    kept = stands(cache.get(LONG))
    assert kept.expires == 1_300
    for now, serves in [(1_000, True), (1_300, True), (1_299.9 + DAY, True), (1_300 + DAY, False)]:
        assert kept.may_serve(now) == serves, now


def test_ttls_count_down_while_an_answer_is_fresh_and_are_short_when_it_is_stale() -> None:
    kept = Cache(ROOMY).put(LONG, address(), 1_000)
    for now, cap, ttl in [
        (1_000, DAY, 300),
        (1_010.9, DAY, 290),
        (1_010, 20, 20),
        (1_299.9, DAY, 1),
        (1_300, DAY, STALE_TTL),
        (9_000, DAY, STALE_TTL),
        (9_000, 7, 7),
    ]:
        assert ttl_of(kept, now, cap) == ttl, now


def test_nobody_is_told_a_ttl_above_ours_and_the_rest_of_it_is_steady() -> None:
    kept = Cache(ROOMY).put(LONG, address(ttl=3_600), 1_000)
    assert kept.steady == 1_000 + 3_600 - CLIENT_TTL
    for now, ttl in [(1_000, CLIENT_TTL), (4_299, CLIENT_TTL), (4_300, 300), (4_301, 299)]:
        assert ttl_of(kept, now, CLIENT_TTL) == ttl, now
    assert ttl_of(kept, 1_000, 12) == 12


def test_an_answer_for_no_time_is_never_fresh_and_yet_better_than_none() -> None:
    kept = Cache(ROOMY).put(LONG, address(ttl=0), 1_000)
    assert kept.expires == 1_000 and kept.may_serve(1_000)
    assert ttl_of(kept, 1_000, DAY) == 0


def test_a_no_is_kept_like_an_answer() -> None:
    kept = Cache(ROOMY).put(LONG, no(), 1_000)
    assert kept.expires == 1_060
    assert kept.shape(1_010, DAY).rcode == Rcode.NXDOMAIN


def test_a_failure_is_kept_for_moments_and_never_served_when_it_is_old() -> None:
    cache = Cache(ROOMY)
    kept = cache.put(LONG, FAILURE, 1_000)
    assert kept.is_failure and cache.get(LONG) == kept
    assert kept.expires == 1_000 + FAILURE.lifetime
    assert not kept.may_serve(1_010)
    assert kept.shape(1_000, DAY).rcode == Rcode.SERVFAIL


def test_a_refusal_of_us_is_a_failure_to_our_client() -> None:
    refused = FAILURE._replace(flags=Rcode.REFUSED, rcode=Rcode.REFUSED)
    assert Cache(ROOMY).put(LONG, refused, 1_000).shape(1_000, DAY).rcode == Rcode.SERVFAIL


def test_a_new_answer_takes_the_place_of_the_old_one() -> None:
    cache = Cache(ROOMY)
    for answer in (address(), no(), address(ttl=60)):
        kept = cache.put(LONG, answer, 1_000)
        assert cache.get(LONG) == kept
    assert len(cache) == 1


def test_answers_to_one_question_with_other_flags_stand_apart() -> None:
    cache = Cache(ROOMY)
    cache.put(key_of("www.example.com") + b"\1", address(), 1_000)
    assert cache.get(LONG) is None


def test_where_an_answer_leads_is_kept_with_it() -> None:
    lines = ["www.example.com 60 CNAME a.example.net", "a.example.net 60 CNAME b.example.org"]
    answer = read_answer(says("www.example.com", "A", lines), key_of("www.example.com"))
    assert Cache(ROOMY).put(LONG, answer, 1_000).targets == ["a.example.net", "b.example.org"]
    assert Cache(ROOMY).put(LONG, address(), 1_000).targets == []


@pytest.mark.parametrize(
    ("ttl", "now", "is_old"),
    [(300, 1_269, False), (300, 1_270, True), (29, 1_028, False), (30, 1_027, True)],
)
def test_an_answer_is_old_in_the_last_tenth_of_a_life_that_is_not_short(
    ttl: int, now: int, is_old: bool
) -> None:
    assert Cache(ROOMY).put(LONG, address(ttl=ttl), 1_000).is_old(now) == is_old


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
    assert len(cache) < 400


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
    huge = address("b.example")._replace(records=bytes(60_000))
    assert cache.put(key_of("b.example"), huge, 1_000).records(1_000, DAY)[20:] == bytes(59_980)
    assert cache.get(key_of("b.example")) is None
    assert cache.get(LONG) == small


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
        cache.put(key, base._replace(records=bytes(10 + size)), 1_000)
        if is_asked:
            cache.get(key)
        assert cache.size <= 20_000
        assert cache.size == sum(size_of(one, kept.data) for one, kept in cache.items())
        assert len(cache) == sum(1 for _ in cache.items())


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
            for number in range(limit // 150):
                name = b"n%07d" % number
                its_key = key.replace(b"n0000000", name)
                answer = read_answer(message.replace(b"n0000000", name), its_key)
                cache.put(its_key + b"\0", answer, 1_000.5 + number)
            del answer, its_key, name
            granted, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert limit / 2 <= cache.size <= limit
        assert 0.75 * cache.size < granted < 1.25 * cache.size, (limit, granted)
