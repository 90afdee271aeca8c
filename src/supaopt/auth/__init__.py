"""
Who sends a request, told from its token: no database call, no network.
"""

from supaopt.auth._claims import Claims, User
from supaopt.auth._creation import UserAttributes
from supaopt.auth._freshness import JwksPolicy
from supaopt.auth._guards import (
    Denial,
    Guard,
    aal2,
    active,
    all_of,
    any_of,
    enrolled,
    not_anonymous,
    tenant,
)
from supaopt.auth._membership import has_any_role, roles_of, tenants_of
from supaopt.auth._observe import AuthEvent
from supaopt.auth._problem import Problem, problem
from supaopt.auth._result import AuthResult
from supaopt.auth._settings import AuthOptions
from supaopt.auth._shell import AsyncSupabaseAuth, SupabaseAuth
from supaopt.auth._unverified import UnverifiedToken, read_unverified
from supaopt.auth.lms import CustomJWTClaims, is_admin_or_staff

__all__ = [
    "AsyncSupabaseAuth",
    "AuthEvent",
    "AuthOptions",
    "AuthResult",
    "Claims",
    "CustomJWTClaims",
    "Denial",
    "Guard",
    "JwksPolicy",
    "Problem",
    "SupabaseAuth",
    "UnverifiedToken",
    "User",
    "UserAttributes",
    "aal2",
    "active",
    "all_of",
    "any_of",
    "enrolled",
    "has_any_role",
    "is_admin_or_staff",
    "not_anonymous",
    "problem",
    "read_unverified",
    "roles_of",
    "tenant",
    "tenants_of",
]
