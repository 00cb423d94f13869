"""staff: the desk, where teachers ask, the e-safety team decides, and the network manager looks
after the box.

In:    a person who has signed in, and what their roles permit.   Out: pages, decisions, an audit.
Never: a page without a permission, a change without a note of it.   Start with app.py.
"""
