"""
One module for each third party: the only doors to them.
"""
