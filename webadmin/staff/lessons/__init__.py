"""lessons: what teachers do: ask for a site, open a pass, give notice of a topic.

In:    a class, a lesson, and what it is for.   Out: requests, passes that end at the bell, notices.
Never: opens more than one class and one lesson.   Start with asking.py.
"""
