"""Why a server could not be asked, as a sentence for the network manager."""

from __future__ import annotations

import errno
import ssl

from appliance.config import Upstream
from appliance.domains import shorten

EXPIRED, NOT_YET_VALID, WRONG_NAME, WRONG_ADDRESS = 10, 9, 62, 64  # X509_V_ERR_… of OpenSSL
NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}

NO_ANSWER = "no answer in time"
LOST = "the connection was broken off"


def sentence(fault: BaseException, upstream: Upstream) -> str:
    """What went wrong, in one clause. Libraries wrap the fault that tells most: unwrap it."""
    inner: BaseException | None = fault
    while inner is not None and not _tells(inner):
        inner = inner.__cause__ or inner.__context__
    told = inner or fault
    if isinstance(told, ssl.SSLCertVerificationError):
        return _certificate(told, upstream)
    if isinstance(told, ssl.SSLError):
        return f"TLS failed at {upstream.endpoint}: {shorten(told.reason or str(told), 100)}"
    if isinstance(told, TimeoutError):
        return NO_ANSWER
    if isinstance(told, ConnectionRefusedError):
        return f"refused: nothing listens at {upstream.endpoint}"
    if isinstance(told, ConnectionError):
        return f"{upstream.endpoint} broke the connection off"
    if isinstance(told, OSError) and told.errno in NO_WAY:
        return f"there is no way to {upstream.endpoint} from here: is the network up?"
    return f"{upstream.endpoint} can't be asked: {shorten(str(told) or type(told).__name__, 100)}"


def _tells(fault: BaseException) -> bool:
    is_named = isinstance(fault, (ssl.SSLError, TimeoutError, ConnectionError))
    return is_named or (isinstance(fault, OSError) and fault.errno in NO_WAY)


def _certificate(fault: ssl.SSLCertVerificationError, upstream: Upstream) -> str:
    if fault.verify_code in (WRONG_NAME, WRONG_ADDRESS):
        return f"the certificate of {upstream.endpoint} is not for {upstream.name}"
    if fault.verify_code == EXPIRED:
        return f"the certificate of {upstream.endpoint} has expired, or this box's clock is wrong"
    if fault.verify_code == NOT_YET_VALID:
        return (
            f"the certificate of {upstream.endpoint} is not valid yet: is this box's clock right?"
        )
    return (
        f"the certificate of {upstream.endpoint} is signed by nobody we trust "
        f"({shorten(fault.verify_message, 100)})"
    )
