"""
What PostgREST's answers mean: pure, and the only place that knows its error bodies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json

from supaopt.errors import (
    BadGatewayError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    ResponseError,
    StatementTimeoutError,
)

if TYPE_CHECKING:
    from supaopt._wire import Response

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
    "PGRST301": PermissionDeniedError,
    "PGRST302": PermissionDeniedError,
    "PGRST303": PermissionDeniedError,
}
_BY_STATUS: Final[dict[int, type[ResponseError]]] = {
    401: PermissionDeniedError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
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
