"""What checks passwords: one for the application, since making it costs as much as a check."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from appliance.store.office.passwords import Passwords

_NAME = "passwords"


def keep_hasher(app: Flask, hasher: Passwords) -> None:
    app.extensions[_NAME] = hasher


def hasher() -> Passwords:
    return cast(Passwords, current_app.extensions[_NAME])
