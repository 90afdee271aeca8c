"""
`Change`: an insert, upsert, update or delete before it is sent, as pure requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Generic, Self

from supaopt._wire import Request
from supaopt.errors import ConfigError
from supaopt.selectors import _decode, _names, _values
from supaopt.selectors._filters import Filters
from supaopt.selectors._plan import TransportT
from supaopt.selectors._result import Result
from supaopt.selectors._selector import ColT, RowT, Selector
from supaopt.selectors._statement import Statement

if TYPE_CHECKING:
    from supaopt._wire import Method, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """
    What is to be written.

    Attributes:
        method: POST for inserts, PATCH, or DELETE.
        content: The values as JSON; None for a delete.
        columns: Columns of the values, where rows may differ; else empty.
        on_conflict: Columns of the unique constraint that an upsert goes by.
        prefer: Preferences beside the return.
        returning: Whether the rows come back.
        everything: True when it may do without a filter.
        timeout: Seconds to wait for the answer, or None for the client's own limit.
    """

    method: Method
    content: bytes | None = None
    columns: tuple[str, ...] = ()
    on_conflict: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()
    returning: bool = True
    everything: bool = False
    timeout: float | None = None


def rows_of(
    values: Mapping[str, object] | Sequence[Mapping[str, object]],
) -> tuple[bytes, tuple[str, ...]]:
    """
    Return one row or many as JSON, and the columns that they have between them.

    Raises:
        ConfigError: A row is no mapping, or a value cannot be sent.
    """
    rows = [values] if isinstance(values, Mapping) else list(values)
    for row in rows:
        _refuse_no_mapping(row)
    columns = tuple(dict.fromkeys(str(name) for row in rows for name in row))
    for name in columns:
        _names.quoted(name)
    return _values.json([dict(row) for row in rows]), columns


def changes_of(values: Mapping[str, object]) -> bytes:
    """
    Return the columns that an update sets as JSON.

    Raises:
        ConfigError: There are none, or a value cannot be sent.
    """
    _refuse_no_mapping(values)
    if not values:
        raise ConfigError("an update without columns changes nothing")
    for name in values:
        _names.quoted(name)
    return _values.json(dict(values))


class Change(Filters[ColT], Generic[TransportT, RowT, ColT]):
    """
    What both colours of write share: everything but sending.

    Attributes:
        selector: The table, and what comes back of the rows.
    """

    __slots__ = ("_draft", "_transport", "selector")

    def __init__(
        self,
        transport: TransportT,
        selector: Selector[RowT, ColT],
        draft: Draft,
        statement: Statement | None = None,
    ) -> None:
        self._transport = transport
        self._draft = draft
        self._statement = Statement() if statement is None else statement
        self.selector: Final = selector

    def _then(self, statement: Statement) -> Self:
        return type(self)(self._transport, self.selector, self._draft, statement)

    def __repr__(self) -> str:
        names = ", ".join(name for name, _ in self._statement.params())
        return (
            f"{type(self).__name__}({self._draft.method} {self.selector.table}, "
            f"filtered by: {names or 'nothing'})"
        )

    def everything(self) -> Self:
        """
        Allow it to reach every row of the table.
        """
        draft = replace(self._draft, everything=True)
        return type(self)(self._transport, self.selector, draft, self._statement)

    def max_affected(self, size: int, /) -> Self:
        """
        Have the server refuse to change more than *size* rows (PostgREST 13 and later).
        """
        prefer = (*self._draft.prefer, "handling=strict", f"max-affected={size:d}")
        draft = replace(self._draft, prefer=prefer)
        return type(self)(self._transport, self.selector, draft, self._statement)

    def request(self) -> Request:
        """
        Return the request that `execute` sends.

        Raises:
            ConfigError: An update or a delete has no filter, or one that would not limit it.
        """
        draft = self._draft
        if draft.method != "POST":
            self._refuse_unlimited()
        kind = "representation" if draft.returning else "minimal"
        return Request(
            method=draft.method,
            path=_names.path(self.selector.table),
            params=(*self._params(), *self._statement.params()),
            headers={"prefer": ",".join([f"return={kind}", *draft.prefer])},
            content=draft.content,
            schema=self.selector.schema,
            timeout=draft.timeout,
        )

    def _refuse_unlimited(self) -> None:
        what = f"{self._draft.method} {self.selector.table}"
        filters = self._statement.filters
        if not (filters or self._draft.everything):
            raise ConfigError(
                f"{what} has no filter and would reach every row; add one, or say .everything()"
            )
        for part in filters:
            if not part.limits_writes:
                raise ConfigError(
                    f"{what}: PostgREST leaves the filter on {part.param()[0]} aside, because a "
                    "name with a dot is an embed's; filter by the table's own columns"
                )

    def _params(self) -> tuple[tuple[str, str], ...]:
        draft = self._draft
        params = {
            "select": str(self.selector) if draft.returning else "",
            "columns": _names.listed(draft.columns),
            "on_conflict": _names.listed(draft.on_conflict),
        }
        return tuple((name, value) for name, value in params.items() if value)

    def parse(self, response: Response) -> Result[RowT]:
        """
        Return the rows that were written; none when they were not asked for.
        """
        if not self._draft.returning:
            _decode.body_of(response, self.selector.row)
            return Result([])
        return Result(_decode.rows(response, self.selector.row))


def _refuse_no_mapping(row: object) -> None:
    if not isinstance(row, Mapping):
        raise ConfigError(f"a row is a mapping of columns to values, not a {type(row).__name__}")
