"""
Roles and tenants as claims name them: read from every declared claim, compared without spelling.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supaopt.auth import Claims, has_any_role, roles_of, tenants_of
from supaopt.errors import ConfigError

SUB = "1b4e28ba-2fa1-4d1e-883f-0016d3cca427"
TENANT = "9b2f8f5e-21c5-4e0a-8a52-3ad4a2c5c7f1"


class AppClaims(Claims, roles=["user_role", "app_metadata.roles"], tenants=["org_id", "orgs"]):
    """Claims of an application with several roles and memberships."""


def claims(**more: Any) -> AppClaims:
    standard: dict[str, Any] = {
        "iss": "i", "sub": SUB, "aud": "authenticated", "exp": 2, "iat": 1,
        "role": "authenticated", "session_id": SUB,
    }  # fmt: skip
    return AppClaims.model_validate(standard | more)


def test_roles_come_from_every_declared_claim() -> None:
    """One claim may hold a role, another a list; what is no string is no role."""
    caller = claims(user_role="Admin", app_metadata={"roles": ["editor", 7, None]})
    assert {"admin", "editor"} == roles_of(caller)


def test_tenants_come_from_every_declared_claim() -> None:
    """UUIDs are compared in one spelling; numbers are names; nothing and truth are none."""
    caller = claims(org_id=TENANT.upper(), orgs=["acme", 7, True, "", None])
    assert {TENANT, "acme", "7"} == tenants_of(caller)


@given(st.text(min_size=1, max_size=12))
def test_a_role_always_matches_itself(role: str) -> None:
    """Whatever a role is called, its holder has it."""
    assert has_any_role(claims(user_role=role), [role])


def test_has_any_role_wants_a_list() -> None:
    """One bare string is refused, since its letters are not roles."""
    with pytest.raises(ConfigError, match=r"\['admin'\]"):
        has_any_role(claims(user_role="admin"), "admin")
