"""The staff pages, as a process."""

from __future__ import annotations

from webadmin.frame.serving import serve
from webadmin.staff.app import create_app

if __name__ == "__main__":
    serve("staff", create_app, is_for_staff=True)
