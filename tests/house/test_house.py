"""The house itself: floors, types, style, and that it runs wherever it is put."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from appliance import __version__
from tests.console import CHECKOUT

TOOLS = {
    "floors": ["importlinter.cli", "lint"],
    "ruff": ["ruff", "check", "--no-cache", "."],
    "format": ["ruff", "format", "--check", "--no-cache", "."],
    "types": ["mypy"],
}


@pytest.mark.parametrize("tool", TOOLS)
def test_the_tools_have_nothing_to_say(tool: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", *TOOLS[tool]], cwd=CHECKOUT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("path", sorted((CHECKOUT / "appliance").rglob("*.py")), ids=str)
def test_no_import_hides_in_a_function(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner = [n for n in ast.walk(function) if isinstance(n, (ast.Import, ast.ImportFrom))]
            assert not inner, f"{path}:{inner[0].lineno}"


def test_the_wheel_runs_with_its_data_on_board(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(installed)], check=True)
    entry = (installed / next(installed.glob("*.dist-info")).name / "entry_points.txt").read_text()
    assert "bellgate = appliance.cli:main" in entry
    run = subprocess.run(
        [sys.executable, "-m", "appliance", "explain", "--profile", "st-annes", "www.tiktok.com"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(installed), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert "TikTok is social media" in run.stdout, run.stderr


def test_the_launcher_says_what_is_missing_where_there_is_no_python(tmp_path: Path) -> None:
    launcher = CHECKOUT / "bellgate"
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "readlink", "dirname", "cksum", "cat", "mkdir"):
        found = next(Path(d) / tool for d in ("/bin", "/usr/bin") if (Path(d) / tool).exists())
        (tools / tool).symlink_to(found)
    run = subprocess.run(
        [launcher, "--version"],
        env={"PATH": str(tools), "BELLGATE_VENV": str(tmp_path / "venv")},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    assert "Python 3.11 or newer is needed" in run.stderr
    assert "sudo apt install python3" in run.stderr


def test_the_launcher_says_how_to_get_venv_where_it_is_missing(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    python = tools / "python3"
    python.write_text(  # a Debian python3 without python3-venv: ensurepip can't be imported
        f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    run = subprocess.run(
        [CHECKOUT / "bellgate", "--version"],
        env={"PATH": f"{tools}:/usr/bin:/bin", "BELLGATE_VENV": str(tmp_path / "venv")},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    assert "sudo apt install python3-venv" in run.stderr


def test_the_changelog_speaks_of_this_version() -> None:
    assert f"## {__version__}" in (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
