"""The ready policies that come with the product, from which a school starts."""

from __future__ import annotations

from pathlib import Path

from appliance.policy import document
from appliance.policy.model import School
from appliance.policy.services import Catalogue

PROFILES = Path(__file__).parent / "profiles"


def names() -> list[str]:
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def path_of(name: str) -> Path:
    """The document of one of `names()`."""
    return PROFILES / f"{name}.toml"


def read(name: str, catalogue: Catalogue) -> School:
    """The school of one of `names()`."""
    return document.read_file(path_of(name), catalogue)
