"""
What the dashboard shows, and how: no I/O.
"""
