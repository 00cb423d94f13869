"""Pages: does a browser get an answer where they ought to be?"""

from __future__ import annotations

import contextlib
import http.client
import ssl
import time
from collections.abc import Iterable, Iterator

from appliance.checkup.finding import Finding
from appliance.endpoint import Endpoint
from appliance.sockets import Service

PATIENCE_SECONDS = 5.0
BROKEN = 500  # and above: the program is there, and at fault


def about_pages(name: str, places: Iterable[tuple[Service, Endpoint]]) -> Iterator[Finding]:
    """One finding for each place; nobody signs in, and nothing is changed."""
    for service, endpoint in places:
        began = time.monotonic()
        problem = _problem(service, endpoint)
        seconds = time.monotonic() - began
        if problem:
            said = f"no answer on {service}://{endpoint}: {problem}"
            yield Finding(f"{name} pages", said, f"look at what the program {name} says")
        else:
            said = f"answer on {service}://{endpoint} in {seconds * 1000:.0f} ms"
            yield Finding(f"{name} pages", said)


def _problem(service: Service, endpoint: Endpoint) -> str:
    host, port = str(endpoint.reachable.address), endpoint.port
    connection: http.client.HTTPConnection
    if service is Service.HTTPS:
        anyone = ssl.create_default_context()  # the certificate is another matter, looked at there
        anyone.check_hostname = False
        anyone.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            host, port, timeout=PATIENCE_SECONDS, context=anyone
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/")
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as fault:
            return str(fault) or type(fault).__name__
    return f"status {status}" if status >= BROKEN else ""
