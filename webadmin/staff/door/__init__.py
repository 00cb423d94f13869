"""door: how people come in and go: password, second step, links that work once, their own account.

In:    what somebody types who says who they are.   Out: a session, or a sentence.
Never: says which of login and password was wrong.   Start with signin.py.
"""
