"""detection: which attempts to get round the filter somebody means, and which a device makes alone.

In:    observations (questions, packets, changes on the network) in time order, and the school's
       timetable.   Out: cases: a device, a grade, and what speaks for and against, in sentences.
Never: reads a file, a clock or a socket; calls a single act deliberate; names a person.
       Start with casework.py: order → signals → memory → excuses → score → sentences; what the
       numbers mean stands with them, in blocklists/signals.toml and habits.toml (knowledge.py).
"""
