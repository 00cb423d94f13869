"""How the paper is set: its pages, headings, paragraphs and tables.

Names come from devices and may hold anything; they are ASCII already (event.text_of), and break
anywhere. What a school wrote may hold any letter: one that the font lacks is shown as a box.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.fonts import FontFace, TTFFont

FONTS: Final = Path(__file__).parent / "fonts"
FONT: Final = "DejaVu"
LONGEST: Final = 300  # characters of a cell
GREY: Final = FontFace(fill_color=(238, 238, 238), emphasis="BOLD")


class _Paper(FPDF):
    """With a number on each page: they get parted."""

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(FONT, "", 7)
        self.cell(0, 4, f"{self.title} · page {self.page_no()} of {{nb}}", align="R")


def document(title: str, made_ms: int) -> FPDF:
    pdf = _Paper(format="A4")
    made = datetime.datetime.fromtimestamp(made_ms // 1000, datetime.UTC)
    pdf.set_creation_date(made)
    pdf.set_title(cut(title))
    pdf.set_lang("en-GB")
    pdf.add_font(FONT, "", FONTS / "DejaVuSans.ttf")
    pdf.add_font(FONT, "B", FONTS / "DejaVuSans-Bold.ttf")
    pdf.set_auto_page_break(True, margin=18)
    pdf.set_margin(16)
    pdf.add_page()
    return pdf


def title(pdf: FPDF, text: str) -> None:
    pdf.set_font(FONT, "B", 17)
    paragraph(pdf, cut(text), 8)


def heading(pdf: FPDF, text: str) -> None:
    pdf.ln(4)
    pdf.set_font(FONT, "B", 12)
    paragraph(pdf, text, 7)


def text(pdf: FPDF, text: str) -> None:
    pdf.set_font(FONT, "", 10)
    paragraph(pdf, text, 5.2)


def paragraph(pdf: FPDF, text: str, height: float) -> None:
    pdf.multi_cell(0, height, shown(pdf, text), align="L", new_x="LMARGIN", new_y="NEXT")


def table(
    pdf: FPDF, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> None:
    pdf.set_font(FONT, "", 7.5)
    if not rows:
        text(pdf, "Nothing.")
        return
    with pdf.table(
        headings_style=GREY,
        borders_layout="HORIZONTAL_LINES",
        col_widths=tuple(widths),
        line_height=3.8,
        padding=0.8,
        text_align="LEFT",
    ) as drawn:
        drawn.row(heads)
        for row in rows:
            drawn.row([shown(pdf, cut(cell)) for cell in row])


def cut(text: str) -> str:
    """On one line, and not without end."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def shown(pdf: FPDF, text: str) -> str:
    """Letters that the font has."""
    font = pdf.fonts[FONT.lower()]
    glyphs = font.cmap if isinstance(font, TTFFont) else {}
    return "".join(one if one == "\n" or ord(one) in glyphs else "□" for one in text)
