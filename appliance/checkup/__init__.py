"""checkup: looks at one matter of this box at a time, for `bellgate check`.

In:    settings, the data folder, the moment.   Out: findings, with what to do about each.
Never: changes anything.   Start with finding.py.
"""
