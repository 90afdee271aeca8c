"""
Queries whose answers are kept: the key comes from the request, the tags from its tables.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic_core import to_json

from supaopt._wire import Response
from supaopt.cache._codec import OwnCodec
from supaopt.cache._identity import require_service_role
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from supaopt.selectors import AsyncQuery, Query
    from supaopt.selectors._plan import Plan

RowT = TypeVar("RowT")

_JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class RowsCodec(OwnCodec):
    """
    Keeps rows as PostgREST wrote them, and reads them as the query does.

    Attributes:
        row: The row class; codecs of one class are equal.
        plan: The query.
    """

    row: type[Any]
    plan: Plan[Any, Any, Any] = field(compare=False, repr=False)

    def encode(self, value: bytes, /) -> bytes:
        """
        Return the body of an answer, which is JSON text already.
        """
        return value

    def decode(self, data: bytes, /) -> Any:
        """
        Return new rows.
        """
        return self.plan.parse(Response(status=200, headers=_JSON, content=data)).data


def check_plan(plan: Any) -> None:
    """
    Refuse what is no query for rows, or is not sent with the service's key.

    Raises:
        ConfigError: So it is.
    """
    from supaopt.selectors._plan import Plan  # noqa: PLC0415 - only who queries pays

    if not isinstance(plan, Plan):
        raise ConfigError(
            f"query takes select(client, ...) with its filters, not a {type(plan).__name__}; "
            "keep what single(), count() and other calls return with get_cached_data"
        )
    bearer = getattr(plan._transport, "bearer", None)  # noqa: SLF001 - whose answer would it be
    if bearer is not None:
        require_service_role(bearer)


def body_of(query: Query[Any, Any]) -> Callable[[], bytes]:
    """
    Return what runs a query and returns the body of the answer, once it has been read.
    """

    def fetch() -> bytes:
        response = query._transport.send(query.request())  # noqa: SLF001 - to keep the body
        query.parse(response)
        return response.content

    return fetch


def async_body_of(query: AsyncQuery[Any, Any]) -> Callable[[], Awaitable[bytes]]:
    """
    Return the same for the event loop.
    """

    async def fetch() -> bytes:
        response = await query._transport.send(query.request())  # noqa: SLF001 - to keep the body
        query.parse(response)
        return response.content

    return fetch


def key_of(plan: Plan[Any, Any, Any]) -> str:
    """
    Return a key that tells the request, and what reads its answer, from all others.
    """
    request = plan.request()
    row = plan.selector.row
    parts = [
        request.path,
        request.params,
        sorted(request.headers.items()),
        request.schema,
        f"{row.__module__}.{row.__qualname__}",
    ]
    return f"select:{plan.selector.table[:64]}:{hashlib.sha256(to_json(parts)).hexdigest()[:32]}"


def tags_of(plan: Plan[Any, Any, Any], watched: Mapping[str, str]) -> tuple[str, ...]:
    """
    Return the tag of each table that the query reads.

    Args:
        plan: The query.
        watched: Tag by table, with its schema.

    Raises:
        ConfigError: A table is not watched, so that nothing would end the answer.
    """
    schema = plan.selector.schema or "public"
    tables = {name if "." in name else f"{schema}.{name}" for name in plan.tables}
    if missing := sorted(tables - watched.keys()):
        raise ConfigError(
            f"no write to {', '.join(missing)} would end this answer, as the database does not "
            f"watch it; run: select supaopt.watch_table('{missing[0]}', "
            f"array['{missing[0].split('.')[-1]}'])"
        )
    return tuple(sorted(watched[table] for table in tables))
