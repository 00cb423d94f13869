"""answers: what upstreams say, read with suspicion and kept for as long as it holds.

In:    messages from upstreams.   Out: answers that are safe to pass on.
Never: believes more than was asked.   Start with answer.py.
"""
