"""
What a function returns, by its annotation: rows, one, maybe one, a scalar, JSON or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import GenericAlias, NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, PydanticUserError, TypeAdapter
from pydantic_core import from_json

from supaopt import _postgrest
from supaopt.errors import ConfigError, NotFoundError, ResponseError
from supaopt.selectors import Row
from supaopt.selectors._decimals import holds_decimal
from supaopt.selectors._shape import shape_of, text_of


@dataclass(frozen=True, slots=True)
class Result:
    """
    How to read one function's answers.

    Attributes:
        name: Name of the function, for errors.
        annotation: Its return annotation, resolved.
        item: The annotation without ``| None``.
        optional: True when None is an answer.
        adapter: Reads the annotation.
        columns: Value of PostgREST's ``select`` when the item is a `Row`; else empty.
        listed: Reads a list of it, when the item is a model: ``returns table`` and ``setof``
            answer with a list even for one row. None otherwise.
        exact: True when it holds a Decimal.
    """

    name: str
    annotation: Any
    item: Any
    optional: bool
    adapter: TypeAdapter[Any]
    columns: str
    listed: TypeAdapter[Any] | None
    exact: bool

    def parse(self, content: bytes) -> Any:
        """
        Return the value that *content* is.

        Raises:
            NotFoundError: No row, where one must be.
            ResponseError: Several rows, where one was asked for.
            ConfigError: It does not fit the annotation.
            BadGatewayError: It is no JSON.
        """
        if self.item is NoneType:
            return None
        if self.listed is not None:
            return self._row(content, self.listed)
        return self._decode(content, self.adapter)

    def _row(self, content: bytes, listed: TypeAdapter[Any]) -> Any:
        if content[:1] == b"[":
            return self._only(self._decode(content, listed))
        if _is_no_row(content):
            return self._only([])
        return self._decode(content, self.adapter)

    def _only(self, found: list[Any]) -> Any:
        if len(found) > 1:
            raise ResponseError(
                f"{self.name}: {len(found)} rows where one was asked for",
                status=200,
                hint=f"declare it -> list[{_name(self.item)}]",
            )
        if not found and not self.optional:
            raise NotFoundError(f"{self.name}: no row where one was asked for", status=200)
        return found[0] if found else None

    def _decode(self, content: bytes, adapter: TypeAdapter[Any]) -> Any:
        # An answer without a body is SQL null.
        return _postgrest.decode(
            content or b"null",
            adapter,
            what=_name(self.annotation),
            source=self.name,
            exact=self.exact,
        )


def result_of(name: str, annotation: Any) -> Result:
    """
    Return how to read a function called *name* that is declared to return *annotation*.

    Raises:
        ConfigError: The annotation is no type that JSON can become.
    """
    item, optional = _item(annotation)
    is_row = isinstance(item, type) and issubclass(item, BaseModel)
    try:
        adapter = TypeAdapter(annotation)
        listed: TypeAdapter[Any] | None = _list_of(item) if is_row else None
        exact = holds_decimal(adapter)
    except PydanticUserError as error:
        reason = error.message.partition(". Set ")[0]
        raise ConfigError(f"{name}: its return type cannot be read from JSON: {reason}") from error
    columns = _columns(annotation, item)
    return Result(name, annotation, item, optional, adapter, columns, listed, exact)


def _columns(annotation: Any, item: Any) -> str:
    row = get_args(annotation)[0] if get_origin(annotation) is list else item
    if isinstance(row, type) and issubclass(row, Row):
        return text_of(shape_of(row))
    return ""


def _list_of(item: Any) -> TypeAdapter[Any]:
    listed: Any = GenericAlias(list, (item,))
    return TypeAdapter(listed)


def _item(annotation: Any) -> tuple[Any, bool]:
    if annotation is None:
        return NoneType, True
    if get_origin(annotation) in (Union, UnionType):
        rest = [each for each in get_args(annotation) if each is not NoneType]
        if len(rest) == 1:
            return rest[0], True
    return annotation, False


def _is_no_row(content: bytes) -> bool:
    # PostgREST shows a function's null composite as an object of nulls.
    value = from_json(content or b"null")
    return value is None or (
        isinstance(value, dict) and bool(value) and all(each is None for each in value.values())
    )


def _name(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
