"""
What a caller must be to get through: small rules that combine with ``&`` and ``|``.

A guard reads claims and the answers it is given. One whose question has no answer yet (`enrolled`)
raises `UnansweredError`; the shell that holds the connection asks it and judges anew, so each
guard works in both colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from supaopt.auth._claims import value_at
from supaopt.auth._membership import role_set, roles_of, tenant_key, tenants_of
from supaopt.errors import ConfigError, ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from uuid import UUID

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

    Examples:
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

    Examples:
        >>> from uuid import UUID
        >>> tenant("6c84fb90-12c4-11e1-840d-7b25c5ee775a") == tenant(
        ...     UUID("6c84fb90-12c4-11e1-840d-7b25c5ee775a")
        ... )
        True
    """
    if tenant_id is not None and not str(tenant_id):
        raise ConfigError("tenant('') names no tenant; leave it out to accept any")
    return _Tenant(None if tenant_id is None else tenant_key(tenant_id))


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


def _guard(other: object) -> Guard:
    if isinstance(other, Guard):
        return other
    raise ConfigError(f"guards combine with guards, not with {other!r}; write any_of('admin')")


def _listed(roles: frozenset[str]) -> str:
    return ", ".join(sorted(roles))
