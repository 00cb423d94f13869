"""What attackers look for first is not there: by bandit, and by a look at every SQL statement."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.console import CHECKOUT

SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|WITH|FROM|WHERE|CREATE|DROP|ALTER)\b")
# All that may be put into SQL: tables, columns and conditions that we wrote ourselves, and numbers.
# Whatever came from outside is bound.
OUR_OWN_WORDS = {
    *("table", "self.table", "kind", "self.kind", "span", "sums", "column", "chosen", "keys"),
    *("COLUMNS", "_COLUMNS", "RUN_COLUMNS", "_CHUNK", "_SEGMENT", "_ADD", "order", "which"),
    *("COLUMNS.removeprefix('id, ')", "_COLUMNS.removeprefix('id, ')"),
    *(
        "where",
        "where or 'true'",
        "' AND '.join(where)",
        "named.where",
        "noise",
        "over",
        "held",
        "unused",
    ),
    *("_ALLOWED", "_REFUSED", "_LIVE", "_NOT_SUMMED", "HOUR_MS", "SOUGHT + 1"),
}


def put_into_sql(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(v.value) for v in node.values if isinstance(v, ast.Constant))
            for value in node.values if SQL.search(text) else ():
                if isinstance(value, ast.FormattedValue):
                    yield node.lineno, ast.unparse(value.value)


def test_bandit_has_nothing_to_say() -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "bandit",
            "-q",
            "-c",
            "pyproject.toml",
            "-r",
            "appliance",
            "webadmin",
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_each_exception_of_bandit_has_its_reason() -> None:
    for path in (*(CHECKOUT / "appliance").rglob("*.py"), *(CHECKOUT / "webadmin").rglob("*.py")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "nosec" in line:
                assert re.search(r"# nosec B\d+: \w+", line), f"{path}: {line}"


def test_nothing_but_our_own_words_is_put_into_sql() -> None:
    found = [
        f"{path}:{line}: {what}"
        for path in (CHECKOUT / "appliance").rglob("*.py")
        for line, what in put_into_sql(path)
        if what not in OUR_OWN_WORDS
    ]
    assert not found, found
