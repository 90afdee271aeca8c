"""
Between values and the JSON text that every tier holds.

Each caller decodes a value of its own, so no caller can change another's, and a fresh answer goes
the same way as a cached one: what the first call returns, the hundredth returns too.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, from_json

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")
Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | float | bool | None"
"""What JSON can hold, for type checkers; covariant, so that ``dict[str, int]`` is one."""


class Codec(Protocol[T]):
    """
    Writes and reads one kind of value.
    """

    def encode(self, value: T, /) -> bytes:
        """
        Return *value* as JSON text.

        Raises:
            ConfigError: It is not of this kind.
        """
        ...

    def decode(self, data: bytes, /) -> T:
        """
        Return a value of the caller's own.

        Raises:
            ValueError: *data* holds another kind.
        """
        ...


class OwnCodec(ABC):
    """
    A codec that is passed in place of a type.
    """

    @abstractmethod
    def encode(self, value: Any, /) -> bytes:
        """
        Return *value* as JSON text.
        """

    @abstractmethod
    def decode(self, data: bytes, /) -> Any:
        """
        Return a value of the caller's own.
        """


class JsonCodec:
    """
    Plain JSON: texts, numbers, booleans, None, lists, and dictionaries with text keys.
    """

    def encode(self, value: Any, /) -> bytes:
        """
        Return *value* as JSON text; what would come back as something else is refused.
        """
        try:
            text = json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
            data = text.encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise ConfigError(f"the value to cache is no JSON: {error}; {_REMEDY}") from error
        if from_json(data) != value:
            raise ConfigError(
                f"the value to cache would come back changed: {_culprit(value)}; {_REMEDY}"
            )
        return data

    def decode(self, data: bytes, /) -> Any:
        """
        Return new lists and dictionaries.
        """
        # Keys repeat and are worth remembering; values are not.
        return from_json(data, cache_strings="keys")


_REMEDY = "pass type=... for what is not plain JSON, such as type=list[Product] or type=datetime"


def _culprit(value: object, path: str = "$") -> str:
    # JSON has no tuples, and only text keys.
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                return f"{path} has the key {key!r}"
            if found := _culprit(item, f"{path}.{key}"):
                return found
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if found := _culprit(item, f"{path}[{index}]"):
                return found
    elif not isinstance(value, (str, int, float, bool, type(None))):
        return f"{path} is a {type(value).__name__}"
    return ""


class TypedCodec(Generic[T]):
    """
    Whatever pydantic can read and write, by its type.
    """

    def __init__(self, adapter: TypeAdapter[T]) -> None:
        self._adapter = adapter

    def encode(self, value: T, /) -> bytes:
        """
        Return *value* as JSON text; a value of another type is refused.
        """
        try:
            return self._adapter.dump_json(value, by_alias=True, round_trip=True, warnings="error")
        except (PydanticSerializationError, UnicodeEncodeError) as error:
            raise ConfigError(
                f"the value to cache is not of the type that was passed: {error}; "
                "pass as type=... what the function returns"
            ) from error

    def decode(self, data: bytes, /) -> T:
        """
        Return a new value.
        """
        return self._adapter.validate_json(data)


_JSON = JsonCodec()


def codec_for(kind: Any) -> Codec[Any]:
    """
    Return what reads and writes *kind*, a type or a ``TypeAdapter``; plain JSON for None.

    Raises:
        ConfigError: pydantic knows no way to read *kind*.
    """
    if kind is None:
        return _JSON
    if isinstance(kind, OwnCodec):
        return kind
    try:
        return _typed(kind)
    except TypeError:  # an annotation that cannot be hashed
        return _adapt(kind)


def _adapt(kind: Any) -> TypedCodec[Any]:
    try:
        return TypedCodec(kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind))
    except Exception as error:  # pydantic raises several kinds, and user types add theirs
        raise ConfigError(
            f"type={kind!r} cannot be cached: {error}; pass a type that pydantic can validate"
        ) from error


@lru_cache(maxsize=512)
def _typed(kind: Any) -> TypedCodec[Any]:
    # Building an adapter costs up to a millisecond, and `list[X]` is a new but equal object at
    # each call.
    return _adapt(kind)
