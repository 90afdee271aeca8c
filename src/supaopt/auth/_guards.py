"""
What a caller must be to get through: small rules that combine with ``&`` and ``|``.

A guard reads claims and the answers it is given. One whose question has no answer yet (`enrolled`)
raises `UnansweredError`; the shell that holds the connection asks it and judges anew, so each
guard works in both colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from supaopt.auth._claims import value_at, values_at
from supaopt.errors import ConfigError, ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from supaopt.auth._claims import Claims

    Question: TypeAlias = Callable[[Any], bool | Awaitable[bool]]
    Answers: TypeAlias = Mapping[Question, bool]


class UnansweredError(Exception):
    """
    A guard cannot decide before *question* is answered; never seen outside this package.
    """

    def __init__(self, question: Question) -> None:
        super().__init__("a guard's question was not asked")
        self.question = question


@dataclass(frozen=True, slots=True)
class Denial:
    """
    Why a guard does not let a caller through.

    Attributes:
        code: Stable, machine-readable reason, such as ``role_required``.
        reason: The same for a person, without anything secret.
    """

    code: str
    reason: str

    def error(self) -> ForbiddenError:
        """
        Return the error that says so.
        """
        return ForbiddenError(self.reason, code=self.code)


class Guard:
    """
    Something that a caller must satisfy. Guards are values: equal when they ask the same.

    ``a & b`` lets through whom both let through, ``a | b`` whom either does; both stop at the
    first answer that decides.
    """

    __slots__ = ()

    def deny(self, claims: Claims, answers: Answers) -> Denial | None:
        """
        Judge *claims*.

        Args:
            claims: What the caller's token says.
            answers: What was asked so far.

        Returns:
            None to let the caller through, else why not.

        Raises:
            UnansweredError: Something has to be asked first.
        """
        raise NotImplementedError

    def __and__(self, other: Guard) -> Guard:
        return _Both(self, _guard(other))

    def __or__(self, other: Guard) -> Guard:
        return _Either(self, _guard(other))


@dataclass(frozen=True, slots=True)
class _Both(Guard):
    left: Guard
    right: Guard

    def deny(self, claims: Claims, answers: Answers) -> Denial | None:
        return self.left.deny(claims, answers) or self.right.deny(claims, answers)


@dataclass(frozen=True, slots=True)
class _Either(Guard):
    left: Guard
    right: Guard

    def deny(self, claims: Claims, answers: Answers) -> Denial | None:
        first = self.left.deny(claims, answers)
        if first is None:
            return None
        second = self.right.deny(claims, answers)
        if second is None:
            return None
        return Denial(first.code, f"{first.reason}, or {second.reason}")


@dataclass(frozen=True, slots=True)
class _AnyOf(Guard):
    roles: frozenset[str]

    def deny(self, claims: Claims, answers: Answers) -> Denial | None:  # noqa: ARG002
        if not self.roles.isdisjoint(roles_of(claims)):
            return None
        return Denial("role_required", f"one of these roles is needed: {_listed(self.roles)}")


@dataclass(frozen=True, slots=True)
class _AllOf(Guard):
    roles: frozenset[str]

    def deny(self, claims: Claims, answers: Answers) -> Denial | None:  # noqa: ARG002
        if self.roles <= roles_of(claims):
            return None
        return Denial("role_required", f"all of these roles are needed: {_listed(self.roles)}")


@dataclass(frozen=True, slots=True)
class _Active(Guard):
    def deny(self, claims: Claims, answers: Answers) -> Denial | None:  # noqa: ARG002
        name = type(claims).active_from
        if name is None:
            raise ConfigError(
                f"active() needs to know the claim that says so: "
                f'class {type(claims).__name__}(Claims, active="profile_is_active")'
            )
        if value_at(claims, name) is True:
            return None
        return Denial("inactive", "the account is not active")


@dataclass(frozen=True, slots=True)
class _Tenant(Guard):
    id: str | None

    def deny(self, claims: Claims, answers: Answers) -> Denial | None:  # noqa: ARG002
        if not type(claims).tenants_from:
            raise ConfigError(
                f"tenant() needs to know the claim that holds it: "
                f'class {type(claims).__name__}(Claims, tenants="org_id")'
            )
        tenants = tenants_of(claims)
        if tenants if self.id is None else self.id in tenants:
            return None
        return Denial("tenant_mismatch", "the caller does not belong to this tenant")


@dataclass(frozen=True, slots=True)
class _NotAnonymous(Guard):
    def deny(self, claims: Claims, answers: Answers) -> Denial | None:  # noqa: ARG002
        if claims.is_anonymous:
            return Denial("anonymous", "an anonymous sign-in is not enough")
        return None


@dataclass(frozen=True, slots=True)
class _SecondFactor(Guard):
    def deny(self, claims: Claims, answers: Answers) -> Denial | None:  # noqa: ARG002
        if claims.aal == "aal1":
            return Denial("aal2_required", "a second factor is needed")
        return None


@dataclass(frozen=True, slots=True)
class _Enrolled(Guard):
    check: Question

    def deny(self, claims: Claims, answers: Answers) -> Denial | None:  # noqa: ARG002
        answer = answers.get(self.check)
        if answer is None and self.check not in answers:
            raise UnansweredError(self.check)
        return None if answer is True else Denial("not_enrolled", "the caller is not enrolled")


def any_of(*roles: str) -> Guard:
    """
    Let callers through who have at least one of *roles*, however they are capitalised.

    Example:
        >>> any_of("admin", "staff") == any_of("Staff", "Admin")
        True
    """
    return _AnyOf(role_set(roles, "any_of"))


def all_of(*roles: str) -> Guard:
    """
    Let callers through who have every one of *roles*, however they are capitalised.
    """
    return _AllOf(role_set(roles, "all_of"))


def active() -> Guard:
    """
    Let callers through whose account is active; a token that does not say is not enough.
    """
    return _Active()


def tenant(tenant_id: UUID | str | None = None, /) -> Guard:
    """
    Let callers through who belong to *tenant_id*, or without one to any tenant at all.

    Example:
        >>> tenant("6c84fb90-12c4-11e1-840d-7b25c5ee775a") == tenant(
        ...     UUID("6c84fb90-12c4-11e1-840d-7b25c5ee775a")
        ... )
        True
    """
    if tenant_id is not None and not str(tenant_id):
        raise ConfigError("tenant('') names no tenant; leave it out to accept any")
    return _Tenant(None if tenant_id is None else _tenant_key(tenant_id))


def not_anonymous() -> Guard:
    """
    Let callers through who did not sign in anonymously.
    """
    return _NotAnonymous()


def aal2() -> Guard:
    """
    Let callers through who gave a second factor.
    """
    return _SecondFactor()


def enrolled(check: Callable[[Any], bool | Awaitable[bool]], /) -> Guard:
    """
    Let callers through for whom *check* says True; it is asked on every request.

    Args:
        check: Gets the `AuthResult`; may be a coroutine function under `AsyncSupabaseAuth`.
    """
    if not callable(check):
        raise ConfigError(f"enrolled() takes a function of the caller, not {check!r}")
    return _Enrolled(check)


def has_any_role(claims: Claims, roles: Iterable[str]) -> bool:
    """
    Say whether *claims* have at least one of *roles*, however they are capitalised.
    """
    return not role_set(roles, "has_any_role").isdisjoint(roles_of(claims))


def with_roles(
    guards: tuple[Guard, ...], required_roles: Iterable[str] | None
) -> tuple[Guard, ...]:
    """
    Return *guards*, after one for *required_roles* if there are any.

    Raises:
        ConfigError: The roles cannot be meant.
    """
    if required_roles is None:
        return guards
    return (_AnyOf(role_set(required_roles, "required_roles")), *guards)


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
        _tenant_key(tenant)
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


def _tenant_key(tenant: UUID | str | int) -> str:
    text = str(tenant)
    if len(text) == 36:
        try:
            return str(UUID(text))
        except ValueError:
            pass
    return text


def _guard(other: object) -> Guard:
    if isinstance(other, Guard):
        return other
    raise ConfigError(f"guards combine with guards, not with {other!r}; write any_of('admin')")


def _listed(roles: frozenset[str]) -> str:
    return ", ".join(sorted(roles))
