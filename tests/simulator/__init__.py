"""simulator: a school's days, invented: devices of named platforms, and children who mean it.

Everything is drawn from one seed, so a day can be had again. platforms.py is what devices do alone,
innocents.py what looks bad and is not, stories.py what is meant; day.py puts a school together.
"""
