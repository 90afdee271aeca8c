"""
Whether a Python type can hold what a Postgres type is sent as.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

# Only what is surely wrong is told, so unknown types on either side are no matter.
_HOLDS: Final[dict[str, tuple[type, ...]]] = {
    "bool": (bool,),
    "bytea": (str, bytes),
    "citext": (str,),
    "date": (date, str),
    "float4": (float, Decimal),
    "float8": (float, Decimal),
    "int2": (int, float, Decimal),
    "int4": (int, float, Decimal),
    "int8": (int, float, Decimal),
    "interval": (timedelta, str),
    "name": (str,),
    "numeric": (Decimal, float),
    "text": (str,),
    "time": (time, str),
    "timestamp": (datetime, str),
    "timestamptz": (datetime, str),
    "timetz": (time, str),
    "uuid": (UUID, str),
    "varchar": (str,),
}
_SCALARS: Final = (str, bool, int, float, Decimal, UUID, datetime, date, time, timedelta, bytes)
# Text may well hold dates, numbers in a known form or one of a few words.
_FROM_TEXT: Final = (date, datetime, time, timedelta, UUID, Decimal)
_ALIASES: Final = {
    "bigint": "int8",
    "boolean": "bool",
    "float": "float8",
    "int": "int4",
    "integer": "int4",
    "real": "float4",
    "smallint": "int2",
    "bpchar": "text",
    "char": "text",
}


def allows_none(annotation: Any) -> bool:
    """
    Say whether None is one of the values of *annotation*.
    """
    return annotation in (Any, None, NoneType, object) or NoneType in _members(annotation)


def misfit(annotation: Any, *, type_name: str, is_array: bool, labels: list[str] | None) -> str:
    """
    Return why *annotation* cannot hold a column of a Postgres type, or the empty string.

    Args:
        annotation: Python type of the field.
        type_name: Postgres's name of the type, or of an array's elements.
        is_array: True for an array.
        labels: Labels of an enum.
    """
    members = [each for each in _members(annotation) if each is not NoneType]
    if is_array:
        element = next((get_args(each) for each in members if get_origin(each) in _LISTS), None)
        if element is None and any(_is_scalar(each) for each in members):
            return f"{type_name}[] is a list"
        return ""
    if labels is not None:
        return _enum_misfit(members, labels)
    name = _ALIASES.get(type_name, type_name)
    holders = _HOLDS.get(name)
    if holders is None or not members:
        return ""
    if name in ("text", "varchar", "citext"):
        holders += _FROM_TEXT
    if any(_holds(each, holders) for each in members):
        return ""
    wanted = " or ".join(holder.__name__ for holder in _HOLDS[name])
    return f"{type_name} is read as {wanted}"


_LISTS: Final = (list, tuple, set, frozenset)


def _enum_misfit(members: list[Any], labels: list[str]) -> str:
    if any(each is bool or each in (int, float, UUID, datetime) for each in members):
        return f"an enum of {', '.join(labels)} is str, a Literal or an Enum"
    known = [value for each in members for value in _words(each)]
    if not known or str in members:
        return ""
    missing = [label for label in labels if label not in known]
    return f"the enum also has {', '.join(missing)}" if missing else ""


def _words(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [member.value for member in annotation]
    return []


def _holds(annotation: Any, holders: tuple[type, ...]) -> bool:
    if _words(annotation):
        return str in holders or int in holders
    if not _is_scalar(annotation):
        # A container is wrong for a scalar; a class of the user's own may read anything.
        return not _is_container(annotation)
    # bool is an int to Python, not to Postgres.
    return annotation in holders


def _is_scalar(annotation: Any) -> bool:
    return annotation in _SCALARS


def _is_container(annotation: Any) -> bool:
    return (get_origin(annotation) or annotation) in (dict, *_LISTS)


def _members(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [each for argument in get_args(annotation) for each in _members(argument)]
    if hasattr(annotation, "__value__"):  # a type alias
        return _members(annotation.__value__)
    return [annotation]
