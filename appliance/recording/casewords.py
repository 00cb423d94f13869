"""Cases in words: what grades, kinds, states and outcomes are called where people read them.

They say what a device asked for and what it may be a sign of; never what a child did or meant.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from appliance.detection import knowledge
from appliance.detection.knowledge import Kind
from appliance.detection.sentences import CURE
from appliance.lists import catalogue
from appliance.policy.services import Catalogue
from appliance.policy.words import listed
from appliance.store.cases import CaseFile, Outcome, Status

GRADES: Final = {
    "deliberate": "Signs of a deliberate attempt",
    "watch": "Signs worth watching",
    "noise": "Explained by the device itself",
}
GRADES_MEAN: Final = {
    "deliberate": "Several signs, apart from one another and of different kinds, point the same "
    "way: towards getting round the filter. They say what a device asked for; who held it, and "
    "why, is for people to find out.",
    "watch": "Something here can be a sign of a way round the filter, and it is too little to say "
    "more. Often nothing comes of it.",
    "noise": "Devices and programs do this by themselves. Nobody has done anything: there is "
    "usually a setting that stops it.",
}
STATUSES: Final = {
    Status.OPEN: "open",
    Status.QUIET: "quiet, not looked at yet",
    Status.REVIEWED: "reviewed",
}
OUTCOMES: Final = {
    Outcome.UNFOUNDED: "Nobody meant anything by it",
    Outcome.FIXED: "A setting or a program was the cause, and was put right",
    Outcome.SPOKEN: "Somebody talked it over with those concerned",
    Outcome.SANCTIONED: "Dealt with by the school's behaviour policy",
    Outcome.REFERRED: "Referred to safeguarding or to the police",
}


@cache
def _kinds() -> dict[str, Kind]:
    known = Catalogue(categories={}, services={}, lifelines={}, safe_search={}, sources={})
    text = catalogue.text(catalogue.SHIPPED, knowledge.SIGNALS)
    return dict(knowledge.read_signals(text, known).kinds)


def kind_title(kind: str) -> str:
    """ "a VPN"; a kind that nobody knows any more is called by its name."""
    known = _kinds().get(kind)
    return known.title if known else kind


def kinds_of(case: CaseFile) -> str:
    """ "a VPN and a web proxy" """
    return listed([kind_title(kind) for kind in case.kinds])


def cures(case: CaseFile) -> tuple[str, ...]:
    """What stops it, where the device does it by itself: detection's advice."""
    found = (said.partition(CURE)[2] for said in case.speaks_against)
    return tuple(dict.fromkeys(cure for cure in found if cure))
