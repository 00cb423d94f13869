"""Other people's programs that tests use, as Debian packs them.

Where one is not installed a test is skipped with a sentence; in CI it fails, since .ci/run puts all
of them there.
"""

from __future__ import annotations

import os
import shutil

import pytest

PACKAGES = {
    "chromium": "chromium",
    "dig": "bind9-dnsutils",
    "kdig": "knot-dnsutils",
    "drill": "ldnsutils",
    "dnsperf": "dnsperf",
    "named": "bind9",
    "unbound": "unbound",
    "dnsmasq": "dnsmasq-base",
}


def program(name: str) -> str:
    """Where a program is."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found:
        return found
    sentence = f"{name} is missing: apt install {PACKAGES[name]}"
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)
