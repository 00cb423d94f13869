"""One child process: born with its sockets as systemd would give them, and never left behind.

fork and exec rather than subprocess: LISTEN_PID has to be the child's own number, which is known
only between the two. The supervisor has one thread, so nothing can be locked at that moment.
"""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from appliance.kin import go_on_as
from appliance.parent import end_with
from appliance.readiness import NOTIFY_FD
from appliance.sockets import FIRST_DESCRIPTOR, Listener, handed_over

NO_EXEC: Final = 127  # the exit code shells have for it


@dataclass(frozen=True, slots=True)
class Child:
    """A process of ours that runs."""

    pid: int
    handle: int  # a pidfd: readable once the process has ended
    readiness: int  # the end of a pipe on which it says that it is ready

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        listeners: list[Listener],
        environ: Mapping[str, str],
        kin: str = "",
    ) -> Child:
        """Run this command with these sockets, and no other file of ours. `kin`: the name under
        which it goes on as a copy of us."""
        parent = os.getpid()
        read_end, write_end = os.pipe()
        # no handler of the parent's may run in the child: it would write into the parent's loop
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            pid = os.fork()
            if pid == 0:
                _become(command, listeners, write_end, environ, parent, kin)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(write_end)
        os.set_blocking(read_end, False)
        return cls(pid, os.pidfd_open(pid), read_end)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; one that has ended does not mind, for its number is ours until reaped."""
        signal.pidfd_send_signal(self.handle, number)

    def reap(self) -> int:
        """The exit code of one that has ended; minus the signal's number where a signal did it."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self.handle)
        os.close(self.readiness)
        return os.waitstatus_to_exitcode(status)


def _become(
    command: Sequence[str],
    listeners: list[Listener],
    write_end: int,
    environ: Mapping[str, str],
    parent: int,
    kin: str,
) -> NoReturn:
    """In the child: put everything in its place and turn into the command."""
    try:
        end_with(parent)
        os.setpgid(0, 0)  # Ctrl-C is for the parent, which then stops its children in order
        _place([one.socket.fileno() for one in listeners] + [write_end])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)  # what the parent prints, others read
        own = handed_over(listeners, os.getpid())
        own = {**environ, **own, NOTIFY_FD: str(FIRST_DESCRIPTOR + len(listeners))}
        if kin:
            go_on_as(kin, command, own)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execve(command[0], list(command), own)  # nosec B606: programs of our own
    except OSError as fault:
        os.write(2, f"{command[0]}: {fault.strerror}\n".encode())
    finally:
        os._exit(NO_EXEC)


def _place(descriptors: Sequence[int]) -> None:
    """Move these to FIRST_DESCRIPTOR and the numbers after it, through copies that lie beyond: one
    may stand where another has to go."""
    beyond = FIRST_DESCRIPTOR + len(descriptors)
    copies = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, beyond) for one in descriptors]
    for number, copy in enumerate(copies, start=FIRST_DESCRIPTOR):
        os.dup2(copy, number)
    os.closerange(beyond, os.sysconf("SC_OPEN_MAX"))  # whatever else is open, even if inherited
