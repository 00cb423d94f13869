"""webadmin: the pages of Bellgate, in two applications that do not know each other.

staff:  behind login, for teachers, the e-safety team and the network manager.
public: for everybody else; no login, no cookies.   Both stand on frame.
Never: SQL, a policy rule, a file from outside.   Start with staff/app.py.
"""
