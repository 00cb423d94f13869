"""A program that takes sockets over as a resolver does, and answers with who it is.

`quit` makes it end with code 3, `hang` makes it deaf to SIGTERM, `names` lists its sockets and
`leaks` the files that it has open beyond them. Word `broken` on its command line: it never starts.
"""

from __future__ import annotations

import os
import selectors
import signal
import sys

from appliance.readiness import tell_ready
from appliance.sockets import FIRST_DESCRIPTOR, Service, take_over


def main() -> None:
    if "broken" in sys.argv:
        print("I can't start", file=sys.stderr)
        sys.exit(4)
    listeners = take_over(os.environ, os.getpid())
    hung_up = 0

    def hang_up(number: int, frame: object) -> None:
        nonlocal hung_up
        hung_up += 1

    signal.signal(signal.SIGHUP, hang_up)
    waiting = selectors.DefaultSelector()
    for one in listeners:
        waiting.register(one.socket, selectors.EVENT_READ, one.service)
    if "mute" not in sys.argv:
        tell_ready(os.environ)
    while True:
        for key, _ in waiting.select():
            if key.data is not Service.UDP:
                stream, _ = key.fileobj.accept()  # type: ignore[union-attr]
                stream.sendall(str(os.getpid()).encode())
                stream.close()
                continue
            datagram, client = key.fileobj.recvfrom(512)  # type: ignore[union-attr]
            word = datagram.decode()
            answer = str(os.getpid())
            if word == "quit":
                os._exit(3)
            elif word == "hang":
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            elif word == "names":
                answer = " ".join(one.service for one in listeners)
            elif word == "hups":
                answer = str(hung_up)
            elif word == "leaks":
                ours = {0, 1, 2, waiting.fileno()}
                ours |= set(range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + len(listeners)))
                answer = " ".join(str(n) for n in sorted(_open_files() - ours))
            key.fileobj.sendto(answer.encode(), client)  # type: ignore[union-attr]


def _open_files() -> set[int]:
    numbers = {int(name) for name in os.listdir("/proc/self/fd")}
    return {number for number in numbers if os.path.exists(f"/proc/self/fd/{number}")}


if __name__ == "__main__":
    main()
