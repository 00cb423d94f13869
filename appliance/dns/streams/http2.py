"""DNS over HTTP/2: many requests at once; h2 reads frames and writes them.

What a client may make us remember or do for nothing is bounded: streams, headers, bodies, answers
that it leaves unread, and frames that ask nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Set
from functools import partial
from typing import Final

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings

from appliance.dns.streams.desk import Desk, Seat, Visitor
from appliance.dns.streams.door import Mood
from appliance.dns.streams.limits import Limits
from appliance.dns.streams.request import Headers, Refused, Request, Status, answered, refused
from appliance.dns.streams.tls import SecureGuest

BITE: Final = 1024  # bytes heard in a turn: fifty requests, at 0.2 ms each in h2
SILENT_BYTES: Final = 32 << 10  # in a row that mean nothing: one frame, or headers without end
PER_REQUEST: Final = 4  # frames beside it: two windows, a ping and the settings


class Incoming:
    """A request that is not complete yet."""

    def __init__(self, request: Request, since: float) -> None:
        self.request = request
        self.since = since
        self.body = bytearray()
        self.unacknowledged = 0


class Http2:
    """The requests of one connection."""

    def __init__(self, guest: SecureGuest, desk: Desk[Seat], limits: Limits) -> None:
        guest.bite = BITE
        self.guest = guest
        self.limits = limits
        self._visitor = partial(Visitor, desk, guest.address)
        self._http = H2Connection(
            H2Configuration(client_side=False, header_encoding=None)  # bytes: no decoding to fail
        )
        self._http.local_settings = Settings(  # in force at once, not when the client agrees
            client=False,
            initial_values={
                SettingCodes.MAX_CONCURRENT_STREAMS: limits.questions,
                SettingCodes.MAX_HEADER_LIST_SIZE: limits.header_bytes,
            },
        )
        self._http.decoder.max_header_list_size = limits.header_bytes
        self._http.initiate_connection()
        self._incoming: dict[int, Incoming] = {}  # oldest first
        self._unsent: dict[int, bytes] = {}  # bodies that wait for the client's window
        self._asked = 0  # questions at the desk, those of streams that were reset included
        self._requests = 0
        self._nuisances = 0
        self._silent_bytes = 0
        self._is_reading = False
        self._is_held = False
        self._is_last = False  # no more requests on this connection
        self._flush()

    def hear(self, data: bytes) -> None:
        self._is_reading = True
        requests = self._requests
        try:
            happened = self._http.receive_data(data)
            self._silent_bytes = 0 if happened else self._silent_bytes + len(data)
            reset = {one.stream_id for one in happened if isinstance(one, events.StreamReset)}
            for event in happened:
                self._take(event, reset)
        except H2Error:
            self._flush()  # the reason, as h2 put it
            self.guest.leave()
            return
        finally:
            self._is_reading = False
        if self._silent_bytes > SILENT_BYTES or self._is_nuisance():
            self._http.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)
            self._flush()
            self.guest.leave()
            return
        self._flush()
        self._settle(is_new=self._requests > requests)

    def end(self) -> None:
        self._is_last = True
        self._settle(is_new=False)

    def go_on(self) -> None:
        self._settle(is_new=False)

    def _has_to_wait(self) -> bool:
        return self._asked >= self.limits.questions or self.guest.is_clogged

    def _is_nuisance(self) -> bool:
        return self._nuisances > self.limits.nuisances + PER_REQUEST * self._requests

    def _take(self, event: events.Event, reset: Set[int | None]) -> None:
        """One event. What is `reset` in the same breath is never asked."""
        if isinstance(event, events.RequestReceived):
            if event.stream_id not in reset:
                self._begin(event)
        elif isinstance(event, events.DataReceived):
            self._collect(event)
        elif isinstance(event, events.StreamEnded):
            self._ask(event.stream_id)
        elif isinstance(event, events.StreamReset):
            self._forget(event.stream_id)
            # A reset of what was asked costs as much as an answer: it never pays for itself.
            self._nuisances += 1 + PER_REQUEST
        elif isinstance(event, events.ConnectionTerminated):
            self._is_last = True
        else:
            self._nuisances += 1
            if isinstance(event, (events.WindowUpdated, events.RemoteSettingsChanged)):
                for stream in list(self._unsent):
                    self._send_body(stream)

    def _begin(self, event: events.RequestReceived) -> None:
        if self._is_last:
            self._http.reset_stream(event.stream_id, ErrorCodes.REFUSED_STREAM)  # safe to repeat
            return
        head = dict(event.headers)
        request = Request.of(head[b":method"], head.get(b":path", b""), list(event.headers))
        self._incoming[event.stream_id] = Incoming(request, self.guest.door.loop.time())

    def _collect(self, event: events.DataReceived) -> None:
        if not event.data and event.stream_ended is None:
            self._nuisances += 1
        incoming = self._incoming.get(event.stream_id)
        if incoming is None:
            # Refused already. RFC 9113 §8.1 would have us reset the stream, and curl then shows
            # the reset and not our reply; so the rest comes in, within reason.
            self._nuisances += 1
            self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            return
        # Not acknowledged before its request is complete: all bodies of a connection share the
        # one window of 64 kB that it began with.
        incoming.unacknowledged += event.flow_controlled_length
        incoming.body += event.data
        if len(incoming.body) > self.limits.largest_question:
            self._forget(event.stream_id)
            self._respond(event.stream_id, Status.CONTENT_TOO_LARGE)

    def _forget(self, stream: int) -> Incoming | None:
        self._unsent.pop(stream, None)
        incoming = self._incoming.pop(stream, None)
        if incoming is not None and incoming.unacknowledged:
            self._http.acknowledge_received_data(incoming.unacknowledged, stream)
        return incoming

    def _ask(self, stream: int) -> None:
        incoming = self._forget(stream)
        if incoming is None:
            return
        self._requests += 1
        self._is_last |= self._requests >= self.limits.requests_per_connection
        request = incoming.request
        self._asked += 1
        try:
            visitor = self._visitor(request.client_id() or self.guest.client_id)
            message = request.message(bytes(incoming.body), self.limits.largest_question)
            if not visitor.ask(message, partial(self._reply, stream)):
                raise Refused(Status.FORBIDDEN)
        except Refused as fault:
            self._asked -= 1
            self._respond(stream, fault.status)

    def _reply(self, stream: int, message: bytes) -> None:
        self._asked -= 1
        if self.guest.has_left:
            return
        self._respond(stream, Status.OK, message)
        if not self._is_reading:
            self._flush()
            self._settle(is_new=self.guest.mood is not Mood.ARRIVING)

    def _respond(self, stream: int, status: Status, body: bytes = b"") -> None:
        headers: Headers = [(b":status", b"%d" % status)]
        headers += answered(body) if body else refused(status)
        try:
            self._http.send_headers(stream, headers, end_stream=not body)
        except H2Error:
            return  # reset meanwhile
        if body:
            self._unsent[stream] = body
            self._send_body(stream)

    def _send_body(self, stream: int) -> None:
        """As much as the client's window takes; the rest when it opens."""
        body = self._unsent.pop(stream)
        with contextlib.suppress(H2Error):  # reset meanwhile: nobody waits for the rest
            while body:
                window = self._http.local_flow_control_window(stream)
                size = min(window, self._http.max_outbound_frame_size, len(body))
                if size <= 0:
                    self._unsent[stream] = body
                    return
                self._http.send_data(stream, body[:size], end_stream=size == len(body))
                body = body[size:]

    def _flush(self) -> None:
        data = self._http.data_to_send()
        if data:
            self.guest.send(data)
        if sum(map(len, self._unsent.values())) > self.limits.unsent_bytes:
            self.guest.leave()

    def _settle(self, *, is_new: bool) -> None:
        """Say how things stand; `is_new`: a request came or was answered, and patience with it."""
        if self.guest.has_left:
            return
        if self._is_last and not self._asked and not self._unsent:
            self._http.close_connection(ErrorCodes.NO_ERROR)
            self._flush()
            self.guest.finish()
            return
        if self._has_to_wait() is not self._is_held:
            self._is_held = not self._is_held
            if self._is_held:
                self.guest.pause()
            else:
                self.guest.resume()
        since = None
        if self._incoming and not self._is_held:
            mood = Mood.ARRIVING
            since = next(iter(self._incoming.values())).since
        else:
            mood = Mood.WORKING if self._asked or self._unsent or self._is_held else Mood.RESTING
        if is_new or mood is not self.guest.mood or since is not None:
            self.guest.feels(mood, since)
