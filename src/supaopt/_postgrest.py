"""
What PostgREST's answers mean: pure, and the only place that knows its error bodies.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic_core import ValidationError, from_json

from supaopt.errors import (
    BadGatewayError,
    ConfigError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    ResponseError,
    StatementTimeoutError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

    from supaopt._wire import Response

T = TypeVar("T")
_MANY_BYTES: Final = 16_384
_PAUSES: Final[list[object]] = []

# A float holds fifteen digits, so a number of fewer characters than these is safe in one.
_MANY_DIGITS: Final = b"0" * 17
_DIGITS: Final = bytes(ord("0") if char in b"0123456789." else 32 for char in range(256))
# Up to the next number that is as long: what is no number, texts whole, and shorter numbers.
_NEXT_LONG: Final = re.compile(
    rb'(?:[^"0-9-]++|"(?:[^"\\]++|\\.)*+"|-?+[0-9.]{1,16}+(?![0-9.]))*+'
    rb"(-?+[0-9.]{17,}+(?:[eE][+-]?[0-9]++)?+)",
    re.DOTALL,
)
_NUMBER: Final = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")

# Messages of validation that quote the value, or come from a validator that may.
_WITHOUT_VALUE: Final = {
    "assertion_error": "a validator refuses it",
    "union_tag_invalid": "Its tag is none of those expected",
    "value_error": "a validator refuses it",
}

# By SQLSTATE or PostgREST code; the longest prefix wins.
# https://docs.postgrest.org/en/stable/references/errors.html
_BY_CODE: Final[dict[str, type[ResponseError]]] = {
    "22P02": ResponseError,
    "23": ConflictError,
    "23502": ResponseError,  # a missing value is the caller's mistake, not a conflict
    "23514": ResponseError,  # likewise a value that a check refuses
    "40": ConflictError,
    "42501": PermissionDeniedError,
    "42703": NotFoundError,
    "42883": NotFoundError,
    "42P01": NotFoundError,
    "55P03": ConflictError,
    "57014": StatementTimeoutError,
    "PGRST116": NotFoundError,
    "PGRST2": NotFoundError,
    "PGRST201": ResponseError,  # several foreign keys: found too much, not nothing
    "PGRST203": ResponseError,  # several functions, likewise
    "PGRST301": PermissionDeniedError,
    "PGRST302": PermissionDeniedError,
    "PGRST303": PermissionDeniedError,
}
_BY_STATUS: Final[dict[int, type[ResponseError]]] = {
    401: PermissionDeniedError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    414: ResponseError,  # a URL that is too long, before PostgREST sees it
    502: BadGatewayError,
    504: StatementTimeoutError,
}


def body(response: Response) -> bytes:
    """
    Return the JSON body of a success, unparsed.

    Args:
        response: What the server answered.

    Returns:
        The body; ``b""`` when there is none.

    Raises:
        BadGatewayError: A success that is no JSON: a proxy's page would pass as data.
        ResponseError: The server refused.
    """
    if response.status >= 300:
        raise refusal(response)
    kind = response.headers.get("content-type", "")
    if response.content and "json" not in kind:
        raise BadGatewayError(
            f"the server answered {response.status} with {kind or 'no content type'} in place "
            "of JSON; a proxy or a wrong URL answers for PostgREST",
            status=response.status,
        )
    return response.content


def decode(
    content: bytes, adapter: TypeAdapter[T], *, what: str, source: str, exact: bool = False
) -> T:
    """
    Return a success's body as typed values, in one validation from the bytes.

    Args:
        content: JSON body.
        adapter: Type to read it as.
        what: Name of that type, for the error.
        source: Table or function that answered, for the error.
        exact: True when the type holds a Decimal, whose digits must all arrive.

    Raises:
        BadGatewayError: The body is no JSON, or was cut short.
        ConfigError: It is JSON of another shape.
    """
    if exact and _MANY_DIGITS in content.translate(_DIGITS):
        content = _exact(content)
    try:
        with _collector_paused(len(content)):
            return adapter.validate_json(content)
    except ValidationError as error:
        # Without the cause: its text holds the values, and those are people's data.
        raise _misfit(error, adapter, what=what, source=source) from None


def _exact(content: bytes) -> bytes:
    # Postgres writes all digits of a numeric into JSON, and PostgREST passes them on; readers of
    # JSON make a float of them. As text they stay: a Decimal is read from either. Numbers that a
    # float holds, as those of float columns are, stay numbers.
    parts, at = [], 0
    while found := _NEXT_LONG.match(content, at):
        parts += [content[at : found.start(1)], _text_or_number(found[1])]
        at = found.end()
    return b"".join([*parts, content[at:]])


def _text_or_number(number: bytes) -> bytes:
    if number.lstrip(b"-").isdigit() or not _NUMBER.fullmatch(number):  # which the reader will say
        return number
    text = number.decode()
    try:
        is_held = Decimal(text) == Decimal(repr(float(text)))
    except ArithmeticError:  # an exponent beyond those of Decimal
        return number
    return number if is_held else b'"%b"' % number


@contextmanager
def _collector_paused(size: int) -> Iterator[None]:
    # Rows are thousands of new objects, none of them garbage yet, and the collector would look
    # through them, and at times through the whole heap, again and again: 1,000 rows took 4.2 ms of
    # CPU with it, 2.4 ms so and 1.8 ms without. One look afterwards is enough. Who runs without a
    # collector keeps it off. Of threads that overlap the first to end turns it on again, so that
    # it is never off for longer than one answer takes, however many there are.
    if size < _MANY_BYTES or not gc.isenabled():
        yield
        return
    pause = object()
    try:
        _PAUSES.append(pause)
        gc.disable()
        yield
    finally:
        gc.enable()
        with suppress(ValueError):  # in a child
            _PAUSES.remove(pause)


def _collect_in_child() -> None:
    # A process that another thread forks meanwhile has no thread that would turn it on again.
    if _PAUSES:
        _PAUSES.clear()
        gc.enable()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_collect_in_child)


def _misfit(
    error: ValidationError, adapter: TypeAdapter[Any], *, what: str, source: str
) -> ConfigError | BadGatewayError:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    if problems[0]["type"] == "json_invalid" and not problems[0]["loc"]:
        return BadGatewayError(
            f"{source}: the body is no JSON ({problems[0]['msg']}); it was cut short, or "
            "something else answers for PostgREST",
            status=200,
        )
    shown = "; ".join([*_columns(problems, set(_words(adapter.core_schema)))][:3])
    return ConfigError(
        f"{what} does not fit what {source} returned: {shown}. Change the type (what can be null "
        "is `X | None`), or what is asked for"
    )


def _words(schema: object) -> Iterator[str]:
    if isinstance(schema, str):
        yield schema
    elif isinstance(schema, Mapping):
        for key, value in schema.items():
            yield from _words(key)
            if key != "metadata":  # of models, which refers to themselves
                yield from _words(value)
    elif isinstance(schema, list | tuple):
        for value in schema:
            yield from _words(value)


def _columns(problems: list[ErrorDetails], words: set[str]) -> Iterator[str]:
    # One line a column and reason, with the first row it is wrong in, which is where to look.
    rows: dict[tuple[str, str], list[int]] = {}
    for problem in problems:
        first, *_ = place = problem["loc"] or ("",)
        # A key that is no word of the type is data.
        keys = [part for part in place if isinstance(part, str) and part]
        path = ".".join(key if key in words else "*" for key in keys)
        message = _WITHOUT_VALUE.get(problem["type"], problem["msg"])
        found = rows.setdefault((path or "the answer", message), [])
        if isinstance(first, int) and first + 1 not in found[-1:]:
            found.append(first + 1)
    for (path, message), numbers in rows.items():
        more = f" and {len(numbers) - 1} more" if len(numbers) > 1 else ""
        yield f"{path}{f' in row {numbers[0]}{more}' if numbers else ''}: {message}"


def refusal(response: Response) -> ResponseError:
    """
    Return the error that a refusal stands for, in the branch that tells what to do next.
    """
    error = _object(response.content)
    if error is None or not isinstance(error.get("message"), str):
        return _BY_STATUS.get(response.status, BadGatewayError)(
            f"the server answered {response.status} without a PostgREST error body",
            status=response.status,
        )
    code = _text(error.get("code"))
    return _class_of(code, response.status)(
        error["message"],
        status=response.status,
        code=code,
        details=_text(error.get("details")),
        hint=_text(error.get("hint")),
    )


def _class_of(code: str | None, status: int) -> type[ResponseError]:
    for end in range(len(code or ""), 1, -1):
        if found := _BY_CODE.get((code or "")[:end]):
            return found
    return _BY_STATUS.get(status, ResponseError)


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        value = from_json(content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def total(response: Response) -> int | None:
    """
    Return the row count that ``Prefer: count=...`` asked for, or None when there is none.

    The source is the part after the slash in ``Content-Range``, such as ``0-9/57`` or ``*/0``.
    """
    _, slash, number = response.headers.get("content-range", "").partition("/")
    return int(number) if slash and number.isdecimal() else None
