"""Values that have broken programs before, by what they stand for in a policy document."""

from __future__ import annotations

import datetime

TEXTS = (
    "", " ", "\n", "a\nb", "\t", "\r", "\0", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u202e",
    "\ufeff", "\u00a0", "\u00ad", "é", "e\u0301", "ß", "日本", "🎒", "\U0010ffff", '"', '"""',
    "'''", "\\", "\\u0041", "\\n", "#", "[[rule]]", "[\n    x,\n]", "    [\n", "a, b,", "%s",
    "{0}", "None", "x" * 60, "x" * 61, "x" * 120, "x" * 121, "x" * 500, "x" * 501, "é" * 500,
    "\n" * 400, "x" * 90 + ",",
)  # fmt: skip

IDENTIFIERS = (
    "a", "0", "-", "_", "a-", "a_b", "x" * 63, "x" * 64, "A", "é", "a.b", "a b", "a\n", "*",
    "always", "school-day", "closed", "lesson", "none", "true", "1e5", "inf", "2026-11-24",
    "group", "everyone", "pupils", "staff", "ipad-07",
)  # fmt: skip

TIMES = (
    "00:00", "00:01", "01:00", "01:30", "02:00", "08:59", "09:00", "12:00", "15:15", "23:59",
    "24:00", "24:01", "9:00", "09:60", "25:00", "-1:00", "09:00:00", "09.00", "٠٩:٠٠", "09:00\n",
    "", "noon",
)  # fmt: skip

NETWORKS = (
    "0.0.0.0/0", "::/0", "10.0.0.0/8", "10.20.0.0/16", "10.20.0.0/255.255.0.0", "10.20.0.1/16",
    "10.20.3.7", "10.20.3.7/32", "10.20.3.7/33", "10.20.3.7/0.0.0.0", "256.1.1.1", "010.0.0.1",
    "1", "fe80::1", "fe80::1%eth0", "fe80::%eth0/64", "::ffff:10.0.0.1", "fd00::/129",
    "FD00:20::/64", "fd00:0:0:0::/64", "٠.0.0.0", "/", "10.0.0.0/", "",
)  # fmt: skip

MACS = (
    "02:00:5e:10:00:01", "02-00-5E-10-00-01", "02:00:5E-10:00:01", "02005e100001",
    "0200.5e10.0001", "02:00:5e:10:00", "02:00:5e:10:00:01\n", "ＦＦ:00:5e:10:00:01", "",
)  # fmt: skip

CLIENT_IDS = (
    "k7f3q9wz2m", "K7F3Q9WZ2M", "k7f3", "-k7f3q9wz", "k7f3q9wz-", "a.b.c.d.e", "k7f3_q9wz", "ß" * 8,
    "K" * 8, "1" * 63, "1" * 64, "k7f3q9wz\n", "../../etc", "",
)  # fmt: skip

DOMAINS = (
    "example.com", "EXAMPLE.com", "example.com.", ".", "", "..", "a..b", ".com", "com",
    "x" * 63 + ".uk", "x" * 64 + ".uk", ".".join(["x" * 49] * 5),
    ".".join(["x" * 50] * 5) + ".uk", "école.fr", "faß.de", "xn--", "xn--a", "xn--fa-hia.de",
    "İ.com", "ⓔxample.com", "a\u200db.com", "1.2.3.4", "a.1", "a.١", "*.example.com", "-a-.com",
    "_dmarc.example.com", "a b.com", "https://example.com/", "K.com", " example.com ",
    "example。com", "\u3002", "x.com", "www.youtube.com", "example.sch.uk",
)  # fmt: skip

TARGETS = (
    "social-media", "everything", "everything:", "everything:x", "social-media:x", "service:",
    "service:tiktok", "service:nordvpn", "service:nobody", "category:vpn", "category:gambling",
    "category:", "list:never", "list:hagezi-nsfw", "list:list:never", "domain:example.com",
    "domain:EXAMPLE.com.", "domain:.", "domain:com", "domain:1.2.3.4", "Domain:a.com", "youtube",
    "youtube.com", ":", "::", "service:youtube:x", "service:\x1b[31m", "list:a\nb",
    *(f"domain:{domain}" for domain in DOMAINS[-24:]),
)  # fmt: skip

SCOPES = (
    "everyone", "everyone:", "everyone:x", "group:pupils", "group:", "group:*", "set:trolley-3",
    "device:ipad-07", "device:office_1", "device:nobody", "device:a\nb", "pupils", "*", "",
)  # fmt: skip

TIMEZONES = (
    "Europe/London", "UTC", "Factory", "localtime", "posixrules", "Pacific/Apia",
    "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca", "Antarctica/Troll",
    "Australia/Lord_Howe", "EST5EDT", "Etc/GMT+12", "../../etc/passwd", "/etc/localtime",
    "europe/london", "Europe", "Europe/London\n", "\0", "",
)  # fmt: skip

WORDS = (
    "always", "school-day", "closed", "lesson", "break", "lunch", "prayer-time", "allow", "block",
    "restrict", "strict", "moderate", "null", "block-page", "A", "B", "mon", "sun", "Mon",
    "normal", "early finish",
)  # fmt: skip

OF_KEY = {
    "timezone": TIMEZONES,
    "domains": DOMAINS,
    "names": DOMAINS,
    "appliance": DOMAINS,
    "networks": NETWORKS,
    "addresses": NETWORKS,
    "macs": MACS,
    "client_ids": CLIENT_IDS,
    "plus": TARGETS,
    "except": TARGETS,
    "target": TARGETS,
    "platform": TARGETS,
    "allowed": TARGETS,
    "for": SCOPES,
    "from": TIMES,
    "to": TIMES,
    "id": IDENTIFIERS,
    "kind": (*IDENTIFIERS, *WORDS),
    "group": IDENTIFIERS,
    "groups": IDENTIFIERS,
    "device": IDENTIFIERS,
    "devices": IDENTIFIERS,
    "lists": IDENTIFIERS,
}

DATES = tuple(
    datetime.date.fromisoformat(text)
    for text in (
        "0001-01-01", "1970-01-01", "1999-12-31", "2000-01-01", "2000-01-03", "2024-02-29",
        "2026-03-29", "2026-09-07", "2026-10-25", "2026-11-24", "2027-01-04", "2038-01-19",
        "2099-12-31", "2100-01-01", "9999-12-31",
    )
)  # fmt: skip

MOMENTS = tuple(
    datetime.datetime.fromisoformat(text)
    for text in (
        "0001-01-01T00:00:00", "0001-01-01T00:00:00+23:59", "1999-12-31T23:59:59",
        "2000-01-01T00:00:00", "2000-01-01T00:00:00+00:00", "2000-01-01T00:00:00+23:59",
        "2026-03-29T01:30:00", "2026-10-25T01:30:00", "2026-10-25T01:30:00+00:00",
        "2026-11-24T10:15:00", "2026-11-24T10:15:00.999999", "2026-11-24T10:15:00.000001-00:01",
        "2026-11-27T23:59:59-23:59", "2038-01-19T03:14:08+00:00", "2099-12-31T23:59:59.999999",
        "2099-12-31T23:59:59-23:59", "2100-01-01T00:00:00", "9999-12-31T23:59:59",
        "9999-12-31T23:59:59.999999-23:59",
    )
)  # fmt: skip

NUMBERS = (0, 1, 2, 3, 5, 6, -1, 13, 2**31, 2**63 - 1, 2**63, 10**20, 10**4000)

TOKENS = (
    "=", ".", ",", "[", "]", "[[", "]]", "{", "}", "#", '"', "'", '"""', "'''", "\n", "\r",
    "\r\n", "\t", "\0", "\ufeff", "\\", "true", "false", "inf", "-nan", "+0",
    "0x7fffffffffffffffff", "0b1", "0o7", "1_000", "1__0", "1e400", "1e-400", "9" * 400,
    "9" * 5000, "0000-01-01", "0000-00-00", "9999-12-31", "9999-12-31T23:59:60Z", "2026-02-30",
    "2026-11-24T10:15:00+24:00", "07:32:00", "2026-11-24T24:00:00", "2026-11-24 10:15:00z",
    "[" * 15, "[" * 40, "[" * 3000, "{a=" * 15, "{a=" * 3000, "a." * 15, "a." * 40, "a." * 3000,
    '"\\uD800"', '"\\U00110000"', '"\\x41"', '"\\u0000"', '""', "''", '"""\n"""', "'''\n'''",
    '"""\\\n  """', "''''''''", "groups", "rule", "format = 1", "\n[groups]\n", "\n[[groups]]\n",
    "\n[rule]\n", "\n[[rule]]\n", "\n[school]\n", "\nschool.name = 1\n", "[]", "{}", "[[]]",
    "[{}]", "é", "\x7f", "\u2028", "\x85", "\f", "\v",
)  # fmt: skip
