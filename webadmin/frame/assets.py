"""Our files for the browser, each kept packed in memory under a name that changes with its content.

Bootstrap's look comes from the package and is served by us. Its dark colours hang on an attribute
that only a script could set by the reader's wish; here they hang on that wish itself.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import flask_bootstrap
from flask import Flask, Response, abort, request, url_for

OWN: Final = Path(__file__).parent / "static"
BOOTSTRAP: Final = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/css/bootstrap.min.css"
TYPES: Final = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
                ".svg": "image/svg+xml"}  # fmt: skip
FOR_EVER: Final = "public, max-age=31536000, immutable"  # a new content has a new name
DIGITS: Final = 12
_DARK: Final = re.compile(r"\[data-bs-theme=dark\][^{}]*\{[^{}]*\}")
_COMMENT: Final = re.compile(r"/\*#.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent."""

    type: str
    plain: bytes
    packed: bytes
    digest: str

    @classmethod
    def of(cls, name: str, content: bytes) -> Asset:
        digest = hashlib.sha256(content).hexdigest()[:DIGITS]
        packed = gzip.compress(content, mtime=0)
        return cls(TYPES[Path(name).suffix], content, packed, digest)


def read_assets(*folders: Path) -> dict[str, Asset]:
    """Bootstrap's style sheet, and every file of these folders."""
    contents = {"bootstrap.css": follow_the_reader(BOOTSTRAP.read_text(encoding="utf-8")).encode()}
    for folder in (OWN, *folders):
        contents |= {p.name: p.read_bytes() for p in folder.iterdir() if p.suffix in TYPES}
    return {name: Asset.of(name, content) for name, content in contents.items()}


def follow_the_reader(css: str) -> str:
    """Bootstrap's style sheet, dark where the reader's system is."""
    css = _COMMENT.sub("", css)  # the address of a map that we don't serve
    dark = "".join(_DARK.findall(css)).replace("[data-bs-theme=dark]", ":root")
    return f"{css}@media (prefers-color-scheme:dark){{{dark}}}"


def serve_assets(app: Flask, assets: Mapping[str, Asset]) -> None:
    """At /assets/DIGEST/NAME; `asset("own.css")` in a template is its address."""

    def asset_file(digest: str, name: str) -> Response:
        asset = assets.get(name)
        if asset is None or asset.digest != digest:
            abort(404)
        takes_packed = bool(request.accept_encodings["gzip"])
        response = Response(asset.packed if takes_packed else asset.plain, mimetype=None)
        response.headers["Content-Type"] = asset.type
        response.headers["Cache-Control"] = FOR_EVER
        response.headers["Vary"] = "Accept-Encoding"
        if takes_packed:
            response.headers["Content-Encoding"] = "gzip"
        return response

    def asset(name: str) -> str:
        return url_for("asset_file", digest=assets[name].digest, name=name)

    app.add_url_rule("/assets/<digest>/<name>", "asset_file", asset_file)
    app.jinja_env.globals["asset"] = asset
