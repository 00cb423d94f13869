"""bellgate catalogue, as those use it who keep the catalogue and those who get a newer one."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.lists import catalogue, edition
from tests.console import CHECKOUT, Said, bellgate
from tests.lists.keeper import Keeper


@pytest.fixture
def anna(tmp_path: Path) -> Keeper:
    """She keeps a catalogue and sends it out to schools."""
    return Keeper(tmp_path / "anna")


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A school's box that trusts nobody yet."""
    folder = tmp_path / "box"
    folder.mkdir()
    return folder


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def imported(box: Path, file: Path, *words: str) -> Said:
    return bellgate("catalogue", "import", file, "--dir", box, *words)


# what the catalogue knows


def test_the_catalogue_is_counted_and_clean(box: Path) -> None:
    said = bellgate("catalogue", "check", "--dir", box)
    assert said.code == 0
    assert said.out.splitlines()[-1].startswith("clean: nothing to mend")
    counted = bellgate("catalogue", "check", "--dir", box, "--json").object
    assert counted["good"] and counted["edition"] == catalogue.edition().isoformat()
    assert counted["services"] == sum(counted["by_category"].values()) > 900
    assert counted["circumvention"]["addresses"] > 1000


def test_a_fault_is_told_and_the_answer_is_no(anna: Keeper, box: Path) -> None:
    anna.edits("services/tiktok.toml", '"tiktokv.com"', '"tiktokv.com", "classdojo.com"')
    words = ("catalogue", "check", "--catalogue", anna.blocklists, "--dir", box)
    said = bellgate(*words)
    assert said.code == 1
    assert "fault: tiktok: classdojo.com belongs to classdojo too" in said.out
    findings = bellgate(*words, "--json").object["findings"]
    assert {one["name"] for one in findings if one["fault"]} == {"classdojo.com"}


def test_a_file_that_can_not_be_read_is_told_with_its_line(anna: Keeper, box: Path) -> None:
    anna.edits("services/tiktok.toml", "minimum_age", "minimal_age")
    words = ("catalogue", "check", "--catalogue", anna.blocklists, "--dir", box)
    said = bellgate(*words)
    assert said.code == 1
    assert said.err.startswith("tiktok.toml: line ")
    assert not bellgate(*words, "--json").object["good"]


def test_the_schools_own_files_count_everywhere(box: Path) -> None:
    services = box / "blocklists" / "services"
    services.mkdir(parents=True)
    shutil.copy(catalogue.SHIPPED / "services" / "tiktok.toml", services)
    (services / "town-forum.toml").write_text(
        'name = "Town forum"\ncategories = ["forums"]\nabout = "The town."\n'
        'domains = ["town-forum.co.uk"]\nchecked = ["https://a.uk", "https://b.uk"]\n'
    )
    said = bellgate("catalogue", "check", "--dir", box)
    assert "The school's own: services/tiktok.toml takes the place of ours." in said.out
    assert "The school's own: services/town-forum.toml is added." in said.out
    assert bellgate("catalogue", "who", "www.town-forum.co.uk", "--dir", box).out == (
        "www.town-forum.co.uk: Town forum (town-forum), by its town-forum.co.uk; under forums\n"
    )
    words = ("--profile", "mersey-vale", "--group", "pupils", "--json", "town-forum.co.uk")
    assert bellgate("explain", *words, "--dir", box).object["action"] == "block"


def test_a_service_is_shown(box: Path) -> None:
    said = bellgate("catalogue", "show", "facebook", "--dir", box)
    assert said.out.startswith("Facebook (facebook): social networks")
    assert "edge-chat.facebook.com (Messenger)" in said.out
    shown = bellgate("catalogue", "show", "youtube", "--dir", box, "--json").object
    assert set(shown["needs"]) <= set(shown["opens"])
    assert shown["closes"] == sorted({*shown["domains"], *shown["hosts"]})
    assert not set(shown["needs"]) & set(shown["closes"])


def test_a_misspelt_service_is_guessed(box: Path) -> None:
    said = bellgate("catalogue", "show", "facebok", "--dir", box)
    assert said.code == 2
    assert "did you mean facebook?" in said.err


def test_whose_a_name_is(box: Path) -> None:
    names = ("v19-webapp.tiktokv.com", "www.childline.org.uk", "nobody.example", "i.ytimg.com")
    said = bellgate("catalogue", "who", *names, "--dir", box, "--json").objects
    tiktok, childline, nobody, youtube = said
    assert (tiktok["service"], tiktok["by"]) == ("tiktok", "tiktokv.com")
    assert childline["lifeline"] == "childline" and childline["service"] is None
    assert not any(value for key, value in nobody.items() if key != "name")
    assert (youtube["service"], youtube["by"]) == ("youtube", "ytimg.com")


def test_whose_a_name_is_in_words(box: Path) -> None:
    said = bellgate("catalogue", "who", "accounts.google.com", "x.example", "a..b", "--dir", box)
    assert said.code == 2
    google, nobody = said.out.splitlines()
    assert "nobody closes it" in google and "YouTube (youtube)" in google
    assert nobody == "x.example: nobody's; neither a service nor a lifeline has it"
    assert "empty part" in said.err


# keys and packing


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "my.key"
    said = bellgate("catalogue", "key", file)
    assert len(said.out.strip()) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    content = file.read_bytes()
    again = bellgate("catalogue", "key", file)
    assert again.code == 2 and "is there already" in again.err
    assert file.read_bytes() == content


def test_what_has_faults_is_not_packed(anna: Keeper, tmp_path: Path) -> None:
    anna.edits("services/tiktok.toml", '"tiktokv.com"', '"tiktokv.com", "googleapis.com"')
    file = tmp_path / "new.catalogue"
    said = bellgate("catalogue", "pack", anna.blocklists, file, "--key", anna.key_file)
    assert said.code == 2
    assert "googleapis.com is ground that many share" in said.err
    assert not file.exists()


def test_what_is_no_key_is_told(anna: Keeper, tmp_path: Path) -> None:
    file = tmp_path / "new.catalogue"
    not_a_key = anna.blocklists / "edition.toml"
    said = bellgate("catalogue", "pack", anna.blocklists, file, "--key", not_a_key)
    assert said.code == 2
    assert said.err.endswith("edition.toml holds no private key of ours\n")


# a newer catalogue


def test_a_newer_catalogue_comes_and_goes(anna: Keeper, box: Path) -> None:
    anna.edits("services/tiktok.toml", '"tiktokv.com"', '"tiktokv.com", "tikclip.co.uk"')
    file = anna.folder / "new.catalogue"
    day = anna.dates(1)
    packed = bellgate("catalogue", "pack", anna.blocklists, file, "--key", anna.key_file)
    assert packed.code == 0, packed.err
    said = imported(box, file, "--trust", anna.public, "--yes")
    assert said.code == 0, said.err
    assert "TikTok: now has tikclip.co.uk." in said.out
    assert f"In use: the catalogue of {day}." in said.out
    who = ("catalogue", "who", "tikclip.co.uk", "--dir", box, "--json")
    assert bellgate(*who).object["service"] == "tiktok"
    assert bellgate("catalogue", "check", "--dir", box, "--json").object["services"] == 3

    anna.edits("services/tiktok.toml", ', "tikclip.co.uk"', "")
    said = imported(box, anna.packs(2), "--yes")  # she is trusted by now
    assert "TikTok: no longer has tikclip.co.uk." in said.out
    assert bellgate(*who).object["service"] is None

    back = bellgate("catalogue", "rollback", "--dir", box)
    assert f"Back to the catalogue of {day}:" in back.out
    assert "TikTok: now has tikclip.co.uk." in back.out
    assert bellgate(*who).object["service"] == "tiktok"
    back = bellgate("catalogue", "rollback", "--dir", box)
    assert "that came with the program:" in back.out
    assert bellgate(*who).object["service"] is None
    nothing = bellgate("catalogue", "rollback", "--dir", box)
    assert nothing.code == 1 and "nothing to go back to" in nothing.out


def test_without_a_yes_nothing_changes(anna: Keeper, box: Path) -> None:
    before = everything_in(box)
    said = imported(box, anna.packs(), "--trust", anna.public)
    assert said.code == 1
    assert "Services removed" in said.out
    assert said.out.endswith("Nothing was changed. The same command with --yes puts it in use.\n")
    assert everything_in(box) == before


@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 1), (b"y\n", 0)])
def test_on_a_terminal_it_asks(anna: Keeper, box: Path, answer: bytes, code: int) -> None:
    keyboard, terminal = pty.openpty()
    words = ["catalogue", "import", anna.packs(), "--dir", box, "--trust", anna.public]
    os.write(keyboard, answer)
    run = subprocess.run(
        [sys.executable, "-m", "appliance", *map(str, words)],
        stdin=terminal,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        timeout=60,
    )
    os.close(terminal)
    os.close(keyboard)
    assert run.returncode == code
    assert b"Put it in use? [y/N]" in run.stdout
    assert (box / "catalogue" / "current").exists() == (code == 0)


def test_a_signer_whom_nobody_trusts_is_refused(anna: Keeper, box: Path) -> None:
    said = imported(box, anna.packs(), "--yes")
    assert said.code == 2
    assert "which this box does not trust" in said.err
    other = Keeper(anna.folder / "bert")
    assert imported(box, anna.packs(), "--yes", "--trust", other.public).code == 2
    assert everything_in(box) == {}
    assert "64 hexadecimal digits" in imported(box, anna.packs(), "--trust", "anna").err


def test_an_older_catalogue_is_taken_only_when_it_is_meant(anna: Keeper, box: Path) -> None:
    older, newer = anna.packs(1), anna.packs(2)
    assert imported(box, newer, "--trust", anna.public, "--yes").code == 0
    said = imported(box, older, "--yes")
    assert said.code == 2 and "say --older if it is meant" in said.err
    assert imported(box, older, "--yes", "--older").code == 0
    before_the_program = imported(box, anna.packs(0), "--yes", "--older")
    assert before_the_program.code == 2
    assert "an older one is not used" in before_the_program.err


def test_a_signed_catalogue_with_faults_is_refused(anna: Keeper, box: Path) -> None:
    anna.edits("services/tiktok.toml", '"tiktokv.com"', '"tiktokv.com", "childline.org.uk"')
    said = imported(box, anna.packs(), "--trust", anna.public, "--yes")
    assert said.code == 2
    assert "this catalogue has faults: tiktok: childline.org.uk" in said.err
    assert everything_in(box) == {}


def test_a_catalogue_that_breaks_the_policy_in_force_is_refused(anna: Keeper, box: Path) -> None:
    assert bellgate("publish", "--profile", "mersey-vale", "--dir", box).code == 0
    said = imported(box, anna.packs(), "--trust", anna.public, "--yes")
    assert said.code == 2
    assert said.err.startswith("nothing was changed, for the policy in force would break: ")
    assert not (box / "catalogue").exists()


def test_an_altered_file_is_one_sentence(anna: Keeper, box: Path) -> None:
    file = anna.packs()
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    said = imported(box, file, "--trust", anna.public, "--yes")
    assert (said.code, said.err.count("\n")) == (2, 1)
    missing = imported(box, box / "nothing", "--yes")
    assert (missing.code, missing.err.count("\n")) == (2, 1)


def test_where_nothing_can_be_written_nothing_is_imported(anna: Keeper) -> None:
    said = imported(Path("/proc/nowhere"), anna.packs(), "--trust", anna.public, "--yes")
    assert said.code == 2
    assert said.err.startswith("/proc/nowhere")


def test_a_newer_program_wins_over_an_older_import(anna: Keeper, box: Path) -> None:
    assert imported(box, anna.packs(), "--trust", anna.public, "--yes").code == 0
    (current,) = (box / "catalogue").glob("20*")
    (current / "edition.toml").write_text(f"edition = {catalogue.edition()}\n")
    checked = bellgate("catalogue", "check", "--dir", box, "--json").object
    assert checked["services"] > 900


def test_the_files_of_an_edition_are_those_that_were_signed(anna: Keeper, box: Path) -> None:
    file = anna.packs()
    assert imported(box, file, "--trust", anna.public, "--yes").code == 0
    arrived = edition.read(file, [anna.public])
    place = box / "catalogue" / arrived.name
    assert {path: (place / path).read_bytes() for path in arrived.files} == arrived.files
    history = json.loads((box / "catalogue" / "history.json").read_text())
    assert history == [arrived.name]
