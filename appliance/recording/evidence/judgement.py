"""What case.pdf says of a case before its entries: what speaks for and against, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fpdf import FPDF

from appliance.recording import casewords
from appliance.recording.evidence.attached import Attached
from appliance.recording.evidence.setting import heading, table, text
from appliance.recording.evidence.sheet import moment
from appliance.store.cases import CaseFile


@dataclass(frozen=True, slots=True)
class Judgement:
    """As it stands when the evidence is made."""

    grade: str
    means: str
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]
    outcome: tuple[str, ...]  # sentences
    files: tuple[tuple[str, ...], ...]  # rows of a table

    @classmethod
    def of(cls, case: CaseFile, files: Sequence[Attached], zone: str) -> Judgement:
        kinds = casewords.kinds_of(case)
        title = casewords.GRADES.get(case.grade, case.grade)
        return cls(
            grade=f"{title}: {kinds}." if kinds else f"{title}.",
            means=casewords.GRADES_MEAN.get(case.grade, ""),
            speaks_for=case.speaks_for,
            speaks_against=case.speaks_against,
            outcome=_outcome(case, zone),
            files=tuple(_row(one, zone) for one in files),
        )


def judgement(pdf: FPDF, told: Judgement) -> None:
    heading(pdf, "What the case is")
    text(pdf, f"{told.grade}\n{told.means}")
    heading(pdf, "What speaks for an attempt")
    _said(pdf, told.speaks_for)
    heading(pdf, "What speaks against it")
    _said(pdf, told.speaks_against)
    heading(pdf, "What came of it")
    text(pdf, "\n".join(told.outcome))
    if told.files:
        heading(pdf, "Attached files")
        heads = "Name", "Bytes", "Added", "By", "In this ZIP", "SHA-256"
        table(pdf, heads, told.files, (20, 9, 16, 12, 22, 39))


def _said(pdf: FPDF, sentences: Sequence[str]) -> None:
    text(pdf, "\n".join(f"• {one}" for one in sentences) or "Nothing.")


def _outcome(case: CaseFile, zone: str) -> tuple[str, ...]:
    if case.outcome is None:
        return ("Nobody has judged it yet.",)
    when = moment(case.reviewed_ms, zone) if case.reviewed_ms else ""
    return (
        f"{casewords.OUTCOMES[case.outcome]}.",
        f"What the school learns from it: {case.lesson}",
        f"Reviewed by {case.reviewer}, {when}.",
    )


def _row(one: Attached, zone: str) -> tuple[str, ...]:
    place = f"no: {one.why_not}" if one.data is None else f"attachments/{one.packed_as}"
    file = one.of
    return (
        file.name,
        f"{file.bytes:,}",
        moment(file.at_ms, zone),
        file.who,
        place,
        file.sha256,
    )
