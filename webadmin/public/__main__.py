"""The public pages, as a process."""

from __future__ import annotations

from webadmin.frame.serving import serve
from webadmin.public.app import create_app

if __name__ == "__main__":
    serve("public", create_app)
