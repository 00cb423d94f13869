"""bellgate user: who may sign in to the staff pages, from the console.

This is the way back in where nobody can sign in any more.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from appliance import running
from appliance.commands.choices import DEFAULT_FOLDER, AsJson, Folder
from appliance.errors import StoreError, UsageError
from appliance.store import audit
from appliance.store.database import FILE as RECORD
from appliance.store.database import Record
from appliance.store.office import invitations, people
from appliance.store.office.invitations import Kind
from appliance.store.office.office import FILE, Office, open_office
from appliance.store.office.people import Person
from appliance.store.office.roles import Role
from appliance.tables import suggestion

WHO: Final = "console"
WELCOME: Final = "/welcome/"

Login = Annotated[
    str, typer.Argument(metavar="LOGIN", help="Their login, as bellgate user list has it.")
]
Roles = Annotated[
    list[Role],
    typer.Option("--role", metavar=f"[{'|'.join(Role)}]", help="What they are; may be repeated."),
]

app = typer.Typer(
    help="People who may sign in to the staff pages, and the links that let them in.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def of_users() -> None:
    """People who may sign in to the staff pages, and the links that let them in."""


@app.command("add")
def add(
    name: Annotated[str, typer.Option(metavar="NAME", help="What colleagues call them.")],
    login: Annotated[
        str, typer.Option(metavar="LOGIN", help="Their school e-mail address, or a short name.")
    ],
    roles: Roles,
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Let somebody in: prints a link to hand over, with which they choose a password.

    Example: bellgate user add --name "Ms Clark" --login clark@example.sch.uk --role teacher
    """
    with _office(folder, is_new=True) as office:
        at_ms = _now_ms(folder)
        added = people.add(office, login=login, name=name, roles=roles, at_ms=at_ms)
        _note(folder, at_ms, "added", added, after=_facts(added))
        _hand_over(office, folder, added, Kind.WELCOME, as_json)


@app.command("list")
def list_people(folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """Everybody who may sign in, or might once.

    Example: bellgate user list
    """
    with _office(folder) as office:
        found = people.everybody(office)
    for one in found:
        print(json.dumps(_for_machines(one), ensure_ascii=False) if as_json else _line(one))


@app.command("reset")
def reset(
    login: Login,
    is_second_factor: Annotated[
        bool, typer.Option("--second-factor", help="They have lost the phone, not the password.")
    ] = False,
    folder: Folder = DEFAULT_FOLDER,
    as_json: AsJson = False,
) -> None:
    """Print a link with which they choose a new password, or take off a second factor that is lost.
    Until it is used, all stays as it is.

    Example: bellgate user reset clark@example.sch.uk
    """
    kind = Kind.SECOND_FACTOR if is_second_factor else Kind.PASSWORD
    with _office(folder) as office:
        owner = _known(office, login)
        if is_second_factor and not owner.has_second_factor:
            raise UsageError(f"{owner.name} has no second factor: there is nothing to reset")
        _hand_over(office, folder, owner, kind, as_json)


@app.command("roles")
def roles(
    login: Login, roles: Roles, folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False
) -> None:
    """Say anew what somebody is; roles that are not given are taken away.

    Example: bellgate user roles clark@example.sch.uk --role teacher --role e-safety
    """
    with _office(folder) as office:
        before = _known(office, login)
        after = people.change_roles(office, before.id, roles)
    _changed(folder, "changed the roles of", before, after)
    _tell(after, f"{after.name} is now {_spelled(after)}.", as_json)


@app.command("deactivate")
def deactivate(login: Login, folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """Sign somebody out everywhere, and let them in no more. What they did stays on record.

    Example: bellgate user deactivate clark@example.sch.uk
    """
    with _office(folder) as office:
        before = _known(office, login)
        after = people.deactivate(office, before.id)
    _changed(folder, "deactivated", before, after)
    _tell(after, f"{after.name} is signed out and may not sign in any more.", as_json)


@app.command("activate")
def activate(login: Login, folder: Folder = DEFAULT_FOLDER, as_json: AsJson = False) -> None:
    """Let somebody in again who was deactivated, with the password they had.

    Example: bellgate user activate clark@example.sch.uk
    """
    with _office(folder) as office:
        before = _known(office, login)
        after = people.activate(office, before.id)
    _changed(folder, "activated", before, after)
    _tell(after, f"{after.name} may sign in again.", as_json)


@contextmanager
def _office(folder: Path, *, is_new: bool = False) -> Iterator[Office]:
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such data folder; give it with --dir")
    if not is_new and not (folder / FILE).exists():
        raise UsageError(f"{folder}: nobody has an account there yet; see bellgate user add --help")
    with open_office(folder) as office:
        yield office


def _known(office: Office, login: str) -> Person:
    found = people.find(office, login)
    if found is None:
        logins = [one.login for one in people.everybody(office)]
        raise UsageError(
            f"nobody has the login {login[:60]!r}{suggestion(login, logins)}: "
            "see bellgate user list"
        )
    return found


def _hand_over(office: Office, folder: Path, owner: Person, kind: Kind, as_json: bool) -> None:
    at_ms = _now_ms(folder)
    link = WELCOME + invitations.invite(office, owner.id, kind, made_by=WHO, at_ms=at_ms)
    _note(folder, at_ms, "made a link for", owner, after={"for": kind})
    ends = _moment(at_ms + invitations.LASTS_MS)
    if as_json:
        print(json.dumps(_for_machines(owner) | {"link": link, "ends": ends}, ensure_ascii=False))
        return
    does = "takes off the second factor" if kind is Kind.SECOND_FACTOR else "chooses a password"
    print(
        f"With this link {owner.name} ({owner.login}) {does}. It is good once, for 7 days, after "
        "the address of your staff pages:"
    )
    print(link)


def _changed(folder: Path, what: str, before: Person, after: Person) -> None:
    _note(folder, _now_ms(folder), what, after, _facts(before), _facts(after))


def _note(
    folder: Path,
    at_ms: int,
    what: str,
    subject: Person,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    if not (folder / RECORD).exists():
        return  # a new box: the record begins when it runs
    try:
        with Record.change(folder / RECORD) as record, record.transaction():
            audit.note(record, at_ms, WHO, what, subject.holder, before, after)
    except StoreError as fault:  # a full disk must not keep a leaver's account open
        typer.echo(f"It is done, but could not be noted: {fault}", err=True)


def _tell(person: Person, sentence: str, as_json: bool) -> None:
    print(json.dumps(_for_machines(person), ensure_ascii=False) if as_json else sentence)


def _line(person: Person) -> str:
    remarks = [
        "" if person.is_active else "deactivated",
        "" if person.has_password else "has not chosen a password",
        "with second factor" if person.has_second_factor else "",
        f"last signed in {_moment(person.last_login_ms)}" if person.last_login_ms else "",
    ]
    said = "; ".join(one for one in remarks if one)
    return f"{person.login}  {person.name}  {_spelled(person)}{f'  ({said})' if said else ''}"


def _spelled(person: Person) -> str:
    return ", ".join(sorted(person.roles))


def _facts(person: Person) -> dict[str, Any]:
    return {
        "login": person.login,
        "name": person.name,
        "roles": sorted(person.roles),
        "active": person.is_active,
    }


def _for_machines(person: Person) -> dict[str, Any]:
    last = person.last_login_ms
    return _facts(person) | {
        "password": person.has_password,
        "second_factor": person.has_second_factor,
        "created": _moment(person.created_ms),
        "last_login": _moment(last) if last else None,
    }


def _moment(at_ms: int) -> str:
    return f"{datetime.datetime.fromtimestamp(at_ms // 1000, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _now_ms(folder: Path) -> int:
    return int(running.now(folder) * 1000)
