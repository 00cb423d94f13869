"""The least of an HTTP/2 server: whole requests in, whole responses out."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset, WindowUpdated
from h2.exceptions import ProtocolError


class Http2(asyncio.Protocol):
    """One connection; `requested` is called for each request that is complete."""

    def __init__(self) -> None:
        self.http = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.headers: dict[int, dict[str, str]] = {}
        self.bodies: defaultdict[int, bytes] = defaultdict(bytes)
        self.unsent: dict[int, bytes] = {}  # what the client's window holds back
        self.transport: asyncio.Transport

    def requested(self, stream: int, headers: dict[str, str], body: bytes) -> None:
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.http.initiate_connection()
        self._flush()

    def data_received(self, data: bytes) -> None:
        try:
            events = self.http.receive_data(data)
        except ProtocolError:
            self.transport.abort()
            return
        for event in events:
            self._happened(event)
        self._flush()

    def _happened(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self.headers[event.stream_id] = {str(k): str(v) for k, v in event.headers}
        elif isinstance(event, DataReceived):
            self.bodies[event.stream_id] += event.data
            self.http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            stream = event.stream_id
            self.requested(stream, self.headers.pop(stream), self.bodies.pop(stream, b""))
        elif isinstance(event, StreamReset):
            self.unsent.pop(event.stream_id, None)
        elif isinstance(event, WindowUpdated):
            for stream in list(self.unsent):
                self._send_body(stream)

    def respond(self, stream: int, status: int, media_type: str, body: bytes) -> None:
        if self.transport.is_closing():
            return
        try:
            self.http.send_headers(stream, [(":status", str(status)), ("content-type", media_type)])
        except ProtocolError:
            return  # the client has lost interest
        self.unsent[stream] = body
        self._send_body(stream)
        self._flush()

    def _send_body(self, stream: int) -> None:
        body = self.unsent.pop(stream)
        while body:
            room = min(
                self.http.local_flow_control_window(stream), self.http.max_outbound_frame_size
            )
            if room <= 0:
                self.unsent[stream] = body
                return
            self.http.send_data(stream, body[:room])
            body = body[room:]
        self.http.end_stream(stream)

    def _flush(self) -> None:
        data = self.http.data_to_send()
        if data and not self.transport.is_closing():
            self.transport.write(data)
