"""
What an expression can be, as far as the audit cares: clients and the ways to one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

    from supaopt.audit._resolve import Resolver


@dataclass(frozen=True, slots=True)
class Client:
    """
    A supabase-py client.

    Attributes:
        colour: Which of the two classes it is, None where an expression could be either.
        secret: True when its key bypasses row level security, None when unknown.
        shared: True when later requests get the same object, False when it was made for
            this call, None when unknown.
    """

    colour: Literal["sync", "async"] | None = None
    secret: bool | None = None
    shared: bool | None = None


@dataclass(frozen=True, slots=True)
class Dotted:
    """
    A name of another library or a builtin, such as ``jwt.decode``.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """
    The result of calling a name of another library, such as ``fastapi.APIRouter()``.
    """

    maker: str


@dataclass(frozen=True, slots=True)
class Function:
    """
    A function or method of the project.

    Attributes:
        returns: What a call gives, if that is known to be a client or leads to one.
        cached: True when its first result is kept for all later calls.
    """

    returns: Value | None = None
    cached: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """
    A class of the project, whose members are resolved when asked for.
    """

    node: ast.ClassDef
    resolver: Resolver


@dataclass(frozen=True, slots=True)
class Instance:
    """
    An object of a class of the project.

    Attributes:
        of: Its class.
        shared: True when later requests get the same object.
    """

    of: Class
    shared: bool | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """
    A module of the project.
    """

    name: str


Value: TypeAlias = Client | Dotted | Made | Function | Class | Instance | Module


def merge(values: Iterable[Value | None]) -> Value | None:
    """
    Return what all known *values* have in common, None when they differ in kind.
    """
    known = [value for value in values if value is not None]
    first = known[0] if known else None
    for other in known[1:]:
        if isinstance(first, Client) and isinstance(other, Client):
            first = _common(first, other)
        elif first != other:
            return None
    return first


def _common(one: Client, other: Client) -> Client:
    return Client(
        colour=one.colour if one.colour == other.colour else None,
        secret=one.secret if one.secret == other.secret else None,
        shared=one.shared if one.shared == other.shared else None,
    )


def refine(declared: Value | None, actual: Value | None) -> Value | None:
    """
    Return what is known of a value from its declared type and from where it comes.
    """
    if not isinstance(declared, Client) or not isinstance(actual, Client):
        return declared or actual
    return replace(actual, colour=declared.colour or actual.colour)


def share(value: Value | None) -> Value | None:
    """
    Return *value* as something that later requests get, too.
    """
    if isinstance(value, Client | Instance):
        return replace(value, shared=True)
    return value
