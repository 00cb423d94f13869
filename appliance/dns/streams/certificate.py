"""The certificate that devices are shown."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

from appliance.config import Encrypted
from appliance.errors import CertificateError

LOCKED = b"\0"  # no key has it; without a passphrase OpenSSL would ask for one at a terminal


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
        certificate = _given(self.encrypted.certificate, "certificate")
        key = _given(self.encrypted.key, "key")
        context = _context(certificate, key)
        context.set_alpn_protocols(self.protocols)
        self.context = context

    def client_id(self, server_name: str) -> str:
        """Whatever stands before our own name; empty where a device asks for that or another."""
        name = self.encrypted.name
        asked = server_name.lower().rstrip(".")
        return asked.removesuffix(f".{name}") if name and asked.endswith(f".{name}") else ""


def _given(path: Path | None, key: str) -> Path:
    if path is None:
        raise CertificateError(f"[encrypted] {key}: missing: the file that holds it, as PEM text")
    try:
        with path.open("rb"):
            return path
    except OSError as fault:
        raise CertificateError(f"[encrypted] {key} = {path}: {fault.strerror}") from fault


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996; RFC 9113 §9.2 for HTTP/2
    context.options |= ssl.OP_NO_RENEGOTIATION  # a client could have us sign without end
    context.sslobject_class = Tunnel
    context.sni_callback = _note_name
    try:
        context.load_cert_chain(certificate, key, password=lambda: LOCKED)
    except ssl.SSLError as fault:
        if fault.reason == "KEY_VALUES_MISMATCH":
            raise CertificateError(
                f"[encrypted] key = {key}: not the key of {certificate}: they have to be made "
                "together"
            ) from fault
        raise CertificateError(
            f"[encrypted] certificate = {certificate}, key = {key}: one of them is not PEM text "
            f"that we can read, or the key has a passphrase ({fault.reason or fault})"
        ) from fault
    return context


def _note_name(
    tunnel: ssl.SSLSocket | ssl.SSLObject, name: str | None, context: ssl.SSLContext
) -> None:
    if isinstance(tunnel, Tunnel):
        tunnel.server_name = name or ""
