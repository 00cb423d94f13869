"""The three answers to a report, as they are filled in."""

from __future__ import annotations

from typing import Final

from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from appliance.store.counter import triage
from webadmin.frame.fields import Form, choices
from webadmin.frame.numbers import LARGEST

WORDS_LENGTH: Final = 1_000
NAMES_LENGTH: Final = 5_000


class BlockForm(Form):
    names = TextAreaField(
        "Sites",
        [DataRequired("Type the address of the site."), Length(max=NAMES_LENGTH)],
        description="One a line. Everything below each of them is refused as well.",
    )
    groups = SelectMultipleField(
        "For whom",
        [DataRequired("Choose at least one group.")],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    how_long = RadioField(
        "How long",
        choices=choices([("until", "Until the end of a day"), ("good", "For good")]),
    )
    until = DateField("Last day", [Optional()])
    answer = StringField(
        "Words back",
        [Length(max=triage.ANSWER_LENGTH)],
        description="Shown to whoever has the reference.",
    )


class DismissForm(Form):
    thanks = StringField(
        "Words back",
        [DataRequired("Write a word of thanks."), Length(max=triage.ANSWER_LENGTH)],
        description="Shown to whoever has the reference.",
    )


class EscalateForm(Form):
    words = TextAreaField(
        "What it is about",
        [DataRequired("Write what others have to know."), Length(max=WORDS_LENGTH)],
        description="For the safeguarding lead, who finds it on this page. Whoever reported it "
        "does not see it.",
    )
    case = IntegerField(
        "Number of a case",
        [Optional(), NumberRange(1, LARGEST)],
        description="Where it belongs to one: it is noted there.",
    )
