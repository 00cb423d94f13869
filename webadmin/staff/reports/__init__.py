"""reports: what people told of bad sites, and what becomes of it.

In:    a report from the counter.   Out: a block, thanks, or somebody who takes it further.
Never: a stranger's words as anything but text.   Start with triage.py.
"""
