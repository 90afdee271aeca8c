"""
Python values as the text of a filter, and as JSON.
"""

from __future__ import annotations

import math
import re
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_json

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

_BARE_ELEMENT: Final = re.compile(r"[^\s{},\"\\]+")
_BARE_ITEM: Final = re.compile(r"[^\s,.:()\"\\{}]+")


def text(value: object) -> str:
    """
    Return one value as Postgres reads it from text.

    Raises:
        ConfigError: A type that has no such text.
    """
    match value:
        case Enum():
            result = text(value.value)
        case str():
            result = _unicode(str(value))
        case bool():
            result = "true" if value else "false"
        case int() | float() | Decimal() | UUID():
            result = str(value)
        case date() | time():
            result = value.isoformat()
        case timedelta():
            result = f"{value // timedelta(microseconds=1)} microseconds"
        case bytes() | bytearray() | memoryview():
            result = "\\x" + bytes(value).hex()
        case dict() | BaseModel():
            result = json(value).decode()
        case list() | tuple() | set() | frozenset():
            result = array(value)
        case _:
            raise ConfigError(
                f"a {type(value).__name__} cannot be sent to Postgres; pass text, a number, bool, "
                "UUID, date or time, Decimal, Enum, bytes, a list or a dict"
            )
    return result


def _unicode(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ConfigError(
            f"text with half of a surrogate pair at {error.start} cannot be sent to Postgres"
        ) from None
    return value


def array(values: Iterable[object]) -> str:
    """
    Return an array literal, such as ``{a,"b c",NULL}``.
    """
    return "{" + ",".join(_element(value) for value in values) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list | tuple):
        return array(value)
    element = text(value)
    if _BARE_ELEMENT.fullmatch(element) and element.upper() != "NULL":
        return element
    return escaped(element)


def item(value: str) -> str:
    """
    Return *value* as one item of ``in.(...)`` or of a logic tree, quoted unless it is plain.
    """
    return value if _BARE_ITEM.fullmatch(value) else escaped(value)


def escaped(value: str) -> str:
    """
    Return *value* in double quotes, as arrays, lists and logic trees unescape it.
    """
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def json(value: object) -> bytes:
    """
    Return *value* as JSON: UUIDs, dates and Decimals as text, models by their fields' names.

    Raises:
        ConfigError: It holds a type that has no JSON form, or a float that is no number.
    """
    try:
        return to_json(_finite(value), bytes_mode="utf8", serialize_unknown=False)
    except PydanticSerializationError as error:
        raise ConfigError(f"the value cannot be sent as JSON: {error}") from error


def _finite(value: Any) -> Any:
    # JSON has no NaN and no infinity; Postgres reads both from text.
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case bytes() | bytearray() | memoryview():
            return text(value)
        case dict():
            return {key: _finite(each) for key, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
    return value
