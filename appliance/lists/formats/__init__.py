"""formats: what a line of each kind of list means.

In:    lines of text.   Out: an Entry for each name, a Why for what DNS can't express.
Never: opens a file, guesses.   Start with reader.py; ../parse.py chooses among them.
"""
