"""
Find dangerous and slow uses of supabase-py, with no database and no set-up.

``supaopt audit`` on the command line; from Python:

    from supaopt.audit import audit

    for finding in audit(["app"]):
        print(finding, finding.help)
"""

from supaopt.audit._finding import Finding as Finding
from supaopt.audit._rule import Rule as Rule
from supaopt.audit._rules import RULES as RULES
from supaopt.audit._run import audit as audit
from supaopt.audit._sarif import sarif as sarif
from supaopt.audit._settings import Settings as Settings
from supaopt.audit._settings import find_rule as find_rule

__all__ = ["RULES", "Finding", "Rule", "Settings", "audit", "find_rule", "sarif"]
