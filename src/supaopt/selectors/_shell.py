"""
`select`: a selector on a client, as a query that is built step by step and then run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from supaopt._adapters import supabase as adapter
from supaopt._wire import AsyncTransport, Request, Response, Transport
from supaopt.selectors._pages import MOST_ROWS
from supaopt.selectors._plan import CountMethod, Plan
from supaopt.selectors._selector import ColT, RowT, Selector

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from supabase import AsyncClient, Client

    from supaopt.selectors._pages import Keyset
    from supaopt.selectors._result import Result

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """
    A request, ready to run.
    """

    _transport: Transport
    _request: Request
    _parse: Callable[[Response], T]

    def execute(self) -> T:
        """
        Run it.

        Raises:
            ResponseError: More than one row, or the server refused.
            NotFoundError: No row, where one must be.
            RequestError: No answer arrived.
        """
        return self._parse(self._transport.send(self._request))


@dataclass(frozen=True, slots=True)
class AsyncCall(Generic[T]):
    """
    A request, ready to run.
    """

    _transport: AsyncTransport
    _request: Request
    _parse: Callable[[Response], T]

    async def execute(self) -> T:
        """
        Run it; see `Call.execute`.
        """
        return self._parse(await self._transport.send(self._request))


class Query(Plan[Transport, RowT, ColT]):
    """
    A typed query on a ``supabase.Client``, made by `select`. It never changes: each filter and
    modifier returns a new one, so a part may be kept and reused.
    """

    __slots__ = ()

    def execute(self) -> Result[RowT]:
        """
        Run the query.

        Returns:
            The rows, validated, in ``.data``.

        Raises:
            ResponseError: The server refused; with the likely right name for an unknown column.
            ConfigError: A row does not fit the row class.
            RequestError: No answer arrived.
        """
        return self.parse(self._transport.send(self.request()))

    def single(self) -> Call[RowT]:
        """
        Ask for the one row there is.
        """
        return Call(self._transport, self._top_request(2), self._parse_one)

    def maybe_single(self) -> Call[RowT | None]:
        """
        Ask for the one row there is, or None.
        """
        return Call(self._transport, self._top_request(2), self._parse_maybe)

    def count(self) -> int:
        """
        Return how many rows there are, without fetching one.
        """
        return self._parse_count(self._transport.send(self._count_request()))

    def exists(self) -> bool:
        """
        Say whether there is a row.
        """
        return self._parse_any(self._transport.send(self._top_request(1)))

    def iterate(self, *keys: ColT, desc: bool = False, size: int = MOST_ROWS) -> Iterator[RowT]:
        """
        Go through all rows, however many, a page at a time.

        Each page begins after the last row of the one before, so rows that are written meanwhile
        are neither skipped nor repeated, and a late page costs no more than the first.

        Args:
            *keys: Columns of the row to sort by, together unique and never null.
            desc: Greatest first.
            size: Rows a page.

        Yields:
            The rows.

        Raises:
            ConfigError: The query has an order or a limit, or the row lacks a key.
        """
        keyset = self._keyset(keys, desc=desc, size=size)
        return self._pages(keyset)

    def _pages(self, keyset: Keyset) -> Iterator[RowT]:
        # Until a page is empty: a server's own cap makes a full page look short.
        statement = keyset.first()
        while page := self._parse_page(self._transport.send(self._page_request(statement))):
            yield from page
            statement = keyset.after(page[-1])


class AsyncQuery(Plan[AsyncTransport, RowT, ColT]):
    """
    A typed query on a ``supabase.AsyncClient``; see `Query`.
    """

    __slots__ = ()

    async def execute(self) -> Result[RowT]:
        """
        Run the query; see `Query.execute`.
        """
        return self.parse(await self._transport.send(self.request()))

    def single(self) -> AsyncCall[RowT]:
        """
        Ask for the one row there is.
        """
        return AsyncCall(self._transport, self._top_request(2), self._parse_one)

    def maybe_single(self) -> AsyncCall[RowT | None]:
        """
        Ask for the one row there is, or None.
        """
        return AsyncCall(self._transport, self._top_request(2), self._parse_maybe)

    async def count(self) -> int:
        """
        Return how many rows there are, without fetching one.
        """
        return self._parse_count(await self._transport.send(self._count_request()))

    async def exists(self) -> bool:
        """
        Say whether there is a row.
        """
        return self._parse_any(await self._transport.send(self._top_request(1)))

    def iterate(
        self, *keys: ColT, desc: bool = False, size: int = MOST_ROWS
    ) -> AsyncIterator[RowT]:
        """
        Go through all rows, however many, a page at a time; see `Query.iterate`.
        """
        keyset = self._keyset(keys, desc=desc, size=size)
        return self._pages(keyset)

    async def _pages(self, keyset: Keyset) -> AsyncIterator[RowT]:
        statement = keyset.first()
        while page := self._parse_page(await self._transport.send(self._page_request(statement))):
            for row in page:
                yield row
            statement = keyset.after(page[-1])


@overload
def select(
    client: Client,
    what: Selector[RowT, ColT],
    /,
    *,
    count: CountMethod | None = None,
    timeout: float | None = None,
    row_cap: int | None = MOST_ROWS,
) -> Query[RowT, ColT]: ...
@overload
def select(
    client: Client,
    what: type[RowT],
    /,
    *,
    count: CountMethod | None = None,
    timeout: float | None = None,
    row_cap: int | None = MOST_ROWS,
) -> Query[RowT, str]: ...
@overload
def select(
    client: AsyncClient,
    what: Selector[RowT, ColT],
    /,
    *,
    count: CountMethod | None = None,
    timeout: float | None = None,
    row_cap: int | None = MOST_ROWS,
) -> AsyncQuery[RowT, ColT]: ...
@overload
def select(
    client: AsyncClient,
    what: type[RowT],
    /,
    *,
    count: CountMethod | None = None,
    timeout: float | None = None,
    row_cap: int | None = MOST_ROWS,
) -> AsyncQuery[RowT, str]: ...
def select(
    client: Client | AsyncClient,
    what: Selector[Any, Any] | type[Any],
    /,
    *,
    count: CountMethod | None = None,
    timeout: float | None = None,
    row_cap: int | None = MOST_ROWS,
) -> Query[Any, Any] | AsyncQuery[Any, Any]:
    """
    Start a typed query.

    Args:
        client: A ``supabase.Client`` or ``supabase.AsyncClient``; its credentials of this
            moment are used.
        what: A selector, or a row class.
        count: Also count the rows there are without limit.
        timeout: Seconds to wait for the answer, or None for the client's own limit.
        row_cap: Most rows that the server gives; a `RowCapWarning` tells when an answer without
            a limit has as many. None for a server without one.

    Returns:
        A `Query`, or an `AsyncQuery` for an async client.

    Raises:
        ConfigError: No Supabase client, or no column set.

    Examples:
        >>> from supaopt.selectors import SELECTORS
        >>> def active_names(client):
        ...     users = select(client, SELECTORS.USER.LIST).eq("is_active", True)
        ...     return [user.full_name for user in users.order("full_name").execute().data]
    """
    selector = what if isinstance(what, Selector) else Selector(what)
    if adapter.is_async(client):
        return AsyncQuery(
            adapter.connect(client), selector, count=count, timeout=timeout, row_cap=row_cap
        )
    return Query(adapter.connect(client), selector, count=count, timeout=timeout, row_cap=row_cap)
