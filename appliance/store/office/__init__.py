"""office: who may come in to the staff pages, and how they show who they are.

In:    what people type, and the moment they do.   Out: frozen values: people, sessions, refusals.
Never: keeps a password, a link or a cookie that could be used as it stands; speaks of HTTP.
       Start with signing_in.py, the whole story; schema.py says how it lies.
"""
