"""The school of these journeys: who asks from where, its bells, and its rules.

Everybody has a loopback address, so that a test can ask as any of them. A device's last byte
decides how many seconds before a bell its answers end; one that can be divided by four: none.
"""

from __future__ import annotations

TUESDAY = "2026-11-24"
LESSON = f"{TUESDAY}T09:30:00"
BREAK = f"{TUESDAY}T10:35:00"

DAN = "127.20.0.4"  # a pupil's tablet
CLASSROOM = "127.20.0.8"  # another pupil's
TROLLEY = "127.20.0.16"  # a tablet that nobody looks at
SIXTH_FORMER = "127.21.0.4"
MS_CLARK = "127.10.0.4"  # a teacher's laptop
OFFICE = "127.10.0.8"
VISITOR = "127.0.0.1"  # whom nobody has placed
SERVER = "127.30.0.4"  # the school's own DNS server, which asks for others
IMPOSTOR = "127.20.0.12"  # a pupil's laptop that says it asks for others

CERTIFIED = "dns.bellgate.sch.uk"  # the name in the box's own certificate
HEADS_ID = "k7f3q9wz2m"  # what the head's telephone shows, wherever it is
IPAD_MAC = "02:00:5e:10:00:01"  # staff, behind the school's server

POLICY = f"""
format = 1

[school]
name = "Bellgate Primary"
domains = ["bellgate.sch.uk"]
appliance = "filter.bellgate.sch.uk"

[groups.pupils]
networks = ["127.20.0.0/16"]
safesearch = true

[groups.sixth-form]
networks = ["127.21.0.0/16"]
safesearch = true
safe_mode = "moderate"
refused = "null"

[groups.staff]
networks = ["127.10.0.0/16"]
adults = true
circumvention = "allow"

[groups.guests]
default = true

[devices.heads-telephone]
group = "staff"
client_ids = ["{HEADS_ID}"]

[devices.staff-ipad]
group = "staff"
macs = ["{IPAD_MAC}"]

[[timetable]]
name = "normal"
days = ["mon", "tue", "wed", "thu", "fri"]
periods = [
    {{name = "Lesson 1", kind = "lesson", from = "09:00", to = "10:30"}},
    {{name = "Break", kind = "break", from = "10:30", to = "10:45"}},
    {{name = "Lesson 2", kind = "lesson", from = "10:45", to = "12:15"}},
]

[[rule]]
id = "staff-breaks"
groups = ["staff"]
target = ["social-media"]
when = ["break"]
action = "allow"
clause = "5.2"
says = "Staff may use social media in breaks."

[[rule]]
id = "sixth-form-videos"
groups = ["sixth-form", "pupils"]
target = ["service:youtube"]
when = "always"
action = "restrict"
clause = "6.1"
says = "YouTube in its restricted mode."

[[rule]]
id = "all-social-media"
groups = ["*"]
target = ["social-media"]
when = "always"
action = "block"
clause = "7.1"
says = "All social media is blocked on the school network."
"""
SENTENCE = "All social media is blocked on the school network"


def override(
    name: str,
    target: str,
    scope: str,
    action: str = "allow",
    start: str = "09:00:00",
    end: str = "12:15:00",
) -> str:
    """What a teacher's click adds to the policy."""
    return f"""
[[override]]
id = "{name}"
action = "{action}"
target = ["{target}"]
for = ["{scope}"]
from = {TUESDAY}T{start}
until = {TUESDAY}T{end}
reason = "A lesson about it"
approved_by = ["Ms Clark"]
"""
