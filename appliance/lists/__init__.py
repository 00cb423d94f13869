"""lists: what the world knows of names — our own catalogue, and the lists a school subscribes to.

In:    TOML files of blocklists/, list files, downloads.   Out: a Catalogue, names, DIR/lists.
Never: decides what is refused (that is policy's), believes a server.   Start with catalogue.py for
       what is ours, with parse.py for what others publish, with refresh.py for how it comes here:
       connection → fetch → review → shelf → standing; with library.py for newer catalogues:
       keys → edition → audit → changes → library.
"""
