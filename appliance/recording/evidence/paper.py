"""case.pdf: what a head teacher reads. Who, when, what, why, how sure, and how to check it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fpdf import FPDF

from appliance.event import Means
from appliance.recording.evidence.judgement import Judgement, judgement
from appliance.recording.evidence.setting import cut, document, heading, table, text, title
from appliance.recording.evidence.sheet import moment
from appliance.store.rows import SURENESS

MOST_ROWS: Final = 1000  # printed; nobody reads more, and rows.csv has them all
MOST_NAMES: Final = 40


@dataclass(frozen=True, slots=True)
class Story:
    """What the paper tells."""

    title: str
    school: str
    zone: str
    since: str
    until: str
    made_ms: int
    wording: Mapping[tuple[str, str], str]  # of a policy version's rule: the school's own sentence
    fingerprint: str
    unsealed: int
    judgement: Judgement | None = None  # where it is about a case


def paper(rows: Sequence[bytes], story: Story) -> bytes:
    """Of rows in their canonical bytes."""
    read = [json.loads(row) for row in rows]
    pdf = document(story.title, story.made_ms)
    _title(pdf, story, read)
    if story.judgement:
        judgement(pdf, story.judgement)
    heading(pdf, "Which device, and how sure that is")
    _devices(pdf, read, story.zone)
    heading(pdf, "Why it was refused")
    _reasons(pdf, read, story)
    heading(pdf, "What was refused, and how often")
    _names(pdf, read)
    heading(pdf, "What this can't show")
    text(pdf, LIMITS)
    heading(pdf, "How to check this")
    text(pdf, CHECK.format(fingerprint=story.fingerprint))
    heading(pdf, "Each entry")
    _entries(pdf, read, story.zone)
    return bytes(pdf.output())


LIMITS: Final = (
    "A device is named here, not a person: who held it at that moment is for people to find out. "
    "The filter sees names of sites that a device asked for; it sees no pages, no searches and no "
    "messages. Devices ask for many names by themselves, without anybody touching them. The seal "
    "shows that these entries are as they were recorded; it does not show that no other entry "
    "was left out of this paper."
)
CHECK: Final = (
    "Take the ZIP file that this paper came in to any computer with Bellgate and say: "
    "bellgate verify FILE.zip. It names the first entry or file that was altered. Compare the "
    "fingerprint of the key with the school's, on the telephone: {fingerprint}. Anchors that the "
    "school mailed out at the time can be compared too: bellgate verify FILE.zip --anchor MAIL."
)


def _title(pdf: FPDF, story: Story, rows: Sequence[dict[str, Any]]) -> None:
    title(pdf, story.title)
    questions = sum(row["count"] for row in rows)
    made = moment(story.made_ms, story.zone)
    lines = [
        f"{cut(story.school)}. From {story.since} to {story.until}, by the school's clock.",
        f"{questions:,} refused questions in {len(rows):,} entries. Made on {made}.",
    ]
    if story.unsealed:
        lines.append(
            f"{story.unsealed:,} entries of the last minutes are not sealed yet, and left out."
        )
    untrusted = sum(not row["clock_trusted"] for row in rows)
    if untrusted:
        lines.append(
            f"At {untrusted:,} of these entries the box did not know the time for certain."
        )
    text(pdf, "\n".join(filter(None, lines)))


def _devices(pdf: FPDF, rows: Sequence[dict[str, Any]], zone: str) -> None:
    seen: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        known = SURENESS[Means(row["means"])]
        who = row["device"] or "(no name)", row["address"], row["mac"], row["group"], known
        seen.setdefault(who, []).append(row)
    cells = [
        (*who, f"{moment(of[0]['first'], zone)} to {moment(of[-1]['last'], zone)}")
        for who, of in list(seen.items())[:MOST_NAMES]
    ]
    heads = "Device", "Address", "Hardware address", "Group", "How it is known", "Seen"
    table(pdf, heads, cells, (20, 18, 20, 12, 24, 24))


def _names(pdf: FPDF, rows: Sequence[dict[str, Any]]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts[row["name"], row["service"] or row["category"]] += row["count"]
    cells = [(name, what, f"{count:,}") for (name, what), count in counts.most_common(MOST_NAMES)]
    table(pdf, ("Name", "Belongs to", "Times"), cells, (60, 30, 10))
    if len(counts) > MOST_NAMES:
        text(pdf, f"And {len(counts) - MOST_NAMES:,} more names: rows.csv has them all.")


def _reasons(pdf: FPDF, rows: Sequence[dict[str, Any]], story: Story) -> None:
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for row in rows:
        counts[row["policy"], row["decided_by"], row["rule"], row["clause"]] += row["count"]
    cells = [
        (
            rule or decided_by,
            clause,
            story.wording.get((policy, rule), ""),
            policy[:12],
            f"{count:,}",
        )
        for (policy, decided_by, rule, clause), count in counts.most_common(MOST_NAMES)
    ]
    heads = "Rule", "Clause", "In the school's words", "Policy version", "Times"
    table(pdf, heads, cells, (18, 9, 48, 16, 9))


def _entries(pdf: FPDF, rows: Sequence[dict[str, Any]], zone: str) -> None:
    cells = [
        (
            moment(row["first"], zone),
            f"{row['count']:,}",
            row["name"],
            row["period"],
            row["device"] or row["address"],
            row["event"],
        )
        for row in rows[:MOST_ROWS]
    ]
    heads = "When", "Times", "Name", "Period", "Device", "Entry"
    table(pdf, heads, cells, (27, 8, 42, 12, 17, 20))
    if len(rows) > MOST_ROWS:
        text(pdf, f"And {len(rows) - MOST_ROWS:,} more entries: rows.csv has them all.")
