"""public: the counter, for pupils and visitors: why a page is refused, what was refused to my own
device, and a form to tell us of a bad site.

In:    a browser under whatever name it was led here by.   Out: pages, and reports.
Never: a cookie, a login, anything of staff, a word about another device.   Start with app.py.
"""
