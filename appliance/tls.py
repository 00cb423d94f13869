"""A server's side of TLS: a certificate and its key, as files that others renew."""

from __future__ import annotations

import ssl
from pathlib import Path

from appliance.errors import CertificateError

LOCKED = b"\0"  # no key has it; without a passphrase OpenSSL would ask for one at a terminal


def server_context(section: str, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """For connections that are to be shown this certificate; CertificateError names what stands
    wrong in this section of the settings."""
    chain = _readable(section, "certificate", certificate)
    secret = _readable(section, "key", key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996; RFC 9113 §9.2 for HTTP/2
    context.options |= ssl.OP_NO_RENEGOTIATION  # a client could have us sign without end
    try:
        context.load_cert_chain(chain, secret, password=lambda: LOCKED)
    except ssl.SSLError as fault:
        if fault.reason == "KEY_VALUES_MISMATCH":
            raise CertificateError(
                f"{section} key = {key}: not the key of {certificate}: they have to be made "
                "together"
            ) from fault
        raise CertificateError(
            f"{section} certificate = {certificate}, key = {key}: one of them is not PEM text "
            f"that we can read, or the key has a passphrase ({fault.reason or fault})"
        ) from fault
    return context


def _readable(section: str, setting: str, path: Path | None) -> Path:
    if path is None:
        raise CertificateError(f"{section} {setting}: missing: the file that holds it, as PEM text")
    try:
        with path.open("rb"):
            return path
    except OSError as fault:
        raise CertificateError(f"{section} {setting} = {path}: {fault.strerror}") from fault
