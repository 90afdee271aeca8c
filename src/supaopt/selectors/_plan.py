"""
`Plan`: a typed query before it is sent, as pure requests and readers of answers.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final, Generic, Literal, Self, get_args

from typing_extensions import TypeVar

from supaopt import _postgrest
from supaopt._wire import Request
from supaopt.errors import ConfigError
from supaopt.selectors import _decode, _names, _pages
from supaopt.selectors._filters import Window
from supaopt.selectors._result import Result
from supaopt.selectors._selector import ColT, RowT, Selector
from supaopt.selectors._statement import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from supaopt._wire import AsyncTransport, Method, Response, Transport

CountMethod = Literal["exact", "planned", "estimated"]
_COUNTS: Final = get_args(CountMethod)
TransportT = TypeVar("TransportT", bound="Transport | AsyncTransport")


class Plan(Window[ColT], Generic[TransportT, RowT, ColT]):
    """
    What both colours of query share: everything but sending.

    Attributes:
        selector: What is selected.
    """

    __slots__ = ("_count", "_row_cap", "_timeout", "_transport", "selector")
    _count: CountMethod | None

    def __init__(
        self,
        transport: TransportT,
        selector: Selector[RowT, ColT],
        *,
        statement: Statement | None = None,
        count: CountMethod | None = None,
        timeout: float | None = None,
        row_cap: int | None = _pages.MOST_ROWS,
    ) -> None:
        _refuse_count(count)
        self._transport = transport
        self._statement = Statement() if statement is None else statement
        self._count = count
        self._timeout = timeout
        self._row_cap = row_cap
        self.selector: Final = selector

    def _then(self, statement: Statement) -> Self:
        return type(self)(
            self._transport,
            self.selector,
            statement=statement,
            count=self._count,
            timeout=self._timeout,
            row_cap=self._row_cap,
        )

    def __repr__(self) -> str:
        # Filter values stay out: they may be personal.
        names = ", ".join(name for name, _ in self._statement.params())
        return f"{type(self).__name__}({self.selector!r}, filtered by: {names or 'nothing'})"

    @property
    def tables(self) -> frozenset[str]:
        """
        Every relation that the answer depends on.
        """
        return self.selector.tables

    def request(self) -> Request:
        """
        Return the request that `execute` sends.

        Raises:
            ConfigError: Rows are skipped in no order.
        """
        self._refuse_unordered_skip()
        return self._read("GET", self._statement, prefer=self._count)

    def parse(self, response: Response) -> Result[RowT]:
        """
        Return the rows of the answer to `request`.

        Raises:
            ResponseError: The server refused; with the likely right name for an unknown column.
            ConfigError: A row does not fit the class.
        """
        data = _decode.rows(response, self.selector.row)
        count = _postgrest.total(response) if self._count else None
        self._tell_of_cap(len(data), count)
        return Result(data, count)

    def _refuse_unordered_skip(self) -> None:
        # Postgres may return rows in another order each time, so pages would repeat and miss some
        # (supabase/supabase#21952).
        if dict(self._statement.window).get("offset") and "order" not in dict(
            self._statement.orders
        ):
            raise ConfigError(
                f"{self.selector.table}: skipping rows needs an order; say order() by columns that "
                "are together unique, or go through them with iterate()"
            )

    def _tell_of_cap(self, found: int, count: int | None) -> None:
        # Hosted projects give 1,000 rows at most and do not say when they leave some out.
        limit = dict(self._statement.window).get("limit")
        if found == self._row_cap and found not in (limit, count):
            warnings.warn(
                f"{self.selector.table}: exactly {found} rows, the most that the server gives, so "
                "some may be missing; go through them with iterate(), say limit(), or pass row_cap",
                RowCapWarning,
                stacklevel=4,
            )

    def _parse_one(self, response: Response) -> RowT:
        row = self.selector.row
        return _decode.exactly(_decode.rows(response, row), row)

    def _parse_maybe(self, response: Response) -> RowT | None:
        row = self.selector.row
        return _decode.only(_decode.rows(response, row), row)

    def _parse_count(self, response: Response) -> int:
        return _decode.total(response, self.selector.row)

    def _parse_any(self, response: Response) -> bool:
        return _decode.body_of(response, self.selector.row) != b"[]"

    def _keyset(self, keys: Sequence[str], *, desc: bool, size: int) -> _pages.Keyset:
        return _pages.keyset(self._statement, self.selector.row, keys, desc=desc, size=size)

    def _page_request(self, statement: Statement) -> Request:
        return self._read("GET", statement)

    def _parse_page(self, response: Response) -> list[RowT]:
        return _decode.rows(response, self.selector.row)

    def _count_request(self) -> Request:
        return self._read("HEAD", self._statement, prefer="exact")

    def _top_request(self, size: int) -> Request:
        # A limit that was asked for stays when it is smaller.
        asked = dict(self._statement.window).get("limit", size)
        return self._read("GET", self._statement.windowed("limit", min(asked, size)))

    def _read(self, method: Method, statement: Statement, *, prefer: str | None = None) -> Request:
        headers: Mapping[str, str] = {"prefer": f"count={prefer}"} if prefer else {}
        return Request(
            method=method,
            path=_names.path(self.selector.table),
            params=(("select", str(self.selector)), *statement.params()),
            headers=headers,
            schema=self.selector.schema,
            timeout=self._timeout,
        )


class RowCapWarning(UserWarning):
    """
    An answer holds as many rows as the server gives at most: there may be more.
    """


def _refuse_count(count: object) -> None:
    if count is not None and count not in _COUNTS:
        raise ConfigError(f"count={count!r}: use one of {', '.join(_COUNTS)}, or None")
