"""Every error of ours, named for what happens next.

ApplianceError                one sentence for the person at the console; never a traceback
├── NotAName                  no DNS question can carry this: say so, go on with the next name
├── DocumentError             a TOML file is refused whole: show all mistakes, keep what is in force
│   ├── PolicyError           … a school's policy
│   ├── CatalogueError        … a file of blocklists/
│   └── ConfigError           … the box's own settings, appliance.toml
├── DecisionError             the policy does not let anybody decide this: nothing changes
├── SigningKeyError           a key can't be made or read: nothing is signed with it
├── EditionError              a newer catalogue is refused: keep the one in use, say why
├── ListError                 a list is missing or absurd: keep yesterday's, say so
├── SnapshotError             a snapshot is broken: stay with the one in use, say why
├── CertificateError          a certificate can't be used: keep the one in use, say why
├── ObservedError             what was seen can't be read: name the line, grade nothing
├── StoreError                the record can't be read or written now: what happens waits for it
│   ├── BrokenStoreError      … it is damaged: set it aside, begin a new one, say so loudly
│   └── NewerStoreError       … a newer program has written it: leave it alone, update this one
├── CaseError                 a case can't be changed so: it stays as it is
├── RequestError              what was asked for can't be asked or decided so: it stays as it is
├── ReportError               a report can't be taken or dealt with so: what is there stays
│   └── TooManyError          … too many have come from there: try again later
├── PeopleError               an account can't be made or changed so: it stays as it is
│   └── InvitationError       … this link opens nothing (any more): say how to get another
├── BackupError               nothing was backed up or restored: what is there stays as it is
├── SealError                 what seals the record was altered: record on, unsealed, and say so
├── EvidenceError             this is no evidence that can be looked at: nothing is said about it
├── PublishError              nothing was published: resolvers go on with the last good snapshot
├── RunError                  nothing answers: it is stopped again, and the sentence says why
└── UsageError                the command's words don't go together: say what would do
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TOLD = 200  # mistakes of one document; who has more of them mends these first


class ApplianceError(Exception):
    """Root of all: its text is a sentence that a network manager can act on."""


class NotAName(ApplianceError):
    """This text can't be a domain name; the message says which rule it breaks."""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong in a document, where it stands and what would do."""

    line: int
    key: str
    problem: str

    def __str__(self) -> str:
        place = f"line {self.line}, " if self.line else ""
        return f"{place}{self.key}: {self.problem}" if self.key else f"{place}{self.problem}"


class DocumentError(ApplianceError):
    """A document is refused whole, with every mistake that was found in it."""

    def __init__(self, source: str, mistakes: Iterable[Mistake]) -> None:
        self.source = source
        self.mistakes = tuple(sorted(set(mistakes)))
        lines = [f"{source}: {mistake}" for mistake in self.mistakes[:TOLD]]
        if len(self.mistakes) > TOLD:
            lines.append(f"{source}: and {len(self.mistakes) - TOLD:,} more mistakes")
        super().__init__("\n".join(lines))


class PolicyError(DocumentError):
    """The school's policy is not one we can enforce: the policy in force stays."""


class CatalogueError(DocumentError):
    """A file of the catalogue breaks its schema: the catalogue in force stays."""


class ConfigError(DocumentError):
    """The box's own settings are refused whole: what runs goes on as it is."""


class DecisionError(ApplianceError):
    """What somebody wants to decide can't be, or may not be by them alone: nothing changes."""


class SigningKeyError(ApplianceError):
    """A key can't be made or read; nothing is signed with it."""


class EditionError(ApplianceError):
    """A newer catalogue can't be believed or used: the one in use stays."""


class ListError(ApplianceError):
    """A list is missing or absurd: keep yesterday's copy and tell the network manager."""


class SnapshotError(ApplianceError):
    """A snapshot is missing, cut short or altered: readers stay with the one they have."""


class CertificateError(ApplianceError):
    """A certificate or its key can't be used; the one in use, if any, stays."""


class ObservedError(ApplianceError):
    """A record of what was seen can't be read, so that nothing is graded from half of it."""


class StoreError(ApplianceError):
    """The record can't be read or written now; what has not been stored yet waits."""


class BrokenStoreError(StoreError):
    """The record's file is damaged: no row of it can be trusted to be found."""


class NewerStoreError(StoreError):
    """The record was written by a newer program than this one: it must stay as it is."""


class CaseError(ApplianceError):
    """There is no such case, or it can't be changed in this way; it stays as it is."""


class RequestError(ApplianceError):
    """A request, a notice or a view can't be made or changed in this way; it stays as it is."""


class ReportError(ApplianceError):
    """A report can't be taken, or dealt with in this way; what is there stays as it is."""


class TooManyError(ReportError):
    """So much has come from there that no more is taken for a while."""


class PeopleError(ApplianceError):
    """There is no such account, or it can't be made or changed in this way; it stays as it is."""


class NoSuchPersonError(PeopleError):
    """There is no account of this number: whoever asks looks at the list again."""


class InvitationError(PeopleError):
    """This link opens nothing, or nothing any more; whoever holds it asks for another."""


class BackupError(ApplianceError):
    """A backup could not be made or used; what is there stays as it is."""


class SealError(ApplianceError):
    """What seals the record makes no sense, so that nothing can be joined to it."""


class EvidenceError(ApplianceError):
    """Evidence can't be made of this, or this is no evidence that can be checked."""


class PublishError(ApplianceError):
    """Nothing was published; resolvers go on with the last good snapshot."""


class RunError(ApplianceError):
    """A program of ours can't start or stay up; whatever had started is stopped again."""


class UsageError(ApplianceError):
    """The words of a command don't go together."""
