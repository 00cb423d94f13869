"""Puts evidence together: the rows, the policies that ruled them, and the paper."""

from __future__ import annotations

import datetime
import itertools
import tomllib
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from appliance.errors import CaseError, EvidenceError
from appliance.keys import fingerprint, public_key
from appliance.policy.clock import SchoolClock
from appliance.recording.evidence.attached import attached
from appliance.recording.evidence.bundle import Contents, pack
from appliance.recording.evidence.chain import prove
from appliance.recording.evidence.judgement import Judgement
from appliance.recording.evidence.paper import Story, paper
from appliance.recording.evidence.sheet import moment
from appliance.recording.evidence.wanted import Made, Wanted
from appliance.recording.keyring import Keyring
from appliance.recording.policies import USUAL_ZONE
from appliance.store import cases, policies, seals
from appliance.store.attachments import Keeper
from appliance.store.cases import CaseFile, holder_of
from appliance.store.database import Record, told
from appliance.store.rows import Reader, Row
from appliance.store.search import Wish, oldest

MOST_ROWS: Final = 50_000


def clock_of(record: Record) -> SchoolClock:
    """The school's, by the policy that was in force last."""
    newest = policies.last_in_force(record)
    school = _school(record, newest.policy) if newest else {}
    return SchoolClock(str(school.get("timezone", USUAL_ZONE)))


def gather(record: Record, keyring: Keyring, keeper: Keeper, wanted: Wanted, now: int) -> Made:
    """EvidenceError where there is nothing, too much, or a row that is not as it was sealed."""
    with told(record.path):
        record.conn.execute("BEGIN")  # one moment, whatever is written meanwhile
        try:
            return _gather(record, keyring, keeper, wanted, now)
        finally:
            record.conn.execute("ROLLBACK")


def _gather(record: Record, keyring: Keyring, keeper: Keeper, wanted: Wanted, now: int) -> Made:
    clock = clock_of(record)
    rows = list(itertools.islice(_rows(record, wanted), MOST_ROWS + 1))
    if not rows:
        raise EvidenceError(
            "no refusal is kept with this case: those around its signs are put to it within a "
            "minute or two"
            if wanted.case
            else f"nothing was refused to {wanted.title.lower()} in that time"
        )
    if len(rows) > MOST_ROWS:
        raise EvidenceError(f"more than {MOST_ROWS:,} entries: say --from and --to more narrowly")
    proof = prove(record, [row.id for row in rows])
    sealed = [data for _, data in sorted(proof.rows.items())]
    if not sealed:
        raise EvidenceError("these entries are not sealed yet: ask again in two minutes")
    key = keyring.key(clock.date(now))
    zone = clock.zone.key
    since = wanted.since_ms if wanted.since_ms is not None else rows[0].first_ms
    until = wanted.until_ms if wanted.until_ms is not None else rows[-1].last_ms
    texts = _policies(record, {row.state.policy for row in rows})
    newest = policies.last_in_force(record)
    case = _case(record, wanted.case)
    files = attached(keeper, cases.attachments(record, wanted.case)) if case else ()
    story = Story(
        title=f"What was refused: {wanted.title.lower()}",
        school=str(_school(record, newest.policy).get("name", "")) if newest else "A school",
        zone=zone,
        since=moment(since, zone),
        until=moment(until, zone),
        made_ms=now * 1000,
        wording=_wording(texts),
        fingerprint=fingerprint(public_key(key)),
        unsealed=proof.unsealed,
        judgement=Judgement.of(case, files, zone) if case else None,
    )
    about = {
        "made": datetime.datetime.fromtimestamp(now, datetime.UTC).isoformat(),
        "series": record.series,
        "subject": wanted.title,
        "from": story.since,
        "to": story.until,
        "timezone": zone,
        "policies": sorted(texts),
        "attachments": [one.described for one in files],
    }
    contents = Contents(
        about=about,
        proof=proof,
        paper=paper(sealed, story),
        policies=texts,
        keys=keyring.known(),
        attachments={one.packed_as: one.data for one in files if one.data is not None},
    )
    left_out = tuple(f"{one.of.name}: {one.why_not}" for one in files if one.why_not)
    return Made(pack(contents, key), len(sealed), proof.unsealed, left_out)


def _case(record: Record, id: int) -> CaseFile | None:
    """None where it is about a device, or about rows of a case that is forgotten already."""
    try:
        return cases.case(record, id) if id else None
    except CaseError:
        return None


def _rows(record: Record, wanted: Wanted) -> Iterable[Row]:
    if not wanted.case:
        wish = Wish(wanted.since_ms, wanted.until_ms, device=wanted.device)
        return oldest(record, wish)
    reader = Reader(record)
    held = (
        row
        for number in seals.held(record, holder_of(wanted.case))
        for row in reader.rows(number, number)
    )
    return (
        row
        for row in held
        if (wanted.since_ms is None or row.last_ms >= wanted.since_ms)
        and (wanted.until_ms is None or row.first_ms < wanted.until_ms)
    )


def _policies(record: Record, versions: Iterable[str]) -> dict[str, bytes]:
    """The texts of those that the record knows."""
    found = {}
    for version in versions:
        in_force = policies.in_force_as(record, version)
        text = _text(record, in_force.policy) if in_force else b""
        if text:
            found[version] = text
    return found


def _text(record: Record, digest: str) -> bytes:
    try:
        return policies.document(record, digest)
    except (zlib.error, TypeError):  # somebody altered it, or it is gone
        return b""


def _school(record: Record, digest: str) -> Mapping[str, Any]:
    school = _read(_text(record, digest)).get("school", {})
    return school if isinstance(school, dict) else {}


def _wording(texts: Mapping[str, bytes]) -> dict[tuple[str, str], str]:
    """Of each policy version's rules, by their ids: the school's own sentence."""
    return {
        (version, str(rule.get("id", ""))): str(rule.get("says", ""))
        for version, text in texts.items()
        for rule in _read(text).get("rule", [])
        if isinstance(rule, dict)
    }


def _read(text: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(text.decode())
    except ValueError:
        return {}
