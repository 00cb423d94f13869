"""DIR/signers.toml: the public keys whose catalogues this school takes."""

from __future__ import annotations

from pathlib import Path

import tomli_w

from appliance.disk import faults_as, replace_file
from appliance.errors import CatalogueError, EditionError
from appliance.keys import PUBLIC_KEY_HELP, read_public_key
from appliance.tables import Document

SIGNERS = "signers.toml"
HEADER = """\
# Whose catalogues this box takes: `bellgate catalogue import --trust PUBLICKEY` adds a key here.
# Take a line out, and nothing that its owner signs is taken any more.
"""


class Signers:
    """Who may sign a newer catalogue for this school."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / SIGNERS

    def trusted(self) -> tuple[str, ...]:
        """Their public keys; none where nobody was ever trusted."""
        if not self.path.exists():
            return ()
        with faults_as(EditionError, self.path):
            data = self.path.read_bytes()
        document = Document(data, self.path.name, CatalogueError)
        keys = document.root.read_each("trusted", read_public_key, PUBLIC_KEY_HELP)
        document.finish()
        return keys

    def trust(self, key: str) -> None:
        """Take this key's catalogues from now on."""
        known = self.trusted()
        if key not in known:
            text = HEADER + tomli_w.dumps({"trusted": [*known, key]})
            with faults_as(EditionError, self.path):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(self.path, text.encode())
