"""own: what the box answers by itself, as shapes that are made ahead of time.

In:    questions that were read.   Out: refusals, names of this network, safe search; or None.
Never: asks anybody.   Start with local.py.
"""
