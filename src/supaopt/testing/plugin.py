"""
The pytest plugin.
"""
