"""One of the two applications, as a process: gunicorn's worker around it.

Its sockets are handed over, by bellgate run or systemd, who hold them and start it again when it
ends. That is all that gunicorn's arbiter would do: a second process, and 20 MB, for each of the
applications.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import logging
import os
import ssl
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final
from wsgiref.types import WSGIApplication

from gunicorn.config import Config as Settings
from gunicorn.workers.base import Worker as AnyWorker

from appliance import settings
from appliance.config import Web
from appliance.errors import ApplianceError, CertificateError, RunError
from appliance.readiness import tell_ready
from appliance.sockets import Listener, Service, take_over
from appliance.tls import server_context
from webadmin.frame.context import Context
from webadmin.frame.log import Log, log_to_stderr
from webadmin.frame.proxies import believing, is_within, read_address, within
from webadmin.frame.worker import Worker

log = logging.getLogger(__name__)

BROKEN_INPUT: Final = 2
# a worker says every second that it is alive: not to a card
IN_MEMORY: Final = Path("/dev/shm")  # nosec B108: gunicorn makes its file there safely

USUAL: Final[Mapping[str, Any]] = {
    "threads": 4,
    "worker_connections": 400,
    "timeout": 30,  # for the loop, which never waits; requests have bounds of their own
    "graceful_timeout": 1,
    "keepalive": 5,
    "max_requests": 20_000,  # whatever leaks, somewhere below us, is bounded
    "max_requests_jitter": 2_000,
    "limit_request_line": 4_094,
    "limit_request_fields": 64,
    "limit_request_field_size": 8_190,
    "forwarded_allow_ips": "",  # proxies.py decides whom to believe
    "secure_scheme_headers": {},
    "forwarder_headers": "",
    "accesslog": None,  # who read which page is nobody's business
    "loglevel": "error",  # its warnings have addresses in them
    "logger_class": Log,
}

Make = Callable[[Context], WSGIApplication]


def serve(program: str, make: Make, *, is_for_staff: bool = False) -> None:
    """Run until SIGTERM; whatever keeps us from starting is one sentence on stderr. What is for the
    staff is shown to [web] staff_networks alone."""
    words = _arguments(program)
    log_to_stderr(program)
    try:
        _site(make, words, is_for_staff).run()
    except ApplianceError as fault:
        print(f"{program}: {fault}", file=sys.stderr)
        sys.exit(BROKEN_INPUT)
    logging.shutdown()
    os._exit(0)  # a request that has outlived the time for it is not waited for


def _arguments(program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m webadmin.{program}", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument("--dir", type=Path, required=True, metavar="DIR")
    parser.add_argument("--clock-offset", type=float, default=0.0, metavar="SECONDS")
    return parser.parse_args()


def _site(make: Make, words: argparse.Namespace, is_for_staff: bool) -> Site:
    config = settings.read_file(words.config)
    offset: float = words.clock_offset
    listeners = take_over(os.environ, os.getpid())
    if not listeners:
        raise RunError("no socket was handed over; bellgate run does that, and so does systemd")
    context = Context(words.dir, config, lambda: time.time() + offset)
    app = make(context)
    if is_for_staff:
        app = within(app, config.web.staff_networks)
    app = believing(app, config.web.trusted_proxies)
    return Site(app, listeners, config.web, partial(_warm_up, context))


def _warm_up(context: Context) -> None:
    """Whoever comes first waits no longer than others: reading the policy takes half a second."""
    with contextlib.suppress(ApplianceError):  # none yet, or a broken one: pages say so
        context.live.policy()


class Certificate:
    """What browsers are shown. Files that were renewed, or mended, are taken up by the next
    connection."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.context: ssl.SSLContext | None = None
        self.stamp = self._stamp()

    def read(self) -> None:
        """CertificateError leaves what is in use as it was."""
        context = server_context("[web]", self.web.certificate, self.web.key)
        context.set_alpn_protocols(["http/1.1"])
        self.context = context

    def __call__(self, cfg: Settings, usual: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        stamp = self._stamp()
        if stamp != self.stamp:
            self.stamp = stamp
            try:
                self.read()
            except CertificateError as fault:
                log.warning("%s; what was in use stays", fault)
        if self.context is None:
            raise CertificateError("there is no certificate that could be shown")
        return self.context

    def _stamp(self) -> list[tuple[int, int, int]]:
        """What changes when a file is replaced or written to."""
        stamps = []
        for path in (self.web.certificate, self.web.key):
            if path and path.exists():
                found = path.stat()
                stamps.append((found.st_ino, found.st_size, found.st_mtime_ns))
        return stamps


class Site:
    """One application behind its sockets, with settings that no file or variable changes."""

    def __init__(
        self,
        app: WSGIApplication,
        listeners: list[Listener],
        web: Web,
        warm_up: Callable[[], None],
    ) -> None:
        self.app = app
        self.web = web
        self.warm_up = warm_up
        self.listeners = listeners
        services = [one.service for one in listeners]
        secure: dict[str, Any] = {}
        if Service.HTTPS in services:
            certificate = Certificate(web)
            try:
                certificate.read()
            except CertificateError as fault:
                if Service.HTTP not in services:
                    raise
                log.warning("%s; the other addresses are served", fault)  # the block page's
            secure = {
                "certfile": str(web.certificate),
                "keyfile": str(web.key),
                "ssl_context": certificate,
            }
        self.cfg = self._settings({})
        with_tls = self._settings(secure)
        self.doors = [with_tls if one is Service.HTTPS else self.cfg for one in services]

    def run(self) -> None:
        sockets = [one.socket for one in self.listeners]
        app: Any = self  # gunicorn's own class of these would bring its arbiter with it
        worker = Worker(1, os.getppid(), sockets, app, self.cfg.timeout, self.cfg, Log(self.cfg))
        worker.doors = self.doors
        worker.is_proxy = self._is_proxy
        worker.init_process()

    def wsgi(self) -> WSGIApplication:
        """What gunicorn's worker asks for."""
        return self.app

    def _settings(self, more: Mapping[str, Any]) -> Settings:
        new = Settings()
        own: dict[str, Any] = {"post_worker_init": self._tell}
        if os.access(IN_MEMORY, os.W_OK):
            own["worker_tmp_dir"] = str(IN_MEMORY)
        for name, value in {**USUAL, **own, **more}.items():
            new.set(name, value)
        return new

    def _tell(self, worker: AnyWorker) -> None:
        self.warm_up()
        gc.collect()
        gc.freeze()  # the collector need not look at a school's policy over and over
        tell_ready(os.environ)

    def _is_proxy(self, address: str) -> bool:
        return is_within(read_address(address), self.web.trusted_proxies)
