"""Programs: do resolvers, recorder and pages run, and does recording say that all is well?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance.checkup.finding import Finding
from appliance.processes import Running
from appliance.recording import health
from appliance.recording.health import Health

SILENT_SECONDS = 10.0  # the recorder says how it is every other second


def about_resolver_programs(programs: Sequence[Running]) -> Iterator[Finding]:
    resolvers = [one for one in programs if one.name.startswith("dns")]
    if not resolvers:
        yield Finding("dns", "no resolver runs here", "start Bellgate: bellgate run, or systemctl")
    else:
        memory = sum(one.memory_kb for one in resolvers) / 1024
        names = ", ".join(f"{one.name} (process {one.pid})" for one in resolvers)
        yield Finding("dns", f"{names}; {memory:.0f} MB")


def about_recording(
    folder: Path, programs: Sequence[Running], said: Health | None, now: float
) -> Iterator[Finding]:
    recorder = next((one for one in programs if one.name == "recording"), None)
    if recorder is None:
        yield Finding(
            "recording",
            "it does not run: what is asked waits in memory, and is dropped when that is full",
            "start Bellgate: bellgate run, or systemctl start bellgate-recording",
        )
        return
    if said is None or said.pid != recorder.pid:
        yield Finding("recording", f"process {recorder.pid} has just started")
        return
    silent = now - health.said_at(folder)
    if silent > SILENT_SECONDS:
        yield Finding(
            "recording",
            f"process {recorder.pid} has said nothing for {silent:.0f} seconds",
            "see its log; end that process, and it is started again",
        )
    for problem in said.problems:
        yield Finding("recording", problem, "see bellgate check and the log of recording")
    if not said.problems:
        last = "no question yet" if said.last_event is None else _ago(said.at - said.last_event)
        yield Finding(
            "recording",
            f"process {recorder.pid}, {recorder.memory_kb / 1024:.0f} MB; last question: {last}; "
            f"{said.stored:,} stored since it started, {said.waiting_bytes / 1e6:.1f} MB wait",
        )


def about_page_program(name: str, programs: Sequence[Running]) -> Finding:
    one = next((one for one in programs if one.name == name), None)
    if one is None:
        return Finding(
            name,
            f"nobody can open the {name} pages: their program does not run",
            f"start Bellgate: bellgate run, or systemctl start bellgate-{name}",
        )
    return Finding(name, f"process {one.pid}; {one.memory_kb / 1024:.0f} MB")


def _ago(seconds: float) -> str:
    return f"{max(seconds, 0):.0f} seconds ago" if seconds < 120 else f"{seconds / 60:.0f} min ago"
