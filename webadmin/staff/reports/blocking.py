"""From a report to a refused site in one step, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from appliance.policy.clock import Instant
from appliance.policy.decide import Policy
from appliance.policy.decisions import grants, own_lists
from appliance.policy.model import GrantKind, School
from appliance.store.counter.reports import Report
from webadmin.staff import room
from webadmin.staff.acting import put_in_force

FOR_GOOD: Final = "lists"  # where a report's block has no id of its own


@dataclass(frozen=True, slots=True)
class Block:
    """Which names are refused to whom, and until when."""

    names: tuple[str, ...]
    groups: tuple[str, ...]
    until: Instant | None  # None: for good

    @property
    def facts(self) -> dict[str, Any]:
        return {"names": self.names, "groups": self.groups, "until": self.until or "for good"}


def put(report: Report, block: Block) -> str:
    """In force for every resolver; what stands for it in the policy."""
    taken = {one.id for one in room.policy().school.grants if one.kind is GrantKind.OVERRIDE}
    name = FOR_GOOD if block.until is None else grants.unused(f"report-{report.id}", taken)

    def alter(policy: Policy) -> School:
        if block.until is None:
            return own_lists.block_for_good(policy, block.names, block.groups)
        return own_lists.block_until(
            policy,
            block.names,
            block.groups,
            block.until,
            f"Report {report.reference}",
            (room.me().name,),
            room.now(),
            id=name,
        )

    put_in_force(alter, "blocked", f"report {report.id}", after=block.facts | {"grant": name})
    return name


def lift(report: Report, names: Sequence[str], groups: Sequence[str]) -> bool:
    """Take back what `put` did; False where nothing of it is left in the policy."""

    def alter(policy: Policy) -> School:
        if report.grant_id != FOR_GOOD:
            return grants.end(policy, [(GrantKind.OVERRIDE, report.grant_id)], room.now())
        school = policy.school
        for one in _lists(school, names, groups):
            school = own_lists.unblock(Policy(school, policy.catalogue), names, one)
        return school

    if not _is_there(report, names, groups):
        return False
    put_in_force(
        alter,
        "lifted the block",
        f"report {report.id}",
        before={"names": names, "groups": groups, "grant": report.grant_id},
    )
    return True


def _is_there(report: Report, names: Sequence[str], groups: Sequence[str]) -> bool:
    policy = room.policy()
    if report.grant_id == FOR_GOOD:
        return bool(_lists(policy.school, names, groups))
    found = grants.find(policy.school, GrantKind.OVERRIDE, report.grant_id)
    return found is not None and policy.clock.instant(found.end) > room.now()


def _lists(school: School, names: Sequence[str], groups: Sequence[str]) -> list[str]:
    """The school's own lists of these groups that have one of these names."""
    wanted = {own_lists.list_of(school, group) for group in groups}
    return [
        one.name
        for one in own_lists.own_lists(school)
        if one.name in wanted and set(one.names) & set(names)
    ]
