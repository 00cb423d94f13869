"""commands: what people at the console can ask for, a module each.

In:    the words of a command line.   Out: lines on stdout, one sentence on stderr, an exit code.
Never: decides or stores anything itself.   Start with explain.py; ../cli.py puts them together.
"""
