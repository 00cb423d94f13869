"""What speaks against a certificate: its dates, and the names it is made out to.

Apart from certificate.py, since cryptography costs each worker 55 ms and 11 MB, and one process
that tells the network manager is enough.
"""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from appliance.config import Encrypted

SOON = datetime.timedelta(days=14)


def doubts(encrypted: Encrypted, now: datetime.datetime) -> tuple[str, ...]:
    """A sentence for each thing that will trouble devices; none of them keeps us from answering."""
    path, name = encrypted.certificate, encrypted.name
    if path is None:
        return ()
    own = x509.load_pem_x509_certificates(path.read_bytes())[0]
    names = _names(own)
    wrong = []
    if own.not_valid_after_utc <= now:
        wrong.append(f"{path} ran out on {own.not_valid_after_utc:%d %B %Y}: devices refuse it")
    elif own.not_valid_after_utc - SOON <= now:
        wrong.append(f"{path} runs out on {own.not_valid_after_utc:%d %B %Y}: time to renew it")
    if own.not_valid_before_utc > now:
        wrong.append(
            f"{path} begins on {own.not_valid_before_utc:%d %B %Y}: is this box's clock right?"
        )
    if name and name not in names:
        wrong.append(f"{path} is not made out to {name}: devices refuse it")
    if name and f"*.{name}" not in names:
        wrong.append(f"{path} is not made out to *.{name}: devices can't show an id over TLS")
    return tuple(wrong)


def _names(certificate: x509.Certificate) -> frozenset[str]:
    try:
        found = certificate.extensions.get_extension_for_oid(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME
        ).value
    except x509.ExtensionNotFound:
        return frozenset()
    assert isinstance(found, x509.SubjectAlternativeName)
    return frozenset(name.lower() for name in found.get_values_for_type(x509.DNSName))
