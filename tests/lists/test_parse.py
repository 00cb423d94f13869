"""Lists of every format and packing, read as their authors meant them."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from appliance.domains import normalise_site
from appliance.errors import ListError
from appliance.lists import container
from appliance.lists.entry import Entry, Scope, Unsupported, Why
from appliance.lists.parse import entries, parse
from appliance.suffixes import is_public_suffix
from tests.lists import oracle

CORPUS = Path(__file__).parent / "corpus"
VARIABLE = "BELLGATE_LIST_FORMATS"
SHARED = Path(
    os.environ.get(VARIABLE, Path(__file__).parents[2].parent / "shared" / "data" / "list-formats")
)
ANYTHING = st.one_of(
    st.binary(max_size=2_000),
    st.text(alphabet="ab.*|@^$#/=: \n\r\t;()ü\x00", max_size=300).map(str.encode),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.txt"


def in_tar(folder: Path) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.add(folder, "blacklists")
    return packed.getvalue()


def in_zip(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as one:
        for path in sorted(folder.rglob("*")):
            one.write(path, path.relative_to(folder.parent))
    return packed.getvalue()


@pytest.mark.parametrize("path", oracle.lists_in(CORPUS), ids=lambda path: path.name)
def test_each_file_of_the_corpus_says_what_it_should(path: Path) -> None:
    expected, parsed = oracle.read(path), parse(path)
    told = sorted((one.line, one.why) for one in parsed.unsupported)
    assert parsed.format == expected.format
    assert oracle.scopes(parsed.block) == expected.block
    assert oracle.scopes(parsed.allow) == expected.allow
    assert told == sorted((int(row[1]), str(Why[row[2]])) for row in expected.rows)


@pytest.mark.skipif(
    not SHARED.is_dir(),
    reason=f"the shared list files are not here: {VARIABLE} may say where they are",
)
class TestTheSharedFiles:
    """Real excerpts of public lists, with results that an independent script found."""

    @pytest.mark.parametrize("path", oracle.lists_in(SHARED), ids=lambda path: path.name)
    def test_a_file_says_what_it_should(self, path: Path) -> None:
        expected, parsed = oracle.read(path), parse(path)
        assert parsed.format == expected.format
        assert oracle.same_names(parsed, expected)
        assert len(parsed.unsupported) == expected.unsupported
        is_plain = parsed.format == "domains"  # there a bare name means all below it: our choice
        for name, scope in (oracle.scopes(parsed.block) | oracle.scopes(parsed.allow)).items():
            wanted = (expected.block | expected.allow)[name]
            assert scope == oracle.SUB.get(wanted, wanted) or (is_plain and wanted == Scope.EXACT)
        last = (SHARED / f"{path.name}{oracle.ENDING}").read_text(encoding="utf-8").splitlines()[-1]
        if last.startswith("# unsupported lines: ") and expected.unsupported:
            assert oracle.lines(parsed.unsupported) == [int(n) for n in last.split(": ")[1].split()]

    @pytest.mark.parametrize("path", oracle.lists_in(SHARED / "either"), ids=lambda p: p.name)
    def test_a_file_that_can_be_read_in_two_ways_is_read_in_one(self, path: Path) -> None:
        rows = oracle.read(path).rows
        may = {row[1] for row in rows if row[0] == "either-block"}
        must_not = {row[1] for row in rows if row[0] in ("not-block", "cond-block")}
        names = {one.name for one in parse(path).block}
        assert names <= may
        assert not names & must_not


@pytest.mark.parametrize("pack", [in_tar, in_zip])
def test_an_archive_of_categories_reads_like_its_folder(pack: object, file: Path) -> None:
    file.write_bytes(pack(CORPUS / "ut1"))  # type: ignore[operator]
    from_folder, packed = parse(CORPUS / "ut1"), parse(file)
    assert packed.block == from_folder.block
    assert sorted(map(str, packed.unsupported)) == sorted(map(str, from_folder.unsupported))


@pytest.mark.parametrize("path", oracle.lists_in(CORPUS)[:-1], ids=lambda path: path.name)
def test_packing_changes_nothing(path: Path, tmp_path: Path) -> None:
    text = path.read_bytes()
    (tmp_path / "list").write_bytes(gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as packed:
        packed.writestr("README.md", "About this list")
        packed.writestr("lists/list.txt", text)
    assert parse(tmp_path / "list") == parse(tmp_path / "list.zip") == parse(path)


def test_a_list_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="gone.txt: No such file or directory"):
        parse(tmp_path / "gone.txt")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(gzip.compress(os.urandom(1_000))[:-20], "is cut short", id="half a gzip"),
        pytest.param(
            gzip.compress(b"example.com\n" * 1_000)[:40] + b"x" * 40,
            "is broken|is cut short",
            id="a damaged gzip",
        ),
        (b"PK\x03\x04 and no more", "is broken"),
        (b"\x7fELF\x02\x01\x01\x00", "is not a text"),
        ("example.com\n".encode("utf-16"), "is written in UTF-16"),
        (b"<!DOCTYPE html>\n<title>404</title>", "is a web page"),
        (b"%PDF-1.7\n", "is a PDF"),
        (b"\xfd7zXZ\x00", "is packed with xz"),
    ],
)
def test_what_is_no_list_is_one_sentence(content: bytes, says: str, file: Path) -> None:
    file.write_bytes(content)
    with pytest.raises(ListError, match=says) as told:
        parse(file)
    assert "\n" not in str(told.value)


def test_an_archive_of_other_things_is_no_list(tmp_path: Path, file: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.txt").write_text("miaow")
    (tmp_path / "photos" / "dog.txt").write_text("woof")
    file.write_bytes(in_tar(tmp_path / "photos"))
    with pytest.raises(ListError, match="holds no category"):
        parse(file)
    file.write_bytes(in_zip(tmp_path / "photos"))
    with pytest.raises(ListError, match="holds 2 files"):
        parse(file)
    with pytest.raises(ListError, match="is a folder without a category"):
        parse(tmp_path / "photos")


def test_a_zip_with_an_altered_name_is_one_sentence(file: Path) -> None:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as packed:
        packed.writestr("\u00fcber.txt", "example.com\n")
    file.write_bytes(box.getvalue().replace("\u00fc".encode(), b"\xaf\xaf"))
    with pytest.raises(ListError, match="is broken"):
        parse(file)


def test_a_bomb_is_one_sentence(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "SMALL", 1 << 20)
    file.write_bytes(gzip.compress(b"\n" * (8 << 20)))
    with pytest.raises(ListError, match="unpacks to more than 1 MB"):
        parse(file)


def test_a_bomb_in_a_bomb_is_found_out_as_well(file: Path) -> None:
    text = b"example.com\n"
    for _ in range(container.MOST_LAYERS + 1):
        text = gzip.compress(text)
    file.write_bytes(text)
    with pytest.raises(ListError, match="packed too many times over"):
        parse(file)


def test_a_line_without_end_takes_no_memory_and_no_name(file: Path) -> None:
    file.write_bytes(b"good.example.com\n" + b"bad.example.com." * 100_000 + b"\nmore.example.com")
    parsed = parse(file)
    assert [one.name for one in parsed.block] == ["good.example.com", "more.example.com"]
    assert oracle.lines(parsed.unsupported) == [2]


def test_control_characters_never_reach_a_terminal(file: Path) -> None:
    file.write_bytes("example.com\n\x1b[31mred\x07.example.com/\u202e\n".encode())
    (told,) = parse(file).unsupported
    assert told.text.isprintable()
    assert told.text.startswith("\\x1b[31mred")


def test_a_bracket_that_never_closes_swallows_no_list(file: Path) -> None:
    names = "".join(f"site{n}.example.com CNAME .\n" for n in range(200))
    file.write_text(f"@ SOA localhost. root.localhost. ( 1\n{names}")
    assert len(parse(file).block) > 100
    assert parse(file).unsupported


def test_a_stray_rule_makes_no_adblock_list(file: Path) -> None:
    names = "".join(f"site{n}.example.com\n" for n in range(100))
    file.write_text(f"{names}||rule.example.org^\n")
    assert parse(file).format == "domains"
    file.write_text(f"{names}{'||rule.example.org^' * 1}\n" + "||another.example.org^\n" * 20)
    assert parse(file).format == "abp"


def test_suffixes_are_those_that_the_package_knows() -> None:
    package = PublicSuffixList(only_icann=True)
    for name in ("co.uk", "uk", "kobe.jp", "city.kobe.jp", "x.kobe.jp", "a.x.kobe.jp", "www.ck"):
        assert is_public_suffix(name) == package.is_public(name), name
    assert not is_public_suffix("duckdns.org")
    assert not is_public_suffix("github.io")


@given(ANYTHING)
def test_whatever_the_bytes_only_a_list_error_comes(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "anything"
    path.write_bytes(content)
    try:
        found = list(entries(path))
    except ListError:
        return
    for one in found:
        if isinstance(one, Entry):
            assert normalise_site(one.name) == one.name
            assert "." in one.name
            assert one.allows or not is_public_suffix(one.name)
        else:
            assert isinstance(one, Unsupported)
            assert one.text.isprintable()


@given(st.sampled_from(oracle.lists_in(CORPUS)))
def test_a_list_written_anew_as_plain_names_says_the_same(
    tmp_path_factory: pytest.TempPathFactory, path: Path
) -> None:
    anew = tmp_path_factory.getbasetemp() / "anew"
    block = parse(path).block
    anew.write_text("".join(f"{one.name}\n" for one in block))
    again = parse(anew)
    assert [one.name for one in again.block] == [one.name for one in block]
    assert not again.unsupported
