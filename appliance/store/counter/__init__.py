"""counter: what anybody may hand in without a login, in counter.db, and what became of it.

In:    reports of bad sites, and clicks on "ask a teacher".   Out: frozen values; to the public a
       state and a few words, no more.
Never: sees a device's record, people or the policy. Whatever anybody can write here is bounded.
       Start with schema.py, then reports.py.
"""
