"""frame: what every page has around it: its look, its headers, its words for times and numbers.

In:    the settings of this box.   Out: a Flask application that knows how to look, and how to fail.
Never: knows who asks, or what a page is about.   Start with application.py.
"""
