"""exchange: carries our questions to the resolvers we trust.

In:    one attempt: a question and the server it goes to.   Out: its reply, or why there is none.
Never: believes a reply that was not asked for, decides which server is next (../upstream.py does).
Start with flight.py; udp.py, stream.py and https.py are the three roads.
"""
