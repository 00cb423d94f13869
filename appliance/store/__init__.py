"""store: the record on the card, in one SQLite file, and the books that people write. The only SQL.

In:    what the recorder hands over.   Out: frozen values: rows as they were, numbers of reports.
       office/ and counter/ have files of their own: who may write one need not see another.
Never: decides anything; changes a row that is final, but to forget it.
       Start with schema.py, which says how the record lies; then writer.py and rows.py.
"""
