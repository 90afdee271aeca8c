"""
What tests of a Supabase backend need.
"""
