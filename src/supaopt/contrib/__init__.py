"""
Adapters for web frameworks, one file each; importing one imports its framework.
"""
