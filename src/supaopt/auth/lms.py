"""
The claims of the bundled learning platform, as its access-token hook writes them.
"""

from __future__ import annotations

from uuid import UUID

from supaopt.auth._claims import Claims
from supaopt.auth._membership import has_any_role


class CustomJWTClaims(Claims, roles="user_role", tenants="client_id", active="profile_is_active"):
    """
    Who the caller is on the learning platform.

    Attributes:
        user_role: ``admin``, ``staff``, ``client_staff``, ``viewer`` or ``student``; None for a
            user without a profile, who may do nothing.
        client_id: The client (tenant) that the caller belongs to.
        profile_is_active: Whether the account is active.
        is_student: Whether the caller is a student rather than a member of staff.
        job_readiness_star_level: The student's star level, such as ``TWO``.
        job_readiness_tier: The student's tier, such as ``GOLD``.
    """

    user_role: str | None = None
    client_id: UUID | None = None
    profile_is_active: bool | None = None
    is_student: bool | None = None
    job_readiness_star_level: str | None = None
    job_readiness_tier: str | None = None


def is_admin_or_staff(claims: Claims) -> bool:
    """
    Say whether the caller is an administrator or a member of the platform's own staff.
    """
    return has_any_role(claims, ("admin", "staff"))
