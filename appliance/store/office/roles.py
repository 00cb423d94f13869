"""What a person is at the school, as far as these pages care. What each may do, the pages say."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    NETWORK_MANAGER = "network-manager"
    E_SAFETY = "e-safety"
    SAFEGUARDING_LEAD = "safeguarding-lead"  # the team's lead: all that the team may, and more
    TEACHER = "teacher"
    GOVERNOR = "governor"
