"""The password once more, before something that a borrowed browser must not do."""

from __future__ import annotations

from flask import request
from wtforms import Field

from appliance.store.office import signing_in
from appliance.store.office.signing_in import Refused
from webadmin.frame.fields import refuse, secret
from webadmin.staff import room
from webadmin.staff.door.keyring import hasher


def refused(password: Field) -> Refused | None:
    """None: it is them. Else why not, which stands beside the field too."""
    found = signing_in.confirm_password(
        room.office(),
        hasher(),
        room.me(),
        secret(password),
        address=request.remote_addr or "",
        at_ms=room.now_ms(),
    )
    if found:
        refuse(password, found.sentence)
    return found
