"""Keeps the programs of one box running in the foreground: startup, main loop, shutdown.

Each program has sockets that the supervisor opens and holds, so that a restart loses no question
that waits in one. On a Pi systemd does this work instead.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.child import Child
from appliance.errors import RunError
from appliance.readiness import READY
from appliance.sockets import Listener

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and on which sockets."""

    name: str
    command: tuple[str, ...]
    open_listeners: Callable[[], list[Listener]]  # RunError where that can't be
    is_essential: bool = True  # False: the others go on without it, and it is tried again
    is_kin: bool = False  # it begins as a copy of us, and shares what we have loaded


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the supervisor waits, in seconds."""

    ready: float = 30  # for all programs to answer; a million names on a slow card take 10
    end: float = 1.5  # for a program to end by itself when it is told to
    first: float = 0.5  # before the second restart in a row; the first one is at once
    longest: float = 30
    forgive: float = 10  # a program that lived so long starts afresh: one second of ten is cheap
    hold: float = 1  # its sockets are held for so long while it is dead

    def before_restart(self, deaths: int) -> float:
        """How long to wait after so many deaths in a row."""
        if deaths <= 1:
            return 0
        doublings = min(deaths - 2, 16)  # more would only make a number that nobody can read
        return min(self.first * float(2**doublings), self.longest)


USUAL_PATIENCE = Patience()


@dataclass(slots=True, eq=False)
class Place:
    """One program's place: who is at work there now, on which sockets, and how it went so far."""

    program: Program
    listeners: list[Listener] = field(default_factory=list)
    child: Child | None = None
    born: float = 0  # by the loop's clock
    deaths: int = 0  # in a row
    restart: asyncio.TimerHandle | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Event = field(default_factory=asyncio.Event)  # ready, or not to be waited for

    def open(self) -> None:
        self.listeners = self.listeners or self.program.open_listeners()

    def close(self) -> None:
        for one in self.listeners:
            one.socket.close()
        self.listeners = []


class Supervisor:
    """Runs programs until it is told to stop."""

    def __init__(
        self,
        programs: list[Program],
        log: Log,
        *,
        environ: Mapping[str, str],
        patience: Patience = USUAL_PATIENCE,
    ) -> None:
        self.log = log
        self.environ = environ
        self.patience = patience
        self.places = [Place(program) for program in programs]
        self._has_to_stop = asyncio.Event()
        self._someone_died = asyncio.Event()
        self._failure = ""

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Start all, say when all answer, keep them so, and stop them; RunError where those that
        are essential don't come up."""
        self._loop = asyncio.get_running_loop()
        self._listen_to_signals()
        try:
            if await self.startup():
                on_ready()
                await self.main_loop()
        finally:
            await self.shutdown()
        if self._failure:
            raise RunError(self._failure)

    def answers(self, name: str) -> bool:
        """Has this program answered since it was started first?"""
        return any(place.program.name == name and place.ready.is_set() for place in self.places)

    async def startup(self) -> bool:
        """True when all answer that have to; False when they can't, or nobody wants it any more."""
        for place in self.places:
            if place.program.is_essential:
                place.open()  # all before the first is started: half a box helps nobody
        for place in self.places:
            self._start(place)
        all_settled = asyncio.gather(*(place.settled.wait() for place in self.places))
        stop = asyncio.ensure_future(self._has_to_stop.wait())
        await asyncio.wait(
            (all_settled, stop), timeout=self.patience.ready, return_when=asyncio.FIRST_COMPLETED
        )
        await _drop(all_settled, stop)
        self._tell_who_is_late()
        return not self._has_to_stop.is_set()

    def _tell_who_is_late(self) -> None:
        late = [place.program for place in self.places if not place.settled.is_set()]
        if not late or self._has_to_stop.is_set():
            return
        names = ", ".join(program.name for program in late)
        said = f"{names} did not answer within {self.patience.ready:g} seconds"
        if any(program.is_essential for program in late):
            self._failure = f"{said}; bellgate check may say why"
            self._has_to_stop.set()
        else:
            self.log(said)

    async def main_loop(self) -> None:
        """Everything happens in callbacks from here on."""
        await self._has_to_stop.wait()

    async def shutdown(self) -> None:
        """Ask all to end, then make them."""
        self._has_to_stop.set()
        for place in self.places:
            if place.restart:
                place.restart.cancel()
        self._tell_all(signal.SIGTERM)
        try:
            async with asyncio.timeout(self.patience.end):
                await self._all_gone()
        except TimeoutError:
            for place in self.places:
                if place.child:
                    self.log(f"{place.program.name} does not end: killed")
            self._tell_all(signal.SIGKILL)
            await self._all_gone()
        for place in self.places:
            place.close()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._loop.remove_signal_handler(number)

    def _listen_to_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._has_to_stop.set)
        self._loop.add_signal_handler(signal.SIGHUP, self._tell_all, signal.SIGHUP)

    def _tell_all(self, number: signal.Signals) -> None:
        for place in self.places:
            if place.child:
                place.child.signal(number)

    async def _all_gone(self) -> None:
        while any(place.child for place in self.places):
            self._someone_died.clear()
            await self._someone_died.wait()

    def _start(self, place: Place) -> None:
        place.restart = None
        place.born = self._loop.time()
        try:
            place.open()
        except RunError as fault:
            self.log(f"{place.program.name} can't start: {fault}")
            place.settled.set()
            self._plan_restart(place)
            return
        program = place.program
        kin = program.name if program.is_kin else ""
        place.child = Child.start(program.command, place.listeners, self.environ, kin)
        self.log(f"{place.program.name} started, process {place.child.pid}")
        self._loop.add_reader(place.child.handle, self._bury, place, place.child)
        self._loop.add_reader(place.child.readiness, self._hear, place, place.child)

    def _hear(self, place: Place, child: Child) -> None:
        if os.read(child.readiness, len(READY)) == READY:
            place.ready.set()
            place.settled.set()
            self.log(f"{place.program.name} answers")
        self._loop.remove_reader(child.readiness)

    def _bury(self, place: Place, child: Child) -> None:
        self._loop.remove_reader(child.handle)
        self._loop.remove_reader(child.readiness)
        how = _in_words(child.reap())
        place.child = None
        self._someone_died.set()
        if self._has_to_stop.is_set():
            self.log(f"{place.program.name} {how}")
        elif place.ready.is_set():
            self.log(f"{place.program.name} {how}")
            self._plan_restart(place)
        else:
            said = f"{place.program.name} {how} before it answered; its own words are above"
            if place.program.is_essential:
                # it never worked, so trying again would only say the same again
                self._failure = said
                self._has_to_stop.set()
            else:
                self.log(said)
                place.settled.set()
                self._plan_restart(place)

    def _plan_restart(self, place: Place) -> None:
        lived = self._loop.time() - place.born
        place.deaths = 1 if lived > self.patience.forgive else place.deaths + 1
        wait = self.patience.before_restart(place.deaths)
        if wait > self.patience.hold:
            # The kernel shares clients out among the open sockets of a port. Held, this one would
            # go on getting its share, and those clients no answer; closed, they go to the other
            # workers. The few questions that wait in it are lost, and asked again.
            place.close()
        if wait:
            self.log(f"{place.program.name} is started again in {wait:g} seconds")
        place.restart = self._loop.call_later(wait, self._start, place)


def _in_words(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


async def _drop(*futures: asyncio.Future[Any]) -> None:
    for future in futures:
        future.cancel()
    await asyncio.gather(*futures, return_exceptions=True)
