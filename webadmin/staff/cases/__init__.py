"""cases: what the e-safety team does with a case, from the first look to what was learnt of it.

In:    cases of the record, notices of the office.   Out: pages, downloads; each look is audited.
Never: says that somebody did something; shows a stranger's file as part of a page.
       Start with routes.py.
"""
