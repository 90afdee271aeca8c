"""
What claims say a caller belongs to: roles in the application, and tenants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from supaopt.auth._claims import values_at
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supaopt.auth._claims import Claims


def has_any_role(claims: Claims, roles: Iterable[str]) -> bool:
    """
    Say whether *claims* have at least one of *roles*, however they are capitalised.
    """
    return not role_set(roles, "has_any_role").isdisjoint(roles_of(claims))


def roles_of(claims: Claims) -> frozenset[str]:
    """
    Return the caller's roles in the application, case-folded.
    """
    return frozenset(
        role.casefold()
        for path in type(claims).roles_from
        for role in values_at(claims, path)
        if isinstance(role, str)
    )


def tenants_of(claims: Claims) -> frozenset[str]:
    """
    Return the tenants that the caller belongs to; UUIDs in their usual lower-case form.
    """
    return frozenset(
        tenant_key(tenant)
        for path in type(claims).tenants_from
        for tenant in values_at(claims, path)
        if isinstance(tenant, (str, int, UUID)) and not isinstance(tenant, bool) and str(tenant)
    )


def role_set(roles: Iterable[str], asked_by: str) -> frozenset[str]:
    """
    Return *roles* case-folded, for comparison.

    Raises:
        ConfigError: There are none, or *roles* is one string, which would be read letter by letter.
    """
    if isinstance(roles, str):
        raise ConfigError(f"{asked_by}: roles is the string {roles!r}; pass a list, [{roles!r}]")
    names: tuple[object, ...] = tuple(roles)
    folded = [name.casefold() for name in names if isinstance(name, str) and name]
    if not names or len(folded) != len(names):
        raise ConfigError(
            f"{asked_by}: roles are {list(names)!r}; name at least one, each a non-empty string"
        )
    return frozenset(folded)


def tenant_key(tenant: UUID | str | int) -> str:
    """
    Return how *tenant* is compared: a UUID in its usual lower-case form, anything else as it is.
    """
    text = str(tenant)
    if len(text) == 36:
        try:
            return str(UUID(text))
        except ValueError:
            pass
    return text
