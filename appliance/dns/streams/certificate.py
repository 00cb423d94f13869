"""The certificate that devices are shown."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from appliance.config import Encrypted
from appliance.tls import server_context


class Tunnel(ssl.SSLObject):
    """One connection's TLS, and the name its client asked for."""

    server_name = ""


class Certificate:
    """The files of [encrypted], as a context for new connections."""

    def __init__(self, encrypted: Encrypted, protocols: Sequence[str]) -> None:
        self.encrypted = encrypted
        self.protocols = list(protocols)
        self.reload()

    def reload(self) -> None:
        """Read the files again; CertificateError leaves what is in use as it was. Connections that
        are open keep the certificate they were shown."""
        context = server_context("[encrypted]", self.encrypted.certificate, self.encrypted.key)
        context.sslobject_class = Tunnel
        context.sni_callback = _note_name
        context.set_alpn_protocols(self.protocols)
        self.context = context

    def client_id(self, server_name: str) -> str:
        """Whatever stands before our own name; empty where a device asks for that or another."""
        name = self.encrypted.name
        asked = server_name.lower().rstrip(".")
        return asked.removesuffix(f".{name}") if name and asked.endswith(f".{name}") else ""


def _note_name(
    tunnel: ssl.SSLSocket | ssl.SSLObject, name: str | None, context: ssl.SSLContext
) -> None:
    if isinstance(tunnel, Tunnel):
        tunnel.server_name = name or ""
