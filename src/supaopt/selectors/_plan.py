"""
`Plan`: a typed query before it is sent, as pure requests and readers of answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, Literal, Self, get_args

from typing_extensions import TypeVar

from supaopt import _postgrest
from supaopt._wire import Request
from supaopt.errors import ConfigError
from supaopt.selectors import _decode, _names
from supaopt.selectors._filters import Window
from supaopt.selectors._result import Result
from supaopt.selectors._selector import ColT, RowT, Selector
from supaopt.selectors._statement import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

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

    __slots__ = ("_count", "_timeout", "_transport", "selector")
    _count: CountMethod | None

    def __init__(
        self,
        transport: TransportT,
        selector: Selector[RowT, ColT],
        *,
        statement: Statement | None = None,
        count: CountMethod | None = None,
        timeout: float | None = None,
    ) -> None:
        _refuse_count(count)
        self._transport = transport
        self._statement = Statement() if statement is None else statement
        self._count = count
        self._timeout = timeout
        self.selector: Final = selector

    def _then(self, statement: Statement) -> Self:
        return type(self)(
            self._transport,
            self.selector,
            statement=statement,
            count=self._count,
            timeout=self._timeout,
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
        """
        return self._read("GET", self._statement, prefer=self._count)

    def parse(self, response: Response) -> Result[RowT]:
        """
        Return the rows of the answer to `request`.

        Raises:
            ResponseError: The server refused; with the likely right name for an unknown column.
            ConfigError: A row does not fit the class.
        """
        data = _decode.rows(response, self.selector.row)
        return Result(data, _postgrest.total(response) if self._count else None)

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


def _refuse_count(count: object) -> None:
    if count is not None and count not in _COUNTS:
        raise ConfigError(f"count={count!r}: use one of {', '.join(_COUNTS)}, or None")
