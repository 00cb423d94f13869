"""Detection's memory, written down in the record and read again.

Pickled, for it is a web of objects that point at one another; read through a list of what may stand
in it, so that whoever can write into the record can make us forget, and no more than that.
"""

from __future__ import annotations

import io
import pickle  # nosec B403: read through _Reader alone
import zlib
from typing import Any, Final

from appliance import __version__
from appliance.detection import casework, crowd, knowledge, memory, names, rhythm, score, tunnel
from appliance.detection.casework import Memory
from appliance.detection.observation import Observation
from appliance.store.database import Record, told

KEY: Final = f"detection {__version__}"  # another program's objects may be of another shape
MARK: Final = "detection remembered"  # up to this row of refusals
LARGEST: Final = 256 << 20

_KNOWN: Final = {
    (kind.__module__, kind.__qualname__): kind
    for kind in (
        *(casework.Memory, casework.File, crowd.Crowd, Observation),
        *(knowledge.Habit, knowledge.Numbers, names.Sign, rhythm.Rhythm, score.Grade),
        *(memory.Act, memory.Brand, memory.Device, memory.HabitSeen, memory.Novelty, memory.Want),
        *(tunnel.Stream, tunnel.Streams, tunnel.Volume),
    )
}
_OF_PYTHON: Final = {("collections", "deque"), ("collections", "OrderedDict")}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _OF_PYTHON:
            return super().find_class(module, name)
        if (module, name) in _KNOWN:
            return _KNOWN[module, name]
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a memory")


def save(record: Record, memory: Memory) -> None:
    """Inside a transaction."""
    content = zlib.compress(pickle.dumps(memory, protocol=5), 1)
    record.conn.execute("DELETE FROM memory WHERE key LIKE 'detection %' AND key <> ?", (KEY,))
    record.conn.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", (KEY, content))


def load(record: Record) -> Memory | None:
    """None where nothing was written, or nothing that we can read."""
    with told(record.path):
        content = record.number("SELECT content FROM memory WHERE key = ?", (KEY,))
    if not content:
        return None
    try:
        unpacked = zlib.decompressobj().decompress(content, LARGEST)
        found = _Reader(io.BytesIO(unpacked)).load()
    except (zlib.error, pickle.UnpicklingError, EOFError, ValueError, TypeError):
        return None
    except (AttributeError, ImportError, IndexError, KeyError):
        return None  # what else a pickle may run into, by its documentation
    return found if isinstance(found, Memory) else None
