"""Who keeps a catalogue: a small one, a key to sign it with, and what goes out to schools."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

from appliance.keys import make_key, public_key, read_key
from appliance.lists import catalogue, edition

SERVICES = ("tiktok", "classdojo", "2048")
WAYS_ROUND = ("tor",)


class Keeper:
    """Keeps the catalogue of a few services in a folder of her own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.blocklists = folder / "blocklists"
        self.key_file = folder / "catalogue.key"
        make_key(self.key_file)
        self.key = read_key(self.key_file)
        self.public = public_key(self.key)
        for room, names in (("services", SERVICES), ("circumvention", WAYS_ROUND)):
            (self.blocklists / room).mkdir(parents=True)
            for name in names:
                shutil.copy(catalogue.SHIPPED / room / f"{name}.toml", self.blocklists / room)
        for path in catalogue.SHIPPED.glob("*.toml"):
            shutil.copy(path, self.blocklists)

    def edits(self, path: str, before: str, after: str) -> None:
        file = self.blocklists / path
        text = file.read_text(encoding="utf-8")
        assert before in text
        file.write_text(text.replace(before, after, 1), encoding="utf-8")

    def dates(self, days_later: int) -> datetime.date:
        """Give the catalogue a day, counted from that of the one that came with the program."""
        day = catalogue.edition() + datetime.timedelta(days=days_later)
        (self.blocklists / "edition.toml").write_text(f"edition = {day}\n")
        return day

    def packs(self, days_later: int = 1) -> Path:
        day = self.dates(days_later)
        file = self.folder / f"{day}.catalogue"
        file.write_bytes(edition.pack(self.blocklists, self.key))
        return file
