"""Data hidden in DNS questions: many different long names below one site, from one device.

iodine, dnscat2 and dns2tcp have to put what they send into the name, so each question is a new
name, as long as will do, with more in each letter than words have; what comes back they like to
take from types that hold much (TXT, NULL). No page behaves so, and no host is named so.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from enum import IntEnum

from appliance.detection.knowledge import Numbers
from appliance.policy.clock import Instant

ODD_TYPES = frozenset(("TXT", "NULL", "KEY", "PRIVATE", "TYPE65399", "16", "10", "25", "65399"))
SHORTEST = 12  # characters before the site: host names end about here
SITES = 16  # watched for each device
LABELS = 600  # remembered for each site; more are only counted
MEASURED = 64  # names whose letters are counted: the mean has settled by then


class Volume(IntEnum):
    NONE = 0
    SHAPE = 1  # looks like one
    STREAM = 2  # carries data


class Stream:
    """The names that one device asked below one site, within the window."""

    __slots__ = ("begins", "bits", "count", "last", "length", "measured", "odd", "seen", "volume")

    def __init__(self, at: Instant) -> None:
        self.begins = self.last = at
        self.seen: set[int] = set()
        self.count = self.length = self.odd = self.measured = 0
        self.bits = 0.0
        self.volume = Volume.NONE

    def add(self, at: Instant, hidden: str, is_odd: bool) -> None:
        self.last = at
        label = hash(hidden)
        if label in self.seen:
            return
        if len(self.seen) < LABELS:
            self.seen.add(label)
        self.count += 1
        self.length += len(hidden)
        self.odd += is_odd
        if self.measured < MEASURED:
            self.measured += 1
            self.bits += entropy(hidden)

    def measure(self, numbers: Numbers) -> Volume:
        """What this stream is by now; it never becomes less again."""
        is_odd = self.odd * 2 >= self.count
        enough = numbers.tunnel_odd_labels if is_odd else numbers.tunnel_labels
        is_full = self.length >= numbers.tunnel_length * self.count
        is_dense = self.bits * 100 >= numbers.tunnel_entropy_percent * self.measured
        if self.count >= enough and is_full and is_dense:
            is_long = self.length >= numbers.tunnel_long * self.count
            many = numbers.tunnel_long_labels if is_long else numbers.tunnel_many_labels
            is_stream = self.count >= many
            self.volume = max(self.volume, Volume.STREAM if is_stream else Volume.SHAPE)
        return self.volume


class Streams:
    """The sites that one device may be hiding data below."""

    __slots__ = ("_sites",)

    def __init__(self) -> None:
        self._sites: OrderedDict[str, Stream] = OrderedDict()

    def note(
        self, at: Instant, site: str, hidden: str, qtype: str, numbers: Numbers
    ) -> Stream | None:
        """The site's stream, with this question in it, where it may be one."""
        is_odd = qtype in ODD_TYPES
        if len(hidden) < SHORTEST and not is_odd:
            return None
        stream = self._sites.get(site)
        is_over = stream is not None and (
            at - stream.last > numbers.tunnel_seconds
            or (at - stream.begins > numbers.tunnel_seconds and not stream.volume)
        )
        if stream is None or is_over:
            stream = self._sites[site] = Stream(at)
            while len(self._sites) > SITES:
                self._sites.popitem(last=False)
        self._sites.move_to_end(site)
        stream.add(at, hidden, is_odd)
        return stream


def entropy(text: str) -> float:
    """Bits a character."""
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values())
