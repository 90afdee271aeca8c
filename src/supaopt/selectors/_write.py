"""
`insert`, `upsert`, `update` and `delete`: typed writes that return the rows of a selector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from supaopt._adapters import supabase as adapter
from supaopt._wire import AsyncTransport, Transport
from supaopt.errors import ConfigError
from supaopt.selectors._change import Change, Draft, changes_of, rows_of
from supaopt.selectors._selector import ColT, RowT, Selector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from supabase import AsyncClient, Client

    from supaopt.selectors._result import Result


class Write(Change[Transport, RowT, ColT]):
    """
    A write on a ``supabase.Client``. It never changes: each filter returns a new one.
    """

    __slots__ = ()

    def execute(self) -> Result[RowT]:
        """
        Run it.

        Returns:
            The rows that were written, in ``.data``.

        Raises:
            ConfigError: An update or a delete has no filter, or a row does not fit the class.
            ConflictError: A constraint or a concurrent write refuses it.
            PermissionDeniedError: A grant or a policy refuses it.
            ResponseError: The server refused it otherwise.
            RequestError: No answer arrived; whether it was done is not known.
        """
        return self.parse(self._transport.send(self.request()))


class AsyncWrite(Change[AsyncTransport, RowT, ColT]):
    """
    A write on a ``supabase.AsyncClient``; see `Write`.
    """

    __slots__ = ()

    async def execute(self) -> Result[RowT]:
        """
        Run it; see `Write.execute`.
        """
        return self.parse(await self._transport.send(self.request()))


@overload
def insert(
    client: Client,
    what: Selector[RowT, ColT] | type[RowT],
    values: Mapping[str, object] | Sequence[Mapping[str, object]],
    /,
    *,
    returning: bool = True,
    timeout: float | None = None,
) -> Write[RowT, ColT]: ...
@overload
def insert(
    client: AsyncClient,
    what: Selector[RowT, ColT] | type[RowT],
    values: Mapping[str, object] | Sequence[Mapping[str, object]],
    /,
    *,
    returning: bool = True,
    timeout: float | None = None,
) -> AsyncWrite[RowT, ColT]: ...
def insert(
    client: Client | AsyncClient,
    what: Selector[Any, Any] | type[Any],
    values: Mapping[str, object] | Sequence[Mapping[str, object]],
    /,
    *,
    returning: bool = True,
    timeout: float | None = None,
) -> Write[Any, Any] | AsyncWrite[Any, Any]:
    """
    Insert a row, or many in one statement; columns that are left out get their defaults.

    Args:
        client: A ``supabase.Client`` or ``supabase.AsyncClient``.
        what: Selector or row class: the table, and what comes back.
        values: Columns and values of the row or rows.
        returning: Whether the rows come back; they need not be visible otherwise.
        timeout: Seconds to wait for the answer, or None for the client's own limit.

    Raises:
        ConfigError: A value cannot be sent.
    """
    content, columns = rows_of(values)
    draft = Draft(
        method="POST",
        content=content,
        columns=columns,
        prefer=("missing=default",),
        returning=returning,
        timeout=timeout,
    )
    return _write(client, what, draft)


@overload
def upsert(
    client: Client,
    what: Selector[RowT, ColT] | type[RowT],
    values: Mapping[str, object] | Sequence[Mapping[str, object]],
    /,
    *,
    on_conflict: Sequence[str] = (),
    ignore_duplicates: bool = False,
    returning: bool = True,
    timeout: float | None = None,
) -> Write[RowT, ColT]: ...
@overload
def upsert(
    client: AsyncClient,
    what: Selector[RowT, ColT] | type[RowT],
    values: Mapping[str, object] | Sequence[Mapping[str, object]],
    /,
    *,
    on_conflict: Sequence[str] = (),
    ignore_duplicates: bool = False,
    returning: bool = True,
    timeout: float | None = None,
) -> AsyncWrite[RowT, ColT]: ...
def upsert(
    client: Client | AsyncClient,
    what: Selector[Any, Any] | type[Any],
    values: Mapping[str, object] | Sequence[Mapping[str, object]],
    /,
    *,
    on_conflict: Sequence[str] = (),
    ignore_duplicates: bool = False,
    returning: bool = True,
    timeout: float | None = None,
) -> Write[Any, Any] | AsyncWrite[Any, Any]:
    """
    Insert rows, and update those that are there already.

    Args:
        client: A ``supabase.Client`` or ``supabase.AsyncClient``.
        what: Selector or row class: the table, and what comes back.
        values: Columns and values of the row or rows.
        on_conflict: Columns of a unique constraint to go by; the primary key when empty.
        ignore_duplicates: Leave rows that are there as they are.
        returning: Whether the rows come back.
        timeout: Seconds to wait for the answer, or None for the client's own limit.

    Raises:
        ConfigError: A value cannot be sent.
    """
    if isinstance(on_conflict, str):
        raise ConfigError(f"on_conflict={on_conflict!r}: give a list of columns")
    content, columns = rows_of(values)
    resolution = "ignore" if ignore_duplicates else "merge"
    draft = Draft(
        method="POST",
        content=content,
        columns=columns,
        on_conflict=tuple(on_conflict),
        prefer=(f"resolution={resolution}-duplicates", "missing=default"),
        returning=returning,
        timeout=timeout,
    )
    return _write(client, what, draft)


@overload
def update(
    client: Client,
    what: Selector[RowT, ColT] | type[RowT],
    values: Mapping[str, object],
    /,
    *,
    returning: bool = True,
    timeout: float | None = None,
) -> Write[RowT, ColT]: ...
@overload
def update(
    client: AsyncClient,
    what: Selector[RowT, ColT] | type[RowT],
    values: Mapping[str, object],
    /,
    *,
    returning: bool = True,
    timeout: float | None = None,
) -> AsyncWrite[RowT, ColT]: ...
def update(
    client: Client | AsyncClient,
    what: Selector[Any, Any] | type[Any],
    values: Mapping[str, object],
    /,
    *,
    returning: bool = True,
    timeout: float | None = None,
) -> Write[Any, Any] | AsyncWrite[Any, Any]:
    """
    Change the rows that pass the filters that follow; without one it is refused.

    Args:
        client: A ``supabase.Client`` or ``supabase.AsyncClient``.
        what: Selector or row class: the table, and what comes back.
        values: Columns to set.
        returning: Whether the rows come back.
        timeout: Seconds to wait for the answer, or None for the client's own limit.

    Raises:
        ConfigError: There is nothing to set, or a value cannot be sent.
    """
    draft = Draft(method="PATCH", content=changes_of(values), returning=returning, timeout=timeout)
    return _write(client, what, draft)


@overload
def delete(
    client: Client,
    what: Selector[RowT, ColT] | type[RowT],
    /,
    *,
    returning: bool = True,
    timeout: float | None = None,
) -> Write[RowT, ColT]: ...
@overload
def delete(
    client: AsyncClient,
    what: Selector[RowT, ColT] | type[RowT],
    /,
    *,
    returning: bool = True,
    timeout: float | None = None,
) -> AsyncWrite[RowT, ColT]: ...
def delete(
    client: Client | AsyncClient,
    what: Selector[Any, Any] | type[Any],
    /,
    *,
    returning: bool = True,
    timeout: float | None = None,
) -> Write[Any, Any] | AsyncWrite[Any, Any]:
    """
    Delete the rows that pass the filters that follow; without one it is refused.

    Args:
        client: A ``supabase.Client`` or ``supabase.AsyncClient``.
        what: Selector or row class: the table, and what comes back.
        returning: Whether the rows come back.
        timeout: Seconds to wait for the answer, or None for the client's own limit.
    """
    return _write(client, what, Draft(method="DELETE", returning=returning, timeout=timeout))


def _write(
    client: Client | AsyncClient, what: Selector[Any, Any] | type[Any], draft: Draft
) -> Write[Any, Any] | AsyncWrite[Any, Any]:
    selector = what if isinstance(what, Selector) else Selector(what)
    if adapter.is_async(client):
        return AsyncWrite(adapter.connect(client), selector, draft)
    return Write(adapter.connect(client), selector, draft)
