"""The third level: whatever takes more than memory or more than a glance.

Odd questions, questions over streams and by way of forwarders, names of our own, safe search, and
everything that an upstream has to be asked. It runs in the same loop as the fast levels, and hands
what it has learned to them: styles, answers, replies that lie ready.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from appliance.dns import style as styles
from appliance.dns.answers.kept import CLIENT_TTL, Kept
from appliance.dns.audience import JITTERS, Ruling, seconds_left
from appliance.dns.batch import Later
from appliance.dns.flights import Flights
from appliance.dns.own import safesearch
from appliance.dns.own.alias import Alias, addresses_in
from appliance.dns.own.local import Local
from appliance.dns.own.safesearch import SafeSearch
from appliance.dns.own.shapes import FAILED, REFUSED, nodata
from appliance.dns.own.special import OWN_WORDS
from appliance.dns.present import Present
from appliance.dns.replies import REFUSAL_TTL, Replies
from appliance.dns.seats import Seat
from appliance.dns.sieve import Sieve
from appliance.dns.style import Style
from appliance.dns.told import told
from appliance.dns.wire import (
    HEADER_SIZE,
    LARGEST_MESSAGE,
    Class,
    Extended,
    Malformed,
    Question,
    Rcode,
    Shape,
    complaint,
    extended_error,
    labels_of,
    read_question,
    reply,
)
from appliance.domains import lies_under
from appliance.event import Flag, time_mark
from appliance.policy.snapshot import Known

NO_WISHES: Final = b"\0"
# Behind a plain question stands an OPT of 11 bytes or nothing. What somebody pads to a kilobyte is
# answered, but not kept: it would take ten times the memory.
LONGEST_TAIL: Final = 11
OWN_SECONDS: Final = 60  # that an answer of our own lies ready: its TTLs don't count down
NOT_INSIDE: Final = "A public name may not lead into the school's own network."

Send = Callable[[bytes], None]
Addresses = Sequence[bytes] | None  # None: nobody could find them out


@dataclass(slots=True, eq=False)
class Waiter:
    """Somebody whose question is being answered."""

    message: bytes
    question: Question
    style: Style
    seat: Seat
    send: Send
    may_lie_ready: bool  # the reply, for others of the same audience
    known: Known | None = None  # of the name, by the snapshot that the seat's audience has

    @property
    def asked(self) -> bytes:
        return self.message[HEADER_SIZE : self.question.end]


class SlowPath:
    """Answers everything that the fast levels pass on."""

    def __init__(
        self,
        present: Present,
        flights: Flights,
        local: Local,
        replies: Replies,
        private_names: Sequence[str],
        sieve: Sieve,
    ) -> None:
        self.present = present
        self.flights = flights
        self.local = local
        self.replies = replies
        self._private_names = private_names
        self._sieve = sieve
        self.styles: dict[bytes, Style] = {}  # of datagrams: the fast levels know them too
        self._stream_styles: dict[bytes, Style] = {}
        self.turned_away_count = 0

    # Whoever asks

    def take_datagram(self, message: bytes, seat: Seat, later: Later, origin: bytes) -> None:
        """A question by UDP; `origin` is where its reply goes."""
        self._take(message, seat, partial(later.give, origin=origin), is_datagram=True)

    def take(self, message: bytes, seat: Seat, send: Send) -> None:
        """A question over a stream, which has room for any reply."""
        now = self.present.now()
        if seat.tokens < 1 and not self.present.seats.refill(seat, now):
            return
        seat.tokens -= 1
        self._take(message, seat, send, is_datagram=False)

    def turned_away(self, message: bytes, seat: Seat) -> bytes:
        """The reply to a stranger, who is told so in no more bytes than were sent, and to a client
        that asks too much, who is not: silence costs least."""
        self.turned_away_count += 1
        self._sieve.note(seat)
        if seat.is_welcome:
            return b""
        is_question = len(message) >= HEADER_SIZE and not message[2] & 0x80
        return complaint(message, Rcode.REFUSED) if is_question else b""

    def _take(self, message: bytes, seat: Seat, send: Send, *, is_datagram: bool) -> None:
        try:
            question = read_question(message)
        except Malformed as fault:
            if fault.rcode is not None:
                send(complaint(message, fault.rcode))
            return
        if question.edns and question.edns.version:
            send(reply(message, question, Shape(Rcode.BADVERS)))  # RFC 6891 §6.1.3
            return
        now = self.present.now()
        if seat.is_forwarder and (device := told(question.edns)):
            seat = self.present.seats.behind(seat.address, device, now)
            if seat.tokens < 1 and not self.present.seats.refill(seat, now):
                return
            seat.tokens -= 1
        style = self._style(message, question, is_datagram)
        may_lie_ready = is_datagram and style.is_plain
        self._answer(Waiter(message, question, style, seat, send, may_lie_ready), now)

    def _style(self, message: bytes, question: Question, is_datagram: bool) -> Style:
        """The style of a question, learned if it is a plain one. One that is not learned counts as
        odd: whatever were kept by it would never be found again, and stay."""
        known = self.styles if is_datagram else self._stream_styles
        words = message[2:HEADER_SIZE] + message[question.end - 4 :]
        style = known.get(words)
        if style is None:
            style = styles.of(question, limit=None if is_datagram else LARGEST_MESSAGE)
            is_short = len(message) <= question.end + LONGEST_TAIL
            if style.is_plain and is_short and len(known) < styles.KEPT:
                known[words] = style
            else:
                style = replace(style, is_plain=False)
        return style

    # What is said

    def _answer(self, waiter: Waiter, now: float) -> None:
        """The story of a question: ours to refuse, ours to answer, or somebody else's to know."""
        question = waiter.question
        ruling = self._ruling(waiter, now)
        if question.qclass != Class.IN:
            self._say(waiter, self.local.shape(question) or REFUSED, ruling, now)
        elif ruling.is_refused and question.qname not in OWN_WORDS:
            self._refuse(waiter, ruling, now)
        elif self.flights.elsewhere(question.qname):
            self._ask(waiter, now)  # the school's own servers know better than we
        elif alias := self.local.alias(question):
            self._follow(waiter, alias, now)
        elif shape := self._own(waiter, ruling, now):
            until = min(int(now) + OWN_SECONDS, ruling.until - CLIENT_TTL - JITTERS)
            self._say(waiter, shape, ruling, now, until=until)
        elif self._has_safe_mode(waiter, ruling):
            self._search_safely(waiter, ruling, now)
        else:
            self._ask(waiter, now)

    def _own(self, waiter: Waiter, ruling: Ruling, now: float) -> Shape | None:
        ttl = self._life(waiter, ruling, now)
        may_circumvent = not ruling.is_refused  # a canary's own ruling says so
        return self.local.shape(
            waiter.question, ttl=ttl, may_circumvent=may_circumvent, may_encrypt=True
        )

    def _ruling(self, waiter: Waiter, now: float) -> Ruling:
        """By what holds now: bells ring and policies change while a question travels."""
        seat = waiter.seat.renew(now)
        if seat is not waiter.seat:
            waiter.seat, waiter.known = seat, None
        if waiter.known is None:
            waiter.known = self.present.snapshot.lookup(waiter.question.name)
        return waiter.seat.audience.ruling(waiter.known, now)

    def _refuse(self, waiter: Waiter, ruling: Ruling, now: float, flags: int = 0) -> None:
        audience, clock = waiter.seat.audience, self.present.school_clock
        until, body = self.replies.refused(ruling, waiter.style, audience, waiter.asked, clock, now)
        if flags:
            until = int(now) + 1  # it rests on an answer, which may be another one the next time
        self._send(waiter, body, ruling, until, now, flags)

    def _say(
        self,
        waiter: Waiter,
        shape: Shape,
        ruling: Ruling,
        now: float,
        options: Iterable[tuple[int, bytes]] = (),
        flags: int = 0,
        until: int = 0,
    ) -> None:
        """Reply with a shape. It lies ready for the rest of this second at least: most TTLs count
        down."""
        body = self.replies.said(shape, waiter.style, waiter.asked, options)
        self._send(waiter, body, ruling, max(until, int(now) + 1), now, flags)

    def _send(
        self, waiter: Waiter, body: bytes, ruling: Ruling, until: float, now: float, flags: int
    ) -> None:
        waiter.send(waiter.question.id + body)
        words = waiter.message[2 : None if waiter.may_lie_ready else waiter.question.end]
        head = ruling.head(len(words), flags)
        notes = self.present.channel.notes
        notes += (time_mark(int(now * 1000)), waiter.seat.mark, head, words)
        if waiter.may_lie_ready:
            self.present.seats.lay_ready(waiter.seat.audience, words, (until, body, head))

    # What others know

    def _ask(self, waiter: Waiter, now: float) -> None:
        key = waiter.question.qname + waiter.style.key_end
        self.flights.bring(key, partial(self._answered, waiter))

    def _answered(self, waiter: Waiter, kept: Kept, is_stale: bool) -> None:
        """What an upstream says of the asked name, if this device may still have it."""
        now = self.present.now()
        ruling = self._ruling(waiter, now)
        audience = waiter.seat.audience
        ruling, until = audience.led(ruling, kept.targets, now)
        if ruling.is_refused:
            self._refuse(waiter, ruling, now, Flag.LED_ON)
        elif self._has_safe_mode(waiter, ruling):
            self._search_safely(waiter, ruling, now)  # since a moment ago
        elif kept.is_private and not self._may_be_private(waiter.question):
            why = extended_error(Extended.FILTERED, NOT_INSIDE)
            self._say(waiter, nodata(REFUSAL_TTL), ruling, now, [why], Flag.FAILED)
        elif kept.is_failure:
            why = extended_error(Extended.NO_REACHABLE_AUTHORITY)
            self._say(waiter, FAILED, ruling, now, [why], Flag.FAILED)
        else:
            left = min(seconds_left(until, now, audience.jitter), CLIENT_TTL)
            shape = kept.shape(now, left)
            code = Extended.STALE_NXDOMAIN if shape.rcode else Extended.STALE_ANSWER
            options = [extended_error(code)] if is_stale else []
            waiter.may_lie_ready = (
                False  # the second level makes it anew, and knows what is popular
            )
            self._say(waiter, shape, ruling, now, options, Flag.STALE if is_stale else 0)

    def _may_be_private(self, question: Question) -> bool:
        """Whether an answer may lead into the school's own network: for names that do by right.
        Anybody else's would let a page outside reach a printer inside (DNS rebinding)."""
        return self.flights.elsewhere(question.qname) is not None or any(
            lies_under(question.name, name) for name in self._private_names
        )

    def _follow(self, waiter: Waiter, alias: Alias, now: float) -> None:
        """A local name that another name answers for."""
        self._find_addresses(waiter, alias.target, partial(self._followed, waiter, alias))

    def _followed(self, waiter: Waiter, alias: Alias, addresses: Addresses) -> None:
        now = self.present.now()
        ruling = self._ruling(waiter, now)
        audience = waiter.seat.audience
        ruling, until = audience.led(ruling, [alias.target], now)
        if ruling.is_refused:
            self._refuse(waiter, ruling, now, Flag.LED_ON)
            return
        ttl = min(seconds_left(until, now, audience.jitter), CLIENT_TTL)
        self._say(waiter, alias.shape(waiter.question, addresses, ttl), ruling, now)

    def _has_safe_mode(self, waiter: Waiter, ruling: Ruling) -> bool:
        return bool(ruling.verdict.safe_search) and waiter.question.qtype in safesearch.REDIRECTED

    def _search_safely(self, waiter: Waiter, ruling: Ruling, now: float) -> None:
        """A search engine, by the name that answers for its safe mode."""
        mode = waiter.seat.audience.column.group.safe_mode
        engines = SafeSearch(self.present.snapshot.safe_search)
        target = engines.target(ruling.verdict.safe_search, mode)
        found = partial(self._searched_safely, waiter, target)
        if safesearch.needs_asking(target, waiter.question.qtype):
            self._find_addresses(waiter, target, found)
        else:
            found(())

    def _searched_safely(self, waiter: Waiter, target: str, addresses: Addresses) -> None:
        now = self.present.now()
        ruling = self._ruling(waiter, now)
        if ruling.is_refused:
            self._refuse(waiter, ruling, now)
            return
        shape = safesearch.shape(
            waiter.question, target, addresses, self._life(waiter, ruling, now)
        )
        self._say(waiter, shape, ruling, now, flags=Flag.SAFE)

    def _life(self, waiter: Waiter, ruling: Ruling, now: float) -> int:
        """How long an answer may live that rests on this ruling alone."""
        return min(seconds_left(ruling.until, now, waiter.seat.audience.jitter), CLIENT_TTL)

    def _find_addresses(
        self, waiter: Waiter, name: str, found: Callable[[Addresses], None]
    ) -> None:
        """The addresses of another name, of the type that was asked for."""
        qtype = waiter.question.qtype
        key = labels_of(name) + waiter.style.key_end[:4] + NO_WISHES

        def landed(kept: Kept, is_stale: bool) -> None:
            if kept.is_failure:
                found(None)
            else:
                records = kept.records(kept.born, CLIENT_TTL)
                found(addresses_in(records, kept.answers, qtype))

        self.flights.bring(key, landed)
