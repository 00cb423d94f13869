"""box: what the network manager looks after: first run, school, devices, people, health, audit.

In:    facts of the school and its network.   Out: a policy, a roll of devices, accounts.
Never: a child's record.   Start with firstrun.py.
"""
