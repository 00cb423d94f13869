"""checkup: looks at one matter of this box at a time, for `bellgate check`.

In:    settings, the data folder, the moment.   Out: findings, each with what to do where it is wrong.
Never: changes anything.   Start with finding.py.
"""
