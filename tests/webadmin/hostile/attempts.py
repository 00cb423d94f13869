"""Hostile requests, one by one: what is sent, to whom, and what may be answered."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from tests.webadmin.hostile.inert import EVIL
from tests.webadmin.hostile.sending import FORM, Attempt, Where

MB: Final = 1_000_000
PROOF: Final = b"@proof@"  # stands for a good one of whoever sends it
MULTI: Final = "multipart/form-data; boundary=x"


def form(**fields: str) -> bytes:
    return b"csrf_token=" + PROOF + b"&slip=" + PROOF + b"&" + urlencode(fields).encode()


def parts(*found: bytes) -> bytes:
    """A multipart form, with a good proof in front."""
    proof = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n' + PROOF + b"\r\n"
    return proof % b"csrf_token" + proof % b"slip" + b"".join(found) + b"--x--\r\n"


def part(name: bytes, content: bytes, file: bytes = b"", kind: bytes = b"") -> bytes:
    names = b'form-data; name="' + name + b'"' + (b'; filename="' + file + b'"' if file else b"")
    kinds = b"Content-Type: " + kind + b"\r\n" if kind else b""
    return b"--x\r\nContent-Disposition: " + names + b"\r\n" + kinds + b"\r\n" + content + b"\r\n"


NESTED: Final = part(b"typed", part(b"a", part(b"b", b"c" * 100) * 20) * 20)
REPORT: Final = part(b"typed", b"bad.example") + part(b"seen", b"words")


def upload(content: bytes, file: bytes = b"a.png", kind: bytes = b"image/png") -> bytes:
    """Under the name that each form has for it."""
    return parts(
        REPORT, part(b"screenshot", content, file, kind), part(b"file", content, file, kind)
    )


PNG: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)
HTML: Final = b"<html><script>alert(1)</script></html>"


def forms(path: str, to: Where) -> list[Attempt]:
    """What a form may be like; each goes to a page that takes forms."""
    bodies = {
        "a form of 10 MB": (b"a=" + b"x" * (10 * MB), FORM),
        "a form of 13 MB in parts": (parts(part(b"a", bytes(13 * MB))), MULTI),
        "a form of 10,000 fields": (form(**{f"f{n}": "1" for n in range(10_000)}), FORM),
        "a form of 10,000 parts": (parts(part(b"f", b"1") * 10_000), MULTI),
        "a form with one field 10,000 times": (form() + b"site=a&" * 10_000, FORM),
        "parts within parts": (parts(NESTED), MULTI),
        "parts without an end": (parts(REPORT)[:-9], MULTI),
        "parts without a boundary": (parts(REPORT), "multipart/form-data"),
        "a boundary of 10,000 letters": (parts(REPORT), f"{MULTI}{'y' * 10_000}"),
        "a part with a head of 1 MB": (b"--x\r\nX: " + b"y" * MB + b"\r\n\r\n--x--", MULTI),
        "JSON": (b'{"site": {"$ne": 1}, "csrf_token": "@proof@"}', "application/json"),
        "broken JSON": (b"[" * 100_000, "application/json"),
        "XML that reads a file": (
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "text/xml"),
        "a pickle": (b"cos\nsystem\n(S'id'\ntR.", "application/x-python-serialize"),
        "no kind at all": (b"\x00\xff" * 500, ""),
        "a kind that is nonsense": (form(site="a"), "\x7f/;;;=\"'"),
        "letters in UTF-7": (form(site="+ADw-script+AD4-"), f"{FORM}; charset=utf-7"),
        "letters in UTF-16": ("site=ü".encode("utf-16"), f"{FORM}; charset=utf-16"),
        "broken UTF-8": (form() + b"site=%ff%fe%c0%ae%ed%a0%80", FORM),
        "raw bytes": (form() + b"site=\xff\xfe\x00\x80", FORM),
        "NUL in every field": (form(site="a\0b", typed="\0", seen="\0", scope="\0"), FORM),
        "broken percent signs": (form() + b"site=%&%zz=%u0041&&&==&;", FORM),
    }  # fmt: skip
    return [Attempt(name, to, path, "POST", body, kind) for name, (body, kind) in bodies.items()]


# Where files are taken; the second is a preview of a device list
PLACES: Final[tuple[tuple[Where, str], ...]] = (("public", "/report"), ("staff", "/device-sheet"))
FORMS = [
    *forms("/ask", "staff"), *forms("/device-sheet", "staff"),
    *forms("/ask", "public"), *forms("/report", "public"),
]  # fmt: skip

FILES: Final[dict[str, tuple[bytes, ...]]] = {
        "a page that calls itself a picture": (HTML,),
        "a picture with a page behind its end": (PNG + HTML,),
        "a picture with an archive behind its end": (PNG + b"PK\x03\x04" + bytes(200),),
        "a picture that ends too soon": (PNG[:-12],),
        "a drawing with a script": (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x"/>',
                                    b"a.svg", b"image/svg+xml"),
        "a PDF with a script": (b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(alert(1))>>>>"
                                b"\nendobj\n%%EOF\n", b"a.pdf", b"application/pdf"),
        "an archive": (b"PK\x03\x04" + bytes(500), b"a.zip", b"application/zip"),
        "an archive that calls itself a picture": (b"PK\x03\x04" + bytes(500),),
        "a GIF that is a script": (b"GIF89a=1;alert(1)//", b"a.gif", b"image/gif"),
        "a program": (b"\x7fELF" + bytes(500), b"a.png\0.exe"),
        "a script of a shell": (b"#!/bin/sh\nid\n", b"../../etc/cron.d/x"),
        "a page that calls itself text": (HTML, b"a.txt", b"text/plain"),
        "a picture of 6 MB": (PNG[:-12] + bytes(6 * MB) + PNG[-12:],),
        "a head that says it is huge": (b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR" + bytes(64),),
        "markup in the name of a file": (HTML, b"<img src=x onerror=alert(1)>.png"),
    }  # fmt: skip
UPLOADS = [
    Attempt(name, to, path, "POST", upload(*file), MULTI, answers=(400, 403, 413))
    for to, path in PLACES
    for name, file in FILES.items()
]
# What a case takes may be text, and may be a letter: it is looked at by itself
TO_A_CASE = [
    Attempt(name, "staff", "/cases/1/attach", "POST", upload(*file), MULTI)
    for name, file in FILES.items()
] + forms("/cases/1/attach", "staff")

BOTH: Final[tuple[Where, ...]] = ("staff", "public")
PATHS = [
    Attempt(name, to, path, answers=(302, 303, 308, 400, 403, 404, 405, 421))
    for to in BOTH
    for name, path in {
        "up and out": "/../../../../etc/passwd",
        "up and out of the assets": "/assets/x/../../../office.db",
        "up and out with a zero byte": "/assets/x/bellgate.css\0.html",
        "up and out, backwards": "/assets\\..\\..\\office.db",
        "a whole path for an asset": "/assets//etc/passwd",
        "a book": "/office.db",
        "a secret": "/staff.secret",
        "the folder of reports": "/reports/",
        "two slashes and another host": f"//{EVIL}/%2e%2e",
        "many slashes and another host": f"///{EVIL}//..",
        "a backslash and another host": f"/\\{EVIL}/x",
        "a semicolon": "/people;x=/sign-in",
        "capital letters": "/PEOPLE",
        "a slash at the end": "/people/",
        "dots within": "/sign-in/../people",
        "a path of 100,000 letters": "/" + "a" * 100_000,
        "a path of 5,000 parts": "/a" * 5_000,
        "bytes that are no letters": "/\xff\xfe\xc0\xae",
        "new lines": "/x\r\nSet-Cookie: a=b\r\n\r\n<script>",
        "no slash at all": "people",
        "no path at all": "",
        "a whole address": f"http://{EVIL}/people",
        "a star": "*",
    }.items()
]  # fmt: skip
OTHERS_WORDS = [
    Attempt(name, "staff", path, raw=raw, answers=(200, 302, 400, 403))
    for path in ("/sign-in", "/people")
    for name, raw in {
        "another host": {"HTTP_HOST": EVIL},
        "another host behind ours": {"HTTP_HOST": f"filter.bellgate.sch.uk@{EVIL}"},
        "two hosts": {"HTTP_HOST": f"filter.bellgate.sch.uk, {EVIL}"},
        "a host with a path": {"HTTP_HOST": f"{EVIL}/x?"},
        "a host with a new line": {"HTTP_HOST": f"a\r\nX-Evil: {EVIL}"},
        "a port that is none": {"HTTP_HOST": f"filter.bellgate.sch.uk:{EVIL}"},
        "an address that is none": {"HTTP_HOST": "[::1"},
        "no host": {"HTTP_HOST": ""},
        "another host, as a proxy says it": {"HTTP_X_FORWARDED_HOST": EVIL},
        "another way, as a proxy says it": {"HTTP_X_FORWARDED_PROTO": "https"},
        "another path, as a proxy says it": {"HTTP_X_FORWARDED_PREFIX": f"//{EVIL}"},
        "another device, as a proxy says it": {"HTTP_X_FORWARDED_FOR": "10.10.1.2"},
        "another user, as a proxy says it": {
            "HTTP_X_REMOTE_USER": "north", "HTTP_AUTHORIZATION": "Basic bm9ydGg6eA=="},
        "another address, as a proxy says it": {
            "HTTP_X_ORIGINAL_URL": "/people", "HTTP_X_REWRITE_URL": "/people"},
        "a language that is a path": {"HTTP_ACCEPT_LANGUAGE": "../../etc/passwd\0"},
        "kinds that are nonsense": {"HTTP_ACCEPT": "*/*;q=nan,;;;,text/html;q=-1"},
        "a range": {"HTTP_RANGE": "bytes=0-,0-,0-,0-,0-,-1"},
        "an old page": {"HTTP_IF_NONE_MATCH": "*", "HTTP_IF_MODIFIED_SINCE": "x"},
        "a cookie of 100,000 letters": {"HTTP_COOKIE": "x=" + "y" * 100_000},
        "5,000 cookies": {"HTTP_COOKIE": "; ".join(f"c{n}=1" for n in range(5_000))},
        "our cookie with SQL in it": {"HTTP_COOKIE": "bellgate=' OR 1=1--"},
        "our cookie with bytes in it": {"HTTP_COOKIE": "bellgate=\xff\xfe\0\x01"},
        "our cookie twice": {"HTTP_COOKIE": "bellgate=a; bellgate=b; __Host-bellgate=c"},
        "a signed cookie of another program": {
            "HTTP_COOKIE": "session=eyJfdXNlcl9pZCI6IjEifQ.Zz.x; remember_token=1"},
    }.items()
]  # fmt: skip
METHODS = [
    Attempt(f"{method} {path}", to, path, method, answers=(400, 403, 405))
    for to, path in zip(BOTH, ("/people", "/report"), strict=True)
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "BREW", "G\0T")
] + [
    Attempt(name, "staff", "/people", "POST", form(_method="DELETE"), FORM, raw, (400, 403, 405))
    for name, raw in {
        "another method in a header": {"HTTP_X_HTTP_METHOD_OVERRIDE": "GET"},
        "another method in a form": {},
    }.items()
]  # fmt: skip

ATTEMPTS = [*FORMS, *UPLOADS, *PATHS, *OTHERS_WORDS, *METHODS]
