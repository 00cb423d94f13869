"""The register of official channels: platform, account, master administrator, who may use it, from
when until when. An entry is never rubbed out, only closed."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import astuple, replace

from appliance.errors import DecisionError
from appliance.policy.decide import Policy
from appliance.policy.decisions import checking
from appliance.policy.decisions.grants import never_opened
from appliance.policy.model import EVERY_GROUP, OfficialChannel, School
from appliance.policy.words import describe
from appliance.tables import YEARS


def add(policy: Policy, channel: OfficialChannel) -> School:
    """The school with one entry more."""
    channel = _checked(policy, channel)
    channels = policy.school.official_channels
    if channel in channels:
        raise DecisionError(f"{channel.account} stands in the register like this already.")
    return replace(policy.school, official_channels=(*channels, channel))


def edit(policy: Policy, key: str, channel: OfficialChannel) -> School:
    """The school with an entry put right."""
    return _with(policy.school, find(policy.school, key), _checked(policy, channel))


def close(policy: Policy, key: str, date: datetime.date) -> School:
    """The school with a channel closed: from this date on it opens nothing."""
    found = find(policy.school, key)
    if found.opened and date < found.opened:
        raise DecisionError("It can't be closed before the day on which it opened.")
    return _with(policy.school, found, replace(found, closed=date))


def key_of(channel: OfficialChannel) -> str:
    """What a page calls an entry: another once anything in it has changed."""
    return hashlib.blake2b(repr(astuple(channel)).encode(), digest_size=8).hexdigest()


def find(school: School, key: str) -> OfficialChannel:
    """The entry a page means; DecisionError where it is gone or was changed meanwhile."""
    for channel in school.official_channels:
        if key_of(channel) == key:
            return channel
    raise DecisionError("Somebody has changed this entry meanwhile: look at the register again.")


def is_open(channel: OfficialChannel, date: datetime.date) -> bool:
    """True while it opens its platform."""
    return (channel.opened is None or channel.opened <= date) and (
        channel.closed is None or date < channel.closed
    )


def _with(school: School, old: OfficialChannel, new: OfficialChannel) -> School:
    channels = tuple(new if one == old else one for one in school.official_channels)
    return replace(school, official_channels=channels)


def _checked(policy: Policy, channel: OfficialChannel) -> OfficialChannel:
    checking.target(policy, channel.platform)
    if never_opened(policy, channel.platform):
        raise DecisionError(
            f"{describe(channel.platform, policy)} stands among what nobody may open at this "
            "school."
        )
    for name in channel.groups:
        if name != EVERY_GROUP:
            checking.among("group", name, [group.name for group in policy.school.groups])
    for name in channel.devices:
        checking.among("device", name, [device.name for device in policy.school.devices])
    if not channel.groups and not channel.devices:
        raise DecisionError("Please say for which groups or devices it is open.")
    _check_dates(channel)
    return replace(
        channel,
        account=checking.one_line(channel.account, "the account"),
        master_role=checking.one_line(channel.master_role, "its master administrator's role"),
        approved=checking.one_line(channel.approved, "who may use it"),
        clause=checking.one_line(channel.clause, "the clause", required=False),
    )


def _check_dates(channel: OfficialChannel) -> None:
    for date in (channel.opened, channel.closed):
        if date and date.year not in YEARS:
            raise DecisionError(f"The year {date.year} can't be meant: look at the dates again.")
    if channel.opened and channel.closed and channel.closed < channel.opened:
        raise DecisionError("It can't be closed before the day on which it opened.")
