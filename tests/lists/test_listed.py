"""Several lists in one table: the narrowest entry that matches a name says everything."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from appliance.domains import lies_under
from appliance.lists.entry import Entry, Scope
from appliance.lists.listed import Claims, read
from appliance.lists.parse import entries
from appliance.policy import nametable
from appliance.policy.nametable import NameTable, key_of

NAMES = ("a.test", "b.a.test", "c.b.a.test", "d.c.b.a.test", "z.test", "a.z.test")
RULES = tuple(
    f"{before}{name}{behind}"
    for name in NAMES[:4]
    for before in ("||", "@@||", "|", "@@|", "||*.", "@@||*.")
    for behind in ("^", "^$important")
)
LISTS = st.lists(st.lists(st.sampled_from(RULES), max_size=6), min_size=1, max_size=3)


def held_by(rules: str, name: str) -> bool:
    """Whether one list of rules holds a name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules"
        path.write_text(rules)
        return bool(Claims({"rules": path}).lists_of(name))


def test_an_exception_frees_a_name_and_all_below_it() -> None:
    rules = "||site.test^\n@@||help.site.test^\n"
    assert held_by(rules, "site.test")
    assert held_by(rules, "www.site.test")
    assert not held_by(rules, "help.site.test")
    assert not held_by(rules, "www.help.site.test")


def test_a_longer_entry_brings_a_name_back() -> None:
    rules = "||site.test^\n@@||help.site.test^\n||ads.help.site.test^\n"
    assert held_by(rules, "ads.help.site.test")


def test_an_important_rule_wins_over_a_narrower_exception() -> None:
    rules = "||site.test^$important\n@@||help.site.test^\n"
    assert held_by(rules, "help.site.test")
    assert not held_by(rules + "@@||help.site.test^$important\n", "help.site.test")


def test_a_line_of_a_hosts_file_means_itself_only() -> None:
    assert held_by("0.0.0.0 site.test\n", "site.test")
    assert not held_by("0.0.0.0 site.test\n", "www.site.test")


def test_a_wildcard_of_a_zone_means_all_below_only() -> None:
    zone = "@ SOA a. b. 1 2 3 4 5\n*.site.test CNAME .\n"
    assert held_by(zone, "www.site.test")
    assert not held_by(zone, "site.test")


def test_an_exception_holds_inside_its_own_list(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("||site.test^\n@@||help.site.test^\n")
    (tmp_path / "two").write_text("help.site.test\n")
    claims = Claims({"one": tmp_path / "one", "two": tmp_path / "two"})
    assert claims.lists_of("help.site.test") == {"two"}
    assert claims.lists_of("site.test") == {"one"}


@given(LISTS, st.sampled_from(NAMES))
def test_table_and_claims_agree_with_the_rules_as_they_are_told(
    lists: list[list[str]], name: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = {f"list{place}": Path(folder) / f"list{place}" for place in range(len(lists))}
        for path, rules in zip(files.values(), lists, strict=True):
            path.write_text("[Adblock Plus 2.0]\n" + "\n".join(rules))
        keys, sets = read(files, lambda *_: None)
        nametable.write(Path(folder) / "table", keys)
        table = NameTable(Path(folder) / "table")
        matches = table.matches(key_of(name, exact=True))
        number = table.number(matches) if matches else 0
        in_table = frozenset(sets[number - 1] if number else ())
        assert in_table == Claims(files).lists_of(name)
        assert in_table == {one for one, path in files.items() if is_on(path, name)}


def is_on(path: Path, name: str) -> bool:
    """The same, told once more in the plainest words."""
    matching = [one for one in entries(path) if isinstance(one, Entry) and matches(one, name)]
    matching = [one for one in matching if one.important] or matching
    if not matching:
        return False
    narrowest = max(map(narrowness, matching))
    return not any(one.allows for one in matching if narrowness(one) == narrowest)


def matches(entry: Entry, name: str) -> bool:
    if entry.scope is Scope.EXACT:
        return name == entry.name
    return lies_under(name, entry.name) and (entry.scope is Scope.SUBTREE or name != entry.name)


def narrowness(entry: Entry) -> tuple[int, int]:
    """A longer name is narrower; of one name, all below it, then the name itself."""
    return len(entry.name), (Scope.SUBTREE, Scope.BELOW, Scope.EXACT).index(entry.scope)
