"""streams: DNS over TCP, TLS and HTTPS.

In:    connections, and the desk that answers.   Out: answers, in whatever order they are ready.
Never: lets one client keep others out, whatever it sends or leaves unread.   Start with door.py.
"""
