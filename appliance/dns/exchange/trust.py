"""Whose certificates we believe."""

from __future__ import annotations

import ssl


class Trust:
    """TLS settings for each protocol, made when first needed: the system's roots cost 1 MB."""

    def __init__(self, roots: ssl.SSLContext | None = None) -> None:
        self.roots = roots
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}

    def context(self, *protocols: str) -> ssl.SSLContext:
        """Certificate and name are checked. One context for each list of protocols (ALPN), since
        the list is a property of the context and DoT must not offer HTTP."""
        if protocols not in self._contexts:
            context = self._new()
            context.set_alpn_protocols(list(protocols))
            self._contexts[protocols] = context
        return self._contexts[protocols]

    def _new(self) -> ssl.SSLContext:
        if self.roots is None:
            return ssl.create_default_context()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        certificates = self.roots.get_ca_certs(binary_form=True)
        if certificates:
            context.load_verify_locations(cadata=b"".join(certificates))
        return context
