"""checkup: looks at one matter of this box at a time, for `bellgate check`.

In:    settings, the data folder, the moment.   Out: findings, with what to do where one is bad.
Never: changes anything.   Start with finding.py.
"""
