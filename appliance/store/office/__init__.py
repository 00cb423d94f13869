"""office: who may come in to the staff pages, and what they ask of one another there.

In:    what people type, and the moment they do.   Out: frozen values: people, sessions, requests,
       refusals.
Never: keeps a password, a link or a cookie that could be used as it stands; speaks of HTTP; opens
       anything in the policy: pages do that with what stands here.
       Start with signing_in.py, and with requests.py for what is asked; schema.py says how it lies.
"""
