"""log: what was refused, why anything is as it is, and how much of it there was.

In:    filters, moments, reasons to look.   Out: rows, explanations, numbers; as pages and as files.
Never: all of one device without a reason that is noted.   Start with refused.py.
"""
