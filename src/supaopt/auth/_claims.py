"""
What a verified token says, as an immutable value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError
from typing_extensions import TypeVar

from supaopt.errors import ConfigError, TokenInvalidError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic.fields import FieldInfo


class Claims(BaseModel):
    """
    The claims of a Supabase access token; subclass it to declare your own.

    Class keywords say which claims the guards read. A name may be a path into ``app_metadata``;
    ``user_metadata`` is refused, because its owner can write it. Claims that are not declared
    stay readable as attributes.

    Args:
        roles: Claims that hold the caller's application role, or a list of them.
        tenants: Claims that hold the tenant a caller belongs to, or a list of them.
        active: Claim that says whether the account is active.

    Examples:
        >>> class AppClaims(Claims, roles="app_metadata.role", tenants="org_id"):
        ...     org_id: UUID | None = None
    """

    # pydantic's cache of strings is faster without the values, and would keep people's addresses.
    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="allow", hide_input_in_errors=True, cache_strings="keys"
    )

    roles_from: ClassVar[tuple[str, ...]] = ("user_role",)
    tenants_from: ClassVar[tuple[str, ...]] = ()
    active_from: ClassVar[str | None] = None

    iss: str
    """Who issued the token."""
    sub: UUID
    """The user's id."""
    aud: str | tuple[str, ...]
    """Whom the token is for."""
    exp: int
    """When it expires, in seconds since the epoch."""
    iat: int
    """When it was issued, in seconds since the epoch."""
    role: str
    """The *Postgres* role, ``authenticated``; never the caller's role in the application."""
    session_id: UUID
    """The sign-in that the token belongs to."""
    aal: Literal["aal1", "aal2", "aal3"] = "aal1"
    """How surely the user was recognised; ``aal2`` means a second factor."""
    email: str | None = None
    """The user's e-mail address, as Supabase Auth knows it."""
    phone: str | None = None
    """The user's telephone number, as Supabase Auth knows it."""
    is_anonymous: bool = False
    """Whether the user signed in anonymously."""
    app_metadata: dict[str, Any] = {}
    """What the project wrote about the user."""
    user_metadata: dict[str, Any] = {}
    """What the user wrote about themselves: never decide anything by it."""

    def __init_subclass__(
        cls,
        *,
        roles: str | Iterable[str] | None = None,
        tenants: str | Iterable[str] | None = None,
        active: str | None = None,
        **config: Any,
    ) -> None:
        super().__init_subclass__(**config)
        if roles is not None:
            cls.roles_from = _paths(cls, roles)
        if tenants is not None:
            cls.tenants_from = _paths(cls, tenants)
        if active is not None:
            (cls.active_from,) = _paths(cls, active)

    @classmethod
    def __pydantic_init_subclass__(cls, **_keywords: Any) -> None:
        # pydantic hands it the class keywords again, and refuses ones nobody takes.
        return


ClaimsT = TypeVar("ClaimsT", bound=Claims, default=Claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """
    Whom a request comes from.

    Attributes:
        id: The user's id, the one in ``auth.users``.
        email: Their e-mail address, or None.
        phone: Their telephone number, or None.
        is_anonymous: Whether they signed in anonymously.
        app_metadata: What the project wrote about them.
        user_metadata: What they wrote about themselves; never decide anything by it.
    """

    id: UUID
    email: str | None = field(default=None, repr=False)  # for a log the id is enough
    phone: str | None = field(default=None, repr=False)
    is_anonymous: bool = False
    app_metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)
    user_metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)


def decode(model: type[ClaimsT], payload: bytes) -> ClaimsT:
    """
    Read *payload* as *model*, strictly: no string passes for a number or a truth value.

    Args:
        model: The project's claims.
        payload: JSON whose signature and standard claims are checked.

    Raises:
        TokenInvalidError: A declared claim is missing or has another type; the message names it.
    """
    try:
        claims: ClaimsT = model.__pydantic_validator__.validate_json(payload, strict=True)
    except ValidationError as error:
        raise TokenInvalidError(
            f"the token's claims do not fit {model.__name__}: {_misfits(model, error)}",
            code="claims_invalid",
        ) from None
    _freeze_members(vars(claims), _holders(model))
    undeclared = claims.__pydantic_extra__
    if undeclared:
        _freeze_members(undeclared, undeclared)
    return claims


def user_of(claims: Claims) -> User:
    """
    Return the user that *claims* speak of.
    """
    return User(
        id=claims.sub,
        email=claims.email or None,
        phone=claims.phone or None,
        is_anonymous=claims.is_anonymous,
        app_metadata=claims.app_metadata,
        user_metadata=claims.user_metadata,
    )


def value_at(claims: Claims, path: str) -> object:
    """
    Return what *claims* say at *path*, or None.
    """
    value: object = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
    return value


def values_at(claims: Claims, path: str) -> tuple[object, ...]:
    """
    Return each of what *claims* say at *path*: nothing, one value, or those of a list.
    """
    value = value_at(claims, path)
    if isinstance(value, (list, tuple)):
        return tuple(value)
    return () if value is None else (value,)


def _refuse(*_args: object, **_keywords: object) -> NoReturn:
    raise TypeError("verified claims cannot be changed")


_REFUSE: Any = _refuse


class _FrozenDict(dict[str, Any]):
    # Claims are shared by every request that sends the same token.
    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _REFUSE
    clear = pop = popitem = setdefault = update = _REFUSE

    def __reduce__(self) -> tuple[Any, ...]:
        # A dict is unpickled by setting its items, which this one refuses.
        return type(self), (dict(self),)


_MUTABLE = frozenset({dict, list, set, tuple})  # a tuple, by what is in it
_SCALARS = (str, int, float, bool, UUID, type(None), Ellipsis)
_COMPOSED = frozenset({tuple, Union, UnionType})


@cache
def _holders(model: type[Claims]) -> tuple[str, ...]:
    # The declared claims that may be mutable: all but those of which their type says that they
    # are not, and nothing of the model's own can have made them otherwise.
    code = model.__pydantic_decorators__
    own = code.field_validators or code.validators or code.model_validators or code.root_validators
    if own or model.__pydantic_post_init__:
        return tuple(model.model_fields)
    return tuple(name for name, info in model.model_fields.items() if not _is_scalar(info))


def _is_scalar(info: FieldInfo) -> bool:
    by_default = type(info.default) in _MUTABLE and info.default != ()
    made = info.metadata or info.default_factory or by_default
    return not made and _is_immutable(info.annotation)


def _is_immutable(kind: Any) -> bool:
    origin = get_origin(kind)
    if origin in _COMPOSED:
        return all(map(_is_immutable, get_args(kind)))
    return origin is Literal or kind in _SCALARS


def _freeze_members(members: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if type(members[name]) in _MUTABLE:
            members[name] = _freeze(members[name])


def _freeze(value: Any) -> Any:
    if type(value) is dict:
        for name, member in value.items():
            if type(member) in _MUTABLE:
                value[name] = _freeze(member)
        return _FrozenDict(value)
    if type(value) is set:
        return frozenset(value)
    return tuple(map(_freeze, value)) if type(value) in _MUTABLE else value


def _misfits(model: type[Claims], error: ValidationError) -> str:
    # Only names that the program declared: others are the token's own text.
    wrong = {str(e["loc"][0]) for e in error.errors(include_input=False) if e["loc"]}
    return ", ".join(sorted(wrong & set(_names(model)))) or "they are no clean JSON"


def _names(model: type[Claims]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield name
        if info.alias:
            yield info.alias


def _paths(cls: type[Claims], names: str | Iterable[str]) -> tuple[str, ...]:
    paths = (names,) if isinstance(names, str) else tuple(names)
    for path in paths:
        head = path.partition(".")[0]
        if head == "user_metadata":
            raise ConfigError(
                f"{cls.__name__} reads {path!r}, which every user can write; "
                "use a claim that a hook sets, or app_metadata"
            )
        if head == "role":
            raise ConfigError(
                f"{cls.__name__} reads 'role', which is the Postgres role; "
                "keep the application's role in a claim of its own, such as user_role"
            )
    return paths
