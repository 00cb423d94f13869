"""evidence: rows that leave the box, with all that somebody else needs to check them.

In:    rows of the record and their seal.   Out: one ZIP; whether one is as it was.
Never: says that nothing was left out: a seal can't know.   Start with bundle.py.
Pages ask through elsewhere.py, which has it made in a process of its own.
"""
