"""A catalogue in one signed file, and what people do to such files."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import EditionError
from appliance.lists import catalogue, edition
from appliance.lists.edition import MANIFEST, SIGNATURE
from appliance.lists.library import Library
from tests.lists.keeper import Keeper


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Keeper:
    return Keeper(tmp_path_factory.mktemp("keeper") / "anna")


@pytest.fixture(scope="module")
def sound(keeper: Keeper) -> bytes:
    return keeper.packs().read_bytes()


def refused(keeper: Keeper, data: bytes) -> str:
    """The one sentence with which a file is refused."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file"
        file.write_bytes(data)
        with pytest.raises(EditionError) as fault:
            edition.read(file, [keeper.public])
    assert "\n" not in str(fault.value)
    return str(fault.value)


def rewritten(data: bytes, changed: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    """The same zip with these members changed or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        members = {name: old.read(name) for name in old.namelist()} | changed
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as new:
        for name, content in members.items():
            new.writestr(name, content)
    return buffer.getvalue()


def test_what_was_packed_is_what_is_read(keeper: Keeper, tmp_path: Path) -> None:
    arrived = edition.read(keeper.packs(3), [keeper.public])
    arrived.unpack(tmp_path)
    assert catalogue.read(tmp_path) == catalogue.read(keeper.blocklists)
    assert catalogue.edition(tmp_path) == arrived.day == keeper.dates(3)
    assert arrived.signer == keeper.public


def test_the_same_catalogue_gives_the_same_bytes(keeper: Keeper) -> None:
    assert keeper.packs(2).read_bytes() == keeper.packs(2).read_bytes()


@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_no_byte_can_be_altered(keeper: Keeper, sound: bytes, place: float, flip: int) -> None:
    data = bytearray(sound)
    data[int(place * len(data))] ^= flip
    refused(keeper, bytes(data))


@given(flip=st.integers(1, 255), from_end=st.integers(1, 4000))
def test_no_byte_of_the_zip_s_own_table_can_be_altered(
    keeper: Keeper, sound: bytes, flip: int, from_end: int
) -> None:
    data = bytearray(sound)
    data[-min(from_end, len(data))] ^= flip
    refused(keeper, bytes(data))


@given(place=st.floats(0, 1, exclude_max=True))
def test_no_part_of_it_will_do(keeper: Keeper, sound: bytes, place: float) -> None:
    refused(keeper, sound[: int(place * len(sound))])


@given(data=st.binary(max_size=2000))
def test_no_rubbish_will_do(keeper: Keeper, data: bytes) -> None:
    refused(keeper, data)


def test_nothing_may_stand_before_or_behind_it(keeper: Keeper, sound: bytes) -> None:
    refused(keeper, b"#!/bin/sh\n" + sound)
    refused(keeper, sound + b"\0")


@pytest.mark.parametrize(
    "name",
    ["../signers.toml", "/etc/passwd.toml", "services/../../x.toml", "services\\x.toml", "x.py",
     "services/deeper/x.toml", "services/.x.toml", "other/x.toml", "services/", "a\nb.toml"],
)  # fmt: skip
def test_no_file_has_a_place_outside(keeper: Keeper, sound: bytes, name: str) -> None:
    said = refused(keeper, rewritten(sound, {name: b"x = 1\n"}))
    assert said.endswith("it holds a file that has no place in a catalogue")


def test_a_file_that_nobody_signed_is_refused(keeper: Keeper, sound: bytes) -> None:
    said = refused(keeper, rewritten(sound, {"services/extra.toml": b""}))
    assert said.endswith("it was altered after it was signed")


def test_a_manifest_of_somebody_else_is_refused(keeper: Keeper, sound: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(sound)) as packed:
        manifest = json.loads(packed.read(MANIFEST))
    manifest["edition"] = "2099-01-01"
    said = refused(keeper, rewritten(sound, {MANIFEST: json.dumps(manifest).encode()}))
    assert said.endswith("it was altered after it was signed")
    assert "arrived damaged" in refused(keeper, rewritten(sound, {SIGNATURE: b"mine"}))


def test_a_bomb_is_not_unpacked(keeper: Keeper, sound: bytes) -> None:
    bomb = {"services/bomb.toml": b"\0" * (64 << 20)}
    said = refused(keeper, rewritten(sound, bomb, zipfile.ZIP_DEFLATED))
    assert said.endswith("it is compressed, and a catalogue of ours never is")


def test_members_that_share_the_same_bytes_are_not_unpacked(keeper: Keeper) -> None:
    """Each of 1,000 entries of the table points at one member of a megabyte."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("services/a0.toml", b"\0" * (1 << 20))
        first = packed.infolist()[0]
        for number in range(1, 1000):
            twin = zipfile.ZipInfo(f"services/a{number}.toml")
            twin.file_size = twin.compress_size = first.file_size
            twin.CRC, twin.header_offset = first.CRC, 0
            packed.filelist.append(twin)
    assert refused(keeper, buffer.getvalue()).endswith("it would unpack to more than it is")


def test_a_file_larger_than_any_catalogue_is_not_read(keeper: Keeper) -> None:
    assert "at most 32 MB" in refused(keeper, b"\0" * (edition.LARGEST + 1))


def test_another_key_is_refused_by_its_fingerprint(sound: bytes, tmp_path: Path) -> None:
    bert = Keeper(tmp_path / "bert")
    assert "which this box does not trust" in refused(bert, sound)


def test_a_power_cut_before_the_link_turns_leaves_the_one_in_use(
    keeper: Keeper, tmp_path: Path
) -> None:
    library = Library(tmp_path)
    for days in (1, 2):
        arrived = edition.read(keeper.packs(days), [keeper.public])
        library.put(arrived.name, arrived.unpack)
    second = library.in_use()
    history = library.folder / "history.json"
    history.write_text(json.dumps([*json.loads(history.read_text()), "2099-01-01-0123"]))
    assert library.in_use() == second
    assert library.before().name.startswith(str(keeper.dates(1)))


def test_a_damaged_edition_gives_way_to_the_shipped_one(keeper: Keeper, tmp_path: Path) -> None:
    library = Library(tmp_path)
    arrived = edition.read(keeper.packs(), [keeper.public])
    library.put(arrived.name, arrived.unpack)
    (library.in_use() / "edition.toml").write_bytes(b"\0\0\0")
    assert library.in_use() == catalogue.SHIPPED
