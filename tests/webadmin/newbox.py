"""A box out of its wrapping, as whoever sets it up meets it: nobody has an account yet."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from appliance.config import Config
from appliance.live import Live
from appliance.policy import ready
from appliance.store import audit
from appliance.store.office import invitations
from appliance.store.office.office import open_office
from tests.recording.noting import TUESDAY, Box
from tests.webadmin.premises import CHEAP
from webadmin.frame.context import Context
from webadmin.staff.app import create_app

MINE = "10.10.1.5"


@dataclass
class NewBox:
    """A box out of its wrapping: nothing is in force, and nobody has an account."""

    folder: Path
    box: Box
    app: Flask

    @classmethod
    def unpack(cls, folder: Path, *, is_running: bool = True) -> NewBox:
        """`bellgate run` has put a ready policy in force, unless only the pages run."""
        if is_running:
            shutil.copytree(_with_a_ready_policy(), folder, symlinks=True)
        box = Box(folder)
        context = Context(folder, Config(), lambda: box.clock.now, lambda: box.clock.now)
        app = create_app(context, CHEAP)
        app.testing = True
        return cls(folder, box, app)

    def link(self) -> str:
        with open_office(self.folder) as office:
            token = invitations.first_run(office, int(self.box.clock.now * 1000))
        assert token is not None
        return f"/welcome/{token}"

    def browser(self, address: str = MINE) -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        return client

    @property
    def live(self) -> Live:
        return Live(self.folder)

    def audited(self) -> list[str]:
        with self.box.look() as record:
            return [one.what for one in audit.look(record)]


@lru_cache
def _with_a_ready_policy() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="bellgate-new-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    live = Live(folder)
    live.publish_first(ready.read("mersey-vale", live.catalogue()), int(TUESDAY))
    return folder
