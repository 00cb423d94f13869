"""DNS over HTTP/1.1: one request after the other; h11 reads and writes."""

from __future__ import annotations

from functools import partial

import h11

from appliance.dns.streams.desk import Desk, Seat, Visitor
from appliance.dns.streams.door import Mood
from appliance.dns.streams.limits import Limits
from appliance.dns.streams.request import Headers, Refused, Request, Status, answered, refused
from appliance.dns.streams.tls import SecureGuest

CLOSE = (b"connection", b"close")


class Http1:
    """The requests of one connection."""

    def __init__(self, guest: SecureGuest, desk: Desk[Seat], limits: Limits) -> None:
        self.guest = guest
        self.limits = limits
        self._visitor = partial(Visitor, desk, guest.address)
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.header_bytes)
        self._request: Request | None = None
        self._body = bytearray()
        self._requests = 0
        self._is_reading = False
        self._is_waiting = False  # for the desk
        self._is_deaf = False  # all is said; what still comes in is thrown away
        self._has_ended = False

    def hear(self, data: bytes) -> None:
        if self._is_deaf:
            return
        if self.guest.mood is Mood.RESTING:
            self.guest.feels(Mood.ARRIVING)
        self._http.receive_data(data)
        self._read()

    def end(self) -> None:
        self._has_ended = True
        if not self._is_waiting:
            self.guest.finish()

    def go_on(self) -> None:
        """Nothing waits for room: there is one answer at a time."""

    def _read(self) -> None:
        self._is_reading = True
        try:
            while (
                not self._is_waiting and not self._is_deaf and self._take(self._http.next_event())
            ):
                continue
        except h11.RemoteProtocolError as fault:
            is_long = fault.error_status_hint == Status.HEADERS_TOO_LARGE
            self._refuse(Status.HEADERS_TOO_LARGE if is_long else Status.BAD_REQUEST, last=True)
        self._is_reading = False

    def _take(self, event: object) -> bool:
        """False when there is no more to take."""
        if isinstance(event, h11.Request):
            self._request = Request.of(event.method, event.target, list(event.headers))
            self._body.clear()
            self._check_size(int(dict(event.headers).get(b"content-length", b"0")))
            if self._http.they_are_waiting_for_100_continue and not self._is_deaf:
                self._send(h11.InformationalResponse(status_code=100, headers=[]))
        elif isinstance(event, h11.Data):
            self._body += event.data
            self._check_size(len(self._body))
        elif isinstance(event, h11.EndOfMessage):
            self._ask()
        elif isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
            self._grow_deaf()
        return event is not h11.NEED_DATA

    def _check_size(self, size: int) -> None:
        if size > self.limits.largest_question:
            self._refuse(Status.CONTENT_TOO_LARGE, last=True)

    def _ask(self) -> None:
        assert self._request is not None
        self._requests += 1
        self._is_waiting = True
        self.guest.feels(Mood.WORKING)
        try:
            visitor = self._visitor(self._request.client_id() or self.guest.client_id)
            message = self._request.message(bytes(self._body), self.limits.largest_question)
            if not visitor.ask(message, self._reply):
                raise Refused(Status.FORBIDDEN)
        except Refused as fault:
            self._refuse(fault.status)
        if self._is_waiting:
            self.guest.pause()

    def _reply(self, message: bytes) -> None:
        if not self.guest.has_left:
            self._respond(Status.OK, answered(message), message)

    def _refuse(self, status: Status, *, last: bool = False) -> None:
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._respond(status, refused(status), b"", last=last)
        else:
            self._grow_deaf()

    def _respond(
        self, status: Status, headers: Headers, body: bytes, *, last: bool = False
    ) -> None:
        self._is_waiting = False
        if last or self._has_ended or self._requests >= self.limits.requests_per_connection:
            headers = [*headers, CLOSE]
        head = self._http.send(h11.Response(status_code=status, headers=headers)) or b""
        end = [h11.Data(data=body), h11.EndOfMessage()] if body else [h11.EndOfMessage()]
        self.guest.send(head + b"".join(self._http.send(event) or b"" for event in end))
        if self._has_ended:
            self.guest.finish()
        elif last or self._http.our_state is not h11.DONE:
            self._grow_deaf()
        else:
            self.guest.feels(Mood.RESTING)
            self._http.start_next_cycle()
            if not self._is_reading:
                self.guest.resume()
                self._read()

    def _grow_deaf(self) -> None:
        """Closing at once would reset the connection under what the client still sends, and with
        it the response it has not read yet. It has the time of one arrival to close."""
        self._is_deaf = True
        self.guest.say_goodbye()
        self.guest.feels(Mood.ARRIVING)

    def _send(self, event: h11.InformationalResponse) -> None:
        self.guest.send(self._http.send(event) or b"")
