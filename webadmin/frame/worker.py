"""What gunicorn's worker with threads lacks against clients that are slow, many or silent.

Its few threads are the only ones there are. One is given to a connection when there is something to
read, for a bounded time, and to no device more than its share; a connection that only waits, before
its first word, after its TLS handshake or at its end, waits in the poller and costs no thread.

Where `socket.socket` is called with a socket it is the one below TLS that is meant: its calls
neither wait for the other side nor take TLS apart under a thread that is at work there.
"""

from __future__ import annotations

import contextlib
import faulthandler
import selectors
import signal
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final

from gunicorn.config import Config
from gunicorn.http import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from appliance.errors import CertificateError

HEAD_SECONDS: Final = 10.0  # for a handshake, or a request's head
REQUEST_SECONDS: Final = 60.0  # for all the rest: a screen print of 10 MB over a weak radio link
PARTING_SECONDS: Final = 2.0  # RFC 9112 §9.6: what a client still sends is read before we close
ENDING_LOOK: Final = 0.1
CROWDED: Final = 0.5  # of the connections there may be: from then on each address has its share
SHARE: Final = 32  # of idle ones; a browser opens six


class Worker(ThreadWorker):
    """Serves HTTP on some of its sockets, and HTTPS on others."""

    doors: Sequence[Config] = ()  # one for each socket, in their order
    is_proxy: Callable[[str], bool] = staticmethod(lambda address: False)  # many ask through it

    def init_process(self) -> None:
        self.at_work: Counter[str] = Counter()  # threads of each address
        self.waiting: dict[str, deque[TConn]] = {}
        self.deadlines: dict[TConn, float] = {}
        self.parting: deque[TConn] = deque()
        self.most_threads = max(self.cfg.threads // 2, 1)
        super().init_process()

    def init_signals(self) -> None:
        super().init_signals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it is for those with files to read anew

    # In the loop

    def notify(self) -> None:
        """Once a second. A loop that no longer comes here is ended, and where it hangs is told."""
        faulthandler.dump_traceback_later(self.timeout, exit=True)

    def accept(self, listener: socket.socket) -> None:
        """Take a connection in; no thread looks at it before it has said something."""
        try:
            sock, client = listener.accept()
        except OSError:
            return  # it has gone again, or others took it
        cfg = self.doors[self.sockets.index(listener)]
        conn = TConn(cfg, sock, client, listener.getsockname())
        if self._has_too_many(conn):
            conn.close()
            return
        self.nr_conns += 1
        self._await(conn)

    def enqueue_req(self, conn: TConn) -> None:
        """Give it a thread; one address has half of them at most, so that others have some."""
        address = _address(conn)
        if self.at_work[address] >= self.most_threads and not self.is_proxy(address):
            self.waiting.setdefault(address, deque()).append(conn)
            return
        self.at_work[address] += 1
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: Future[bool]) -> None:
        address = _address(conn)
        self.at_work[address] -= 1
        if not self.at_work[address]:
            del self.at_work[address]
        if address in self.waiting:
            following = self.waiting[address].popleft()
            if not self.waiting[address]:
                del self.waiting[address]
            self.enqueue_req(following)
        if fs.cancelled() or fs.exception() or not fs.result():
            self._part(conn)
        else:
            super().finish_request(conn, fs)

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Told to end, it looks at the clock often: who waits for us would kill us after 1.5 s."""
        if not self.alive:
            timeout = ENDING_LOOK if timeout is None else min(timeout, ENDING_LOOK)
        super().wait_for_and_dispatch_events(timeout)

    def murder_keepalived(self, force: bool = False) -> None:
        super().murder_keepalived(force or not self.alive)  # type: ignore[call-arg]

    def murder_pending(self) -> None:
        """Once a second: cut what takes too long. The thread that reads or writes there hears of
        it at once, since the socket is shut for both."""
        super().murder_pending()
        now = time.monotonic()
        for conn, end in list(self.deadlines.items()):
            if now > end:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(conn.sock, socket.SHUT_RDWR)
        while self.parting and (not self.alive or (self.parting[0].timeout or 0) < now):
            self._close(self.parting.popleft())

    def _has_too_many(self, conn: TConn) -> bool:
        if self.nr_conns < self.worker_connections * CROWDED or self.is_proxy(_address(conn)):
            return False
        idle = sum(_address(one) == _address(conn) for one in self.keepalived_conns)
        return idle >= SHARE

    def _await(self, conn: TConn) -> None:
        conn.set_timeout()
        self.keepalived_conns.append(conn)
        heard = partial(self.on_client_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, heard)

    def _part(self, conn: TConn) -> None:
        """Say that we are done, and close when the client has, without waiting for it: gunicorn's
        own way would hold the loop for up to two seconds."""
        if not self.alive:
            self._close(conn)
            return
        try:
            conn.sock.setblocking(False)
            socket.socket.shutdown(conn.sock, socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        conn.timeout = time.monotonic() + PARTING_SECONDS
        self.parting.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))

    def _drain(self, conn: TConn, sock: socket.socket) -> None:
        try:
            is_over = not socket.socket.recv(sock, 65_536)
        except BlockingIOError:
            return
        except OSError:
            is_over = True
        if is_over:
            self.parting.remove(conn)
            self._close(conn)

    def _close(self, conn: TConn) -> None:
        with contextlib.suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    # In a thread

    def handle(self, conn: TConn) -> bool:
        """True: the connection stays."""
        conn.data_ready = True
        self.deadlines[conn] = time.monotonic() + HEAD_SECONDS
        try:
            if conn.cfg.is_ssl and not conn.initialized:
                return self._shake_hands(conn)
            return super().handle(conn)
        finally:
            del self.deadlines[conn]

    def handle_request(self, req: Request, conn: TConn) -> bool:
        self.deadlines[conn] = time.monotonic() + REQUEST_SECONDS
        return super().handle_request(req, conn)

    def _shake_hands(self, conn: TConn) -> bool:
        """Browsers open connections ahead, and say nothing on them for minutes."""
        try:
            conn.init()
        except (OSError, CertificateError):
            return False  # no TLS, none that we speak, or none that we can: nothing could be said
        return True


def _address(conn: TConn) -> str:
    assert isinstance(conn.client, tuple)  # of an address and a port: no socket of ours is a file
    return conn.client[0]
