"""The time: a Pi has no battery clock, and every bell hangs on it."""

from __future__ import annotations

import ctypes
import datetime

from appliance.checkup.finding import Finding

_UNSYNCHRONISED = 0x0040  # STA_UNSYNC of <sys/timex.h>


class _Timex(ctypes.Structure):
    """The first fields of struct timex, and room for the others: adjtimex(2)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def is_synchronised() -> bool:
    """What whoever sets this clock by the network has told the kernel."""
    timex = _Timex()  # modes 0: read only, which anybody may
    failed = ctypes.CDLL(None).adjtimex(ctypes.byref(timex)) < 0
    return not failed and not timex.status & _UNSYNCHRONISED


def about_clock(now: float, not_before: datetime.date, *, in_sync: bool) -> Finding:
    """`not_before` is a day that has certainly come: that of the catalogue."""
    says = datetime.datetime.fromtimestamp(now, datetime.UTC)
    shown = f"{says:%d %B %Y %H:%M} UTC".lstrip("0")
    if says.date() < not_before:
        return Finding(
            "time",
            f"the clock says {shown}, which is past",
            "let this box reach a time server: sudo timedatectl set-ntp true",
        )
    if not in_sync:
        return Finding(
            "time",
            f"{shown}, and nothing keeps the clock right",
            "sudo timedatectl set-ntp true, and let this box reach a time server (UDP port 123)",
        )
    return Finding("time", f"{shown}, kept right by a time server")
