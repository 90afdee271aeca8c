"""
The pytest plugin. It imports nothing heavy and applies nothing by itself.
"""
