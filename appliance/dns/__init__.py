"""dns: answers the school's questions.

In:    datagrams and streams from devices.   Out: answers, and one event for each question.
Never: opens the database, waits for a file, trusts a packet.   Start with worker.py.
"""
