"""lists: what the world knows of names — our own catalogue, and the lists a school subscribes to.

In:    TOML files of blocklists/, list files, downloads.   Out: a Catalogue, names, DIR/lists.
Never: decides what is refused (that is policy's), believes a server.   Start with catalogue.py,
       or with refresh.py for public lists: connection → fetch → review → shelf → standing.
"""
