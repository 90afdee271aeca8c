"""
Answers as rows: one validation from the bytes, and errors that say what to change.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, Final

from pydantic import ConfigDict, TypeAdapter

from supaopt import _postgrest
from supaopt.errors import BadGatewayError, NotFoundError, ResponseError
from supaopt.selectors import _suggest
from supaopt.selectors._decimals import holds_decimal
from supaopt.selectors._shape import Column, Embed, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supaopt._wire import Response
    from supaopt.selectors._row import Row
    from supaopt.selectors._selector import RowT

_MISSING_COLUMN: Final = {
    "42703": re.compile(r"column (?:\"?[\w$]+\"?\.)*\"?([\w$ ]+?)\"? does not exist"),
    "PGRST204": re.compile(r"Could not find the '([^']+)' column"),
}
_HINTS: Final = {
    "414": "the filters are too long for a URL: pass fewer values to in_, or call a function",
    "PGRST201": "several foreign keys lead there; name one: Annotated[..., Col(fk=...)]",
    "PGRST123": "aggregates are off: ALTER ROLE authenticator SET pgrst.db_aggregates_enabled = "
    "'true'; NOTIFY pgrst, 'reload config'",
}


def rows(response: Response, row: type[RowT]) -> list[RowT]:
    """
    Return the rows of an answer.

    Raises:
        ResponseError: The server refused; with the likely right name for an unknown column.
        BadGatewayError: The body is no JSON, or is cut short.
        ConfigError: A row does not fit the class.
    """
    body = body_of(response, row)
    return _postgrest.decode(
        body, _rows_of(row), what=row.__name__, source=row.__table__, exact=_is_exact(row)
    )


def body_of(response: Response, row: type[Row]) -> bytes:
    """
    Return the JSON body of a success.

    Raises:
        ResponseError: The server refused; with the likely right name for an unknown column.
    """
    try:
        return _postgrest.body(response)
    except ResponseError as error:
        raise _explained(error, row) from None


def total(response: Response, row: type[Row]) -> int:
    """
    Return the count that was asked for.

    Raises:
        BadGatewayError: The answer has none.
    """
    body_of(response, row)
    count = _postgrest.total(response)
    if count is None:
        raise BadGatewayError(
            f"{row.__table__}: the answer has no count in Content-Range", status=response.status
        )
    return count


def only(found: list[RowT], row: type[RowT]) -> RowT | None:
    """
    Return the one row found, or None.

    Raises:
        ResponseError: There are several.
    """
    if len(found) > 1:
        raise ResponseError(
            f"{row.__table__}: more than one row where one was asked for",
            status=406,
            code="PGRST116",
            hint="filter by a unique column, or say limit(1)",
        )
    return found[0] if found else None


def exactly(found: list[RowT], row: type[RowT]) -> RowT:
    """
    Return the one row found.

    Raises:
        NotFoundError: There is none, or none that the caller may see.
        ResponseError: There are several.
    """
    one = only(found, row)
    if one is None:
        raise NotFoundError(
            f"{row.__table__}: no row where one was asked for", status=406, code="PGRST116"
        )
    return one


@functools.cache
def _rows_of(row: type[RowT]) -> TypeAdapter[list[RowT]]:
    shape_of(row)
    # Keys repeat in every row and are worth remembering; values are not.
    config = ConfigDict(cache_strings="keys")
    return TypeAdapter(list[row], config=config)  # type: ignore[valid-type] # made at run time


@functools.cache
def _is_exact(row: type[Row]) -> bool:
    return holds_decimal(_rows_of(row)) and not _all_as_text(shape_of(row))


def _all_as_text(parts: Iterable[Column | Embed]) -> bool:
    # Most Decimals are asked for as text, and then there is nothing to look for in the answer.
    return all(
        _all_as_text(part.columns)
        if isinstance(part, Embed)
        else part.is_text or not holds_decimal(TypeAdapter(part.annotation))
        for part in parts
    )


def _explained(error: ResponseError, row: type[Row]) -> ResponseError:
    hint = error.hint or _HINTS.get(error.code or str(error.status))
    pattern = _MISSING_COLUMN.get(error.code or "")
    if pattern and (found := pattern.search(str(error.args[0]))):
        hint = _hint(found[1], row) or hint
    if hint == error.hint:
        return error
    return type(error)(
        str(error.args[0]), status=error.status, code=error.code, details=error.details, hint=hint
    )


def _hint(column: str, row: type[Row]) -> str | None:
    meant = _suggest.closest(column, set(_columns(shape_of(row))))
    return f"did you mean `{meant}`?" if meant else None


def _columns(parts: Iterable[Column | Embed]) -> Iterator[Any]:
    for part in parts:
        if isinstance(part, Column):
            yield part.path.partition("->")[0]
        else:
            yield from _columns(part.columns)
