"""soak: the real processes for minutes on end, under load, while everything that may fail does.

In:    seconds and a rate.   Out: what was wrong, lost or late, and exit code 1 where anything was.
Never: takes a busy machine for a fault of ours, or leaves a process behind.
Start with chaos.py, the story of what is done to a box; client.py asks and judges meanwhile.
"""
