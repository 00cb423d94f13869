"""speed: how long things take, measured by hand on one machine. Not in the test suite.

In:    a list of a million names, and the queries of a day if there are some.   Out: one table.
Never: is collected by pytest, or says a figure without its spread. Start with policy.py.
"""
