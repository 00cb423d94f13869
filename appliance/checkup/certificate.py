"""A certificate: there, with its key, for the right name, and good for a while."""

from __future__ import annotations

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from appliance.checkup.finding import Finding
from appliance.config import Encrypted, Web

SOON = datetime.timedelta(days=14)
_PUBLIC = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def about_certificate(
    matter: str, files: Encrypted | Web, name: str, now: datetime.datetime
) -> Finding | None:
    """None where the school has none; `name` is what is asked for, where that is known."""
    if files.certificate is None or files.key is None:
        return None
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
    except OSError as fault:
        do = "put the file there, and let the user bellgate read it"
        return Finding(matter, f"{fault.filename}: {fault.strerror}", do)
    except (ValueError, TypeError) as fault:  # TypeError: the key needs a password
        said = f"{_both(files.certificate, files.key)} can't be read: {fault}"
        return Finding(matter, said, "both have to be PEM, and the key without a password")
    if certificate.public_key().public_bytes(*_PUBLIC) != key.public_key().public_bytes(*_PUBLIC):
        said = f"{_both(files.certificate, files.key)} do not belong together"
        return Finding(matter, said, "give the key that the certificate was made with")
    return _about_dates_and_name(matter, certificate, name, now)


def _about_dates_and_name(
    matter: str, certificate: x509.Certificate, name: str, now: datetime.datetime
) -> Finding:
    end = certificate.not_valid_after_utc
    said = f"good until {end:%d %B %Y}".replace("until 0", "until ")
    if now > end:
        said = said.replace("good until", "ran out on")
    if now + SOON > end:
        return Finding(matter, said, "renew it: devices and browsers turn away when it has run out")
    if now < certificate.not_valid_before_utc:
        return Finding(matter, "not good yet", "see whether this box's clock is right")
    names = _names_of(certificate)
    if name and not any(_covers(one, name) for one in names):
        said = f"is for {', '.join(names) or 'no name'}, not for {name}"
        return Finding(matter, said, "get one for the name that devices ask for")
    return Finding(matter, said)


def _names_of(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return names.value.get_values_for_type(x509.DNSName)


def _covers(pattern: str, name: str) -> bool:
    """RFC 6125 §6.4.3: a star stands for one whole label."""
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:].lower()
    return pattern.lower() == name


def _both(certificate: Path, key: Path) -> str:
    return f"{certificate} and {key}"
