"""Charts as pictures made here, each with its numbers in a table beneath for whoever reads.

A picture inside an <img> can neither run a script nor load anything; it follows the reader's wish
for light or dark by itself.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pygal
from markupsafe import Markup
from pygal.style import Style

# pygal leaves a finder for its maps behind, of a kind that Python 3.11 warns of at each import
sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, pygal.PluginImportFixer)]

WIDTH: Final = 720
HEIGHT: Final = 260
FEW: Final = 8
COLOURS: Final = ("#0f6cbf", "#b35900", "#5b7083", "#7a4fa3", "#0b7a4b")
_STYLE: Final = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#454d55",
    foreground_strong="#212529",
    foreground_subtle="#9aa3ab",
    opacity="1",
    opacity_hover="1",
    guide_stroke_color="#d6dbe1",
    major_guide_stroke_color="#c3cad1",
    guide_stroke_dasharray="0",
    major_guide_stroke_dasharray="0",
    colors=COLOURS,
    font_family="system-ui, sans-serif",
    label_font_size=12,
    major_label_font_size=12,
    legend_font_size=13,
    transition="0s",
)
# what a reader of a dark screen sees; pygal's own rules are all on ids, so these shout
_DARK: Final = (
    "inline:@media (prefers-color-scheme:dark){"
    "text{fill:#c9d1d9 !important}"
    ".axis line,.axis path,.guides,.line{stroke:#57606a !important}}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of numbers, under one name."""

    title: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Chart:
    """What a picture shows: `says` is the sentence for whoever does not see it."""

    title: str
    says: str
    labels: Sequence[str]
    lines: Sequence[Line]
    corner: str = ""  # over the first column of its table

    @property
    def is_empty(self) -> bool:
        return not any(any(line.values) for line in self.lines)

    @property
    def picture(self) -> Markup:
        """The address of the picture, for an <img>: the picture itself."""
        chart = pygal.Bar(
            config=pygal.Config(
                css=["file://style.css", "file://graph.css", _DARK],
                js=[],
                style=_STYLE,
                width=WIDTH,
                height=HEIGHT,
                show_legend=len(self.lines) > 1,
                legend_at_bottom=True,
                legend_at_bottom_columns=len(self.lines),
                margin=8,
                spacing=12,
                truncate_label=-1,
                x_label_rotation=0,
                show_minor_x_labels=False,
                include_x_axis=True,
                print_values=False,
                pretty_print=False,
                disable_xml_declaration=True,
                no_data_text="",
                value_formatter=lambda value: f"{value:,.0f}",
                min_scale=2,
            )
        )
        chart.x_labels = list(self.labels)
        step = max(1, len(self.labels) // 12)
        chart.x_labels_major = list(self.labels)[::step]
        most = max((value for line in self.lines for value in line.values), default=0)
        if most <= FEW:  # or it marks halves of things that come whole
            chart.y_labels = range(most + 1)
        for line in self.lines:
            chart.add(line.title, list(line.values))
        drawn = base64.b64encode(chart.render(is_unicode=True).encode()).decode("ascii")
        return Markup("data:image/svg+xml;base64,") + drawn
