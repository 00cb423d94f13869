"""bellgate catalogue key, pack, import and rollback: a newer catalogue without a new program."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from appliance.commands.choices import DEFAULT_FOLDER, Folder, chosen_file
from appliance.disk import faults_as, replace_file
from appliance.errors import (
    CatalogueError,
    EditionError,
    PolicyError,
    SnapshotError,
    UsageError,
)
from appliance.keys import fingerprint, make_key, public_key, read_key, read_public_key
from appliance.lists import catalogue, edition
from appliance.lists.audit import audit
from appliance.lists.changes import changes
from appliance.lists.edition import Edition
from appliance.lists.library import Library
from appliance.lists.signers import Signers
from appliance.policy import document
from appliance.policy.services import Catalogue
from appliance.recording.knowing import read_knowledge

ANSWER_IS_NO = 1

app = typer.Typer(rich_markup_mode=None)


@app.command("key")
def key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the private key goes.")],
) -> None:
    """Make a private key to sign catalogues with, and print its public key.

    Example: bellgate catalogue key catalogue.key
    """
    public = make_key(file)
    print(public)
    print(
        f"{file} is the private key: keep it where nobody else can read it. The public key's "
        f"fingerprint is {fingerprint(public)}",
        file=sys.stderr,
    )


@app.command("pack")
def pack(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A blocklists folder.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The signed file to make.")],
    key_file: Annotated[
        Path, typer.Option("--key", metavar="KEYFILE", help="The private key to sign it with.")
    ],
) -> None:
    """Pack a catalogue without faults into one signed file.

    Example: bellgate catalogue pack blocklists 2026-12-01.catalogue --key catalogue.key
    """
    private = read_key(key_file)
    known = _audited(folder)
    data = edition.pack(folder, private)
    with faults_as(EditionError, file):
        replace_file(file, data)
    print(
        f"{file}: the catalogue of {catalogue.edition(folder)}, {len(known.services):,} services, "
        f"signed with {fingerprint(public_key(private))}"
    )


@app.command("import")
def import_edition(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A signed catalogue.")],
    folder: Folder = DEFAULT_FOLDER,
    trust: Annotated[
        str, typer.Option(metavar="PUBLICKEY", help="Take catalogues of this signer from now on.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Put it in use without asking.")] = False,
    older: Annotated[
        bool, typer.Option("--older", help="Take it though it is no newer than the one in use.")
    ] = False,
) -> None:
    """Put a newer catalogue in use, after a look at what it changes.

    Example: bellgate catalogue import 2026-12-01.catalogue
    """
    library, signers = Library(folder), Signers(folder)
    trusted = _trusted(signers, trust)
    arrived = edition.read(file, trusted)
    _refuse_old(arrived, library, older)
    after = _tried(arrived, library.own)
    _refuse_breaking(after, folder)
    print(f"The catalogue of {arrived.day}, signed with {fingerprint(arrived.signer)}:")
    _tell_changes(library, after)
    if not yes:
        _ask()
    for signer in trusted:
        signers.trust(signer)
    library.put(arrived.name, arrived.unpack)
    print(f"In use: the catalogue of {arrived.day}. `bellgate publish` puts it in force.")


@app.command("rollback")
def roll_back(folder: Folder = DEFAULT_FOLDER) -> None:
    """Go back to the catalogue that was in use before.

    Example: bellgate catalogue rollback
    """
    library = Library(folder)
    if library.in_use() == library.shipped:
        print("The catalogue that came with the program is in use: there is nothing to go back to.")
        raise typer.Exit(ANSWER_IS_NO)
    before = library.before()
    after = catalogue.read(before, library.own)
    _refuse_breaking(after, folder)
    which = " that came with the program" if before == library.shipped else ""
    print(f"Back to the catalogue of {catalogue.edition(before)}{which}:")
    _tell_changes(library, after)
    library.go_back()
    print("`bellgate publish` puts it in force.")


def _audited(folder: Path) -> Catalogue:
    """The catalogue of a folder; EditionError where it has faults."""
    known = catalogue.read(folder)
    read_knowledge(folder, known)
    found = audit(known, catalogue.shared_domains(folder), catalogue.school_needs(folder))
    faults = [str(finding) for finding in found if finding.fault]
    if faults:
        more = f" (and {len(faults) - 1:,} more faults)" if len(faults) > 1 else ""
        raise EditionError(f"this catalogue has faults: {faults[0]}{more}")
    return known


def _trusted(signers: Signers, trust: str) -> list[str]:
    """The keys whose catalogues are taken, the one that --trust brings among them."""
    trusted = list(signers.trusted())
    if trust:
        try:
            public = read_public_key(trust)
        except ValueError as fault:
            raise UsageError(f"--trust: {fault}") from fault
        print(f"To be trusted from now on: the key {fingerprint(public)}")
        trusted.append(public)
    return trusted


def _refuse_old(arrived: Edition, library: Library, older: bool) -> None:
    shipped = catalogue.edition(library.shipped)
    if arrived.day <= shipped:
        raise EditionError(
            f"this is the catalogue of {arrived.day}, and the program came with that of {shipped}: "
            "an older one is not used"
        )
    in_use = catalogue.edition(library.in_use())
    if arrived.day <= in_use and not older:
        raise EditionError(
            f"this is the catalogue of {arrived.day}, and that of {in_use} is in use: say --older "
            "if it is meant"
        )


def _tried(arrived: Edition, own: Path | None) -> Catalogue:
    """The catalogue of an edition with the school's own files over it, once it proved sound."""
    with tempfile.TemporaryDirectory(prefix="bellgate-") as name:
        folder = Path(name)
        with faults_as(EditionError, folder):
            arrived.unpack(folder)
        if catalogue.edition(folder) != arrived.day:
            raise EditionError("this catalogue gives two days as its edition")
        _audited(folder)
        return catalogue.read(folder, own)


def _refuse_breaking(after: Catalogue, folder: Path) -> None:
    """The policy in force has to stay one that we can enforce: it may name a service that went."""
    try:
        policy = chosen_file(None, None, folder)
        document.read_file(policy, after)
    except SnapshotError:
        return  # no policy is in force yet
    except PolicyError as fault:
        raise EditionError(
            f"nothing was changed, for the policy in force would break: {fault}"
        ) from fault


def _tell_changes(library: Library, after: Catalogue) -> None:
    try:
        before = catalogue.read(library.in_use(), library.own)
    except CatalogueError as fault:
        print(f"The one in use is damaged, so there is nothing to compare: {fault}")
        return
    said = changes(before, after) or ["Nothing changes that the filter goes by."]
    print("\n".join(f"  {sentence}" for sentence in said))


def _ask() -> None:
    """Go on only after a yes."""
    if not sys.stdin.isatty():
        print("Nothing was changed. The same command with --yes puts it in use.")
        raise typer.Exit(ANSWER_IS_NO)
    if not typer.confirm("Put it in use?"):
        print("Nothing was changed.")
        raise typer.Exit(ANSWER_IS_NO)
