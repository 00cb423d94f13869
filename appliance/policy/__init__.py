"""policy: the school's rules as plain values, and what they say of a device, a name and a moment.

In:    a TOML document, the catalogue, the names that lists hold.   Out: verdicts, and a snapshot.
Never: opens a socket or a database, looks at a clock (time is handed in).   Start with decide.py.
"""
