"""decisions: what people decide about a policy, one at a time.

In:    the policy in force, what somebody wants, the time.   Out: the school as it would be then, or
       DecisionError with the one sentence that says why it may not be.
Never: looks at a clock, publishes, knows who is logged in.   Start with grants.py.
"""
