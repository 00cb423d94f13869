"""Forms and their fields: what was typed, as text; and what can be chosen."""

from __future__ import annotations

from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs


class Form(FlaskForm):  # type: ignore[misc]  # untyped
    """A form with its token against forged ones."""


def text(field: Field) -> str:
    """What was typed, without what surrounds it; nothing where nothing was."""
    return str(field.data or "").strip()


def secret(field: Field) -> str:
    """What was typed, to the letter: a password may begin with a space."""
    return str(field.data or "")


def choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """What can be chosen: value and title of each."""
    return [SelectChoice(value, title) for value, title in pairs]


def refuse(field: Field, sentence: str) -> None:
    """Say beside a field what is wrong with it, when the store has found it."""
    field.errors = [*field.errors, sentence]
