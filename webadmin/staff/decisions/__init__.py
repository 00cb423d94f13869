"""decisions: what the e-safety team opens and closes: requests, overrides, exemptions, pass list,
register, bans.

In:    who, what, for whom, until when, why.   Out: a policy in force within a second, and its note.
Never: one person where it takes two.   Start with granting.py.
"""
