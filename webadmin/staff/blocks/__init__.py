"""blocks: what stands on the desk, one block for each thing that somebody may wait for.

In:    who asks, and the books.   Out: a value for the template; None where nothing can be said now.
Never: shows what its reader may not see: desk.py asks for each block's permission.
Start with inbox.py.
"""
