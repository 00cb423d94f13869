"""case.pdf: what a head teacher reads. Who, when, what, why, how sure, and how to check it.

Names come from devices and may hold anything; they are ASCII already (event.text_of), and break
anywhere. What a school wrote may hold any letter: one that the font lacks is shown as a box.
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fpdf import FPDF
from fpdf.fonts import FontFace, TTFFont

from appliance.event import Means
from appliance.recording.evidence.sheet import moment
from appliance.store.rows import SURENESS

FONTS: Final = Path(__file__).parent / "fonts"
FONT: Final = "DejaVu"
MOST_ROWS: Final = 1000  # printed; nobody reads more, and rows.csv has them all
MOST_NAMES: Final = 40
LONGEST: Final = 300  # characters of a cell
GREY: Final = FontFace(fill_color=(238, 238, 238), emphasis="BOLD")


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
    sentence: str = ""  # of the case, where it is about one


def paper(rows: Sequence[bytes], story: Story) -> bytes:
    """Of rows in their canonical bytes."""
    read = [json.loads(row) for row in rows]
    pdf = _document(story)
    _title(pdf, story, read)
    _heading(pdf, "Which device, and how sure that is")
    _devices(pdf, read, story.zone)
    _heading(pdf, "Why it was refused")
    _reasons(pdf, read, story)
    _heading(pdf, "What was refused, and how often")
    _names(pdf, read)
    _heading(pdf, "What this can't show")
    _text(pdf, LIMITS)
    _heading(pdf, "How to check this")
    _text(pdf, CHECK.format(fingerprint=story.fingerprint))
    _heading(pdf, "Each entry")
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


class _Paper(FPDF):
    """With a number on each page: they get parted."""

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(FONT, "", 7)
        self.cell(0, 4, f"{self.title} · page {self.page_no()} of {{nb}}", align="R")


def _document(story: Story) -> FPDF:
    pdf = _Paper(format="A4")
    made = datetime.datetime.fromtimestamp(story.made_ms // 1000, datetime.UTC)
    pdf.set_creation_date(made)
    pdf.set_title(_cut(story.title))
    pdf.set_lang("en-GB")
    pdf.add_font(FONT, "", FONTS / "DejaVuSans.ttf")
    pdf.add_font(FONT, "B", FONTS / "DejaVuSans-Bold.ttf")
    pdf.set_auto_page_break(True, margin=18)
    pdf.set_margin(16)
    pdf.add_page()
    return pdf


def _title(pdf: FPDF, story: Story, rows: Sequence[dict[str, Any]]) -> None:
    pdf.set_font(FONT, "B", 17)
    _paragraph(pdf, _cut(story.title), 8)
    pdf.set_font(FONT, "", 10)
    questions = sum(row["count"] for row in rows)
    made = moment(story.made_ms, story.zone)
    lines = [
        f"{_cut(story.school)}. From {story.since} to {story.until}, by the school's clock.",
        f"{questions:,} refused questions in {len(rows):,} entries. Made on {made}.",
        story.sentence,
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
    _text(pdf, "\n".join(filter(None, lines)))


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
    _table(pdf, heads, cells, (20, 18, 20, 12, 24, 24))


def _names(pdf: FPDF, rows: Sequence[dict[str, Any]]) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts[row["name"], row["service"] or row["category"]] += row["count"]
    cells = [(name, what, f"{count:,}") for (name, what), count in counts.most_common(MOST_NAMES)]
    _table(pdf, ("Name", "Belongs to", "Times"), cells, (60, 30, 10))
    if len(counts) > MOST_NAMES:
        _text(pdf, f"And {len(counts) - MOST_NAMES:,} more names: rows.csv has them all.")


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
    _table(pdf, heads, cells, (18, 9, 48, 16, 9))


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
    _table(pdf, heads, cells, (27, 8, 42, 12, 17, 20))
    if len(rows) > MOST_ROWS:
        _text(pdf, f"And {len(rows) - MOST_ROWS:,} more entries: rows.csv has them all.")


def _heading(pdf: FPDF, text: str) -> None:
    pdf.ln(4)
    pdf.set_font(FONT, "B", 12)
    _paragraph(pdf, text, 7)


def _text(pdf: FPDF, text: str) -> None:
    pdf.set_font(FONT, "", 10)
    _paragraph(pdf, text, 5.2)


def _paragraph(pdf: FPDF, text: str, height: float) -> None:
    pdf.multi_cell(0, height, _shown(pdf, text), align="L", new_x="LMARGIN", new_y="NEXT")


def _table(
    pdf: FPDF, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> None:
    pdf.set_font(FONT, "", 7.5)
    if not rows:
        _text(pdf, "Nothing.")
        return
    with pdf.table(
        headings_style=GREY,
        borders_layout="HORIZONTAL_LINES",
        col_widths=tuple(widths),
        line_height=3.8,
        padding=0.8,
        text_align="LEFT",
    ) as table:
        table.row(heads)
        for row in rows:
            table.row([_shown(pdf, _cut(cell)) for cell in row])


def _cut(text: str) -> str:
    """On one line, and not without end."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _shown(pdf: FPDF, text: str) -> str:
    """Letters that the font has."""
    font = pdf.fonts[FONT.lower()]
    glyphs = font.cmap if isinstance(font, TTFFont) else {}
    return "".join(one if one == "\n" or ord(one) in glyphs else "□" for one in text)
