"""recording: what was asked, kept so that it can carry a decision about a child.

In:    events that resolvers leave in files.   Out: rows, sealed; and room again.
Never: makes a resolver wait.   Start with channel.py.
"""
