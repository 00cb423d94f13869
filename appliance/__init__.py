"""Bellgate: the school's DNS filter. Start with cli.py; the floors are drawn in the README."""

__version__ = "0.1.0"
