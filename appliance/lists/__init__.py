"""lists: what the world knows of names — our own catalogue, and the lists a school subscribes to.

In:    TOML files of blocklists/, list files.   Out: a Catalogue, names.
Never: decides what is refused (that is policy's).   Start with catalogue.py.
"""
