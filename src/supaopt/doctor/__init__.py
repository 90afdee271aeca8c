"""
A live project, examined: what is dangerous, broken or slow, why, and what ends it.
"""

from supaopt.doctor._examine import examine
from supaopt.doctor._model import LEVELS, Finding, Level, Report, Skipped

__all__ = ["LEVELS", "Finding", "Level", "Report", "Skipped", "examine"]
