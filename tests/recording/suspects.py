"""A school whose policy is in force, its resolver's notes, and a recorder that looks for attempts.

school = School(tmp_path)
school.refused("dans-tablet", "10:05", "www.tiktok.com")
school.end()
"""

from __future__ import annotations

import ipaddress
from pathlib import Path

from appliance.config import Recording
from appliance.endpoint import Network
from appliance.event import Asker, Means, State, asker_mark, ruling_of, time_mark
from appliance.policy.model import Action, Who
from appliance.policy.verdict import DecidedBy, Verdict
from appliance.recording.channel import Channel
from appliance.recording.detector import Detector
from appliance.recording.recorder import EVENTS, Recorder
from appliance.store import cases
from appliance.store.cases import CaseFile, Whole
from appliance.store.database import FILE, Record
from tests.console import bellgate
from tests.recording.noting import asked_mark, labels
from tests.simulator.world import instant, is_refused

POLICY = """
format = 1

[school]
name = "The school of the suspects"
timezone = "Europe/London"
contact = "nobody"

[groups.pupils]
networks = ["10.20.0.0/16"]

[groups.staff]
networks = ["10.10.0.0/16"]
adults = true
circumvention = "allow"

[groups.guests]
default = true

[[timetable]]
name = "normal"
days = ["mon", "tue", "wed", "thu", "fri"]
periods = [
  {name = "Lesson 1", kind = "lesson", from = "09:00", to = "10:30"},
  {name = "Lesson 2", kind = "lesson", from = "10:45", to = "12:15"},
]

[[rule]]
id = "all-social-media"
groups = ["*"]
target = ["social-media"]
when = "always"
action = "block"
clause = "7.1"
says = "All social media is blocked on the school network."
"""
SITES = ("www.bbc.co.uk", "senecalearning.com", "docs.google.com", "quizlet.com")
SOCIAL = Verdict(
    Action.BLOCK, DecidedBy.RULE, rule="all-social-media", clause="7.1", service="tiktok"
)
ROUND = Verdict(Action.BLOCK, DecidedBy.CIRCUMVENTION, category="vpn")
FREE = Verdict(Action.ALLOW, DecidedBy.DEFAULT)


def at(clock: str, day: int = 0) -> int:
    """A moment of the week: "10:15", on its first Monday unless told otherwise."""
    hour, minute = map(int, clock.split(":"))
    return instant(day, hour + minute / 60)


class School:
    """By a clock that what is asked sets."""

    def __init__(self, folder: Path, forwarders: tuple[Network, ...] = ()) -> None:
        self.folder = folder
        self.forwarders = forwarders
        self.now = float(at("08:00"))
        self.steady = 1000.0
        folder.mkdir(exist_ok=True)
        (folder / "policy.toml").write_text(POLICY)
        said = bellgate("publish", "--policy", folder / "policy.toml", "--dir", folder)
        assert said.code == 0, said.err
        self.channel = Channel(folder / EVENTS / "dns-1", self.now)
        self.start()

    def start(self) -> None:
        self.detector = Detector(
            self.folder, lambda: self.now, lambda: self.steady, self.forwarders
        )
        self.recorder = Recorder(
            self.folder, Recording(), lambda: self.now, lambda: self.steady, self.detector
        )
        self.recorder.startup()

    def crash(self) -> None:
        """Nothing is written down any more; another recorder is started."""
        assert self.recorder.record
        self.recorder.record.close()
        self.start()

    def asks(
        self,
        device: str,
        when: int,
        *names: str,
        group: str = "pupils",
        verdict: Verdict | None = None,
        trusted: bool = True,
        qtype: int = 1,
    ) -> None:
        """A device, by its name or its address."""
        self.now = max(self.now, float(when))
        is_address = device[0].isdigit()
        who = Who(group, "" if is_address else device)
        address = ipaddress.ip_address(device if is_address else "10.20.0.9")
        asker = Asker(address, who, Means.ADDRESS)
        for name in names:
            said = verdict or (FREE if not is_refused(name) else _refusal(name))
            self.channel.tell(State("a" * 32, "Lesson 1", trusted))
            self.channel.notes += [
                time_mark(when * 1000),
                asker_mark(asker),
                asked_mark(labels(name), qtype, ruling_of(said)),
            ]

    def works(self, device: str, since: int, minutes: int = 60, **how: str) -> None:
        """An hour of ordinary lessons."""
        for minute in range(minutes):
            self.asks(device, since + minute * 60, SITES[minute % len(SITES)], **how)  # type: ignore[arg-type]

    def tries(self, device: str, day: int = 0, **how: object) -> None:
        """Refused TikTok, fetches a VPN in a lesson, and goes back."""
        self.works(device, at("09:05", day), group=str(how.get("group", "pupils")))
        for when, names in (
            ("10:05", ("www.tiktok.com",)),
            ("10:06", ("www.google.com",)),
            ("10:07", ("nordvpn.com",)),
            ("10:08", ("play.google.com",)),
            ("10:11", ("api.nordvpn.com", "downloads.nordcdn.com")),
            ("10:13", ("www.tiktok.com",)),
        ):
            self.asks(device, at(when, day), *names, **how)  # type: ignore[arg-type]

    def store(self) -> None:
        """What was asked is stored, and looked at."""
        self.channel.flush(self.now)
        self.pass_by(5)

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        self.steady += seconds
        self.recorder.tick()

    def settle(self) -> None:
        """Nothing is left to be looked at."""
        self.store()
        for _ in range(3):
            self.pass_by(70)

    def wait_days(self, days: int) -> None:
        self.now += days * 86_400
        self.steady += days * 86_400

    def end(self) -> None:
        self.channel.flush(self.now)
        self.recorder.shutdown()

    def look(self) -> Record:
        return Record.look(self.folder / FILE)

    def cases(self, device: str = "") -> list[CaseFile]:
        with self.look() as record:
            return cases.find(record, device=device)

    def case(self, device: str) -> Whole:
        (only,) = self.cases(device)
        with self.look() as record:
            return cases.show(record, only.id)


def _refusal(name: str) -> Verdict:
    return SOCIAL if "tiktok" in name else ROUND
