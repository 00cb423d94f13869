"""Lines of a hosts file: an address, then one name or several."""

from __future__ import annotations

from collections.abc import Iterator

from appliance.lists.entry import Entry, Found, Scope, Why
from appliance.lists.formats.names import is_address, is_null, name_in

# What every computer's own hosts file says of itself; lists carry it along.
_OF_THE_COMPUTER = frozenset(
    {"localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"}  # nosec B104: a word
)


def is_hosts_line(text: str) -> bool:
    words = text.split(maxsplit=1)
    return len(words) > 1 and is_address(words[0])


def read_hosts_line(text: str) -> Iterator[Found]:
    """The names of a line; `#` begins a comment anywhere, as hosts(5) has it."""
    address, *names = text.partition("#")[0].split()
    for name in names:
        if _is_of_the_computer(name.lower()):
            continue
        if not is_null(address):
            yield Why.REWRITE
            continue
        found = name_in(name)
        yield found if isinstance(found, Why) else Entry(found, Scope.EXACT)


def _is_of_the_computer(name: str) -> bool:
    return name in _OF_THE_COMPUTER or name.startswith("ip6-")
