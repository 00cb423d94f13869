"""journeys: whole programs, talked to as a school's devices, forwarders and managers do.

In:    `bellgate run` as a process, an upstream of our own, other people's DNS programs.
Out:   small stories, told by what came back on real sockets.
Never: looks inside a process, waits where it could ask again. Start with running.py and cast.py.
"""
