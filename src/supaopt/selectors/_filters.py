"""
The filter methods, under supabase-py's names; each returns a new, narrower query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, Self

from supaopt.errors import ConfigError
from supaopt.selectors import _conditions, _names
from supaopt.selectors._selector import ColT
from supaopt.selectors._statement import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from supaopt.selectors._conditions import Condition, TextSearch


class Filters(Generic[ColT]):
    """
    What narrows a query down. Nothing here changes the query it is called on.

    Values may be text, numbers, bool, UUID, date and time, Decimal, Enum, bytes, lists and
    dicts; each is sent as one value, whatever characters it holds. Columns of an embed are
    named by `filter`: ``filter("client.name", "eq", "Acme")``.
    """

    __slots__ = ("_statement",)
    _statement: Statement

    def _then(self, statement: Statement) -> Self:
        raise NotImplementedError

    def _where(self, column: str, condition: Condition) -> Self:
        return self._then(self._statement.where(column, condition))

    @property
    def not_(self) -> Self:
        """
        The same query, whose next filter is negated.
        """
        return self._then(self._statement.flipped())

    def filter(self, column: str, operator: str, criteria: object, /) -> Self:
        """
        Keep rows by any operator that PostgREST has, on any column, JSON path or embed.

        Raises:
            ConfigError: *column* or *operator* cannot be one.
        """
        return self._where(column, _conditions.raw(operator, criteria))

    def eq(self, column: ColT, value: object, /) -> Self:
        """
        Keep rows whose column equals *value*; None means null.
        """
        return self._where(column, _conditions.compare("eq", value))

    def neq(self, column: ColT, value: object, /) -> Self:
        """
        Keep rows whose column differs from *value*; None means not null.
        """
        return self._where(column, _conditions.compare("neq", value))

    def gt(self, column: ColT, value: object, /) -> Self:
        """
        Keep rows whose column is greater than *value*.
        """
        return self._where(column, _conditions.compare("gt", value))

    def gte(self, column: ColT, value: object, /) -> Self:
        """
        Keep rows whose column is at least *value*.
        """
        return self._where(column, _conditions.compare("gte", value))

    def lt(self, column: ColT, value: object, /) -> Self:
        """
        Keep rows whose column is less than *value*.
        """
        return self._where(column, _conditions.compare("lt", value))

    def lte(self, column: ColT, value: object, /) -> Self:
        """
        Keep rows whose column is at most *value*.
        """
        return self._where(column, _conditions.compare("lte", value))

    def like(self, column: ColT, pattern: str, /) -> Self:
        """
        Keep rows whose text matches *pattern*; ``%`` and ``*`` stand for any text.
        """
        return self._where(column, _conditions.pattern("like", pattern))

    def ilike(self, column: ColT, pattern: str, /) -> Self:
        """
        Keep rows whose text matches *pattern*, upper and lower case alike.
        """
        return self._where(column, _conditions.pattern("ilike", pattern))

    def is_(self, column: ColT, value: object, /) -> Self:
        """
        Keep rows whose column is None, True, False, or ``"unknown"``.
        """
        return self._where(column, _conditions.identity(value))

    def in_(self, column: ColT, values: Iterable[object], /) -> Self:
        """
        Keep rows whose column equals one of *values*; none does when there are none.
        """
        return self._where(column, _conditions.among(values))

    def contains(self, column: ColT, value: object, /) -> Self:
        """
        Keep rows whose array (a list), JSON (a dict) or range (text) contains *value*.
        """
        return self._where(column, _conditions.containment("cs", value))

    def contained_by(self, column: ColT, value: object, /) -> Self:
        """
        Keep rows whose array, JSON or range is contained in *value*.
        """
        return self._where(column, _conditions.containment("cd", value))

    def overlaps(self, column: ColT, value: object, /) -> Self:
        """
        Keep rows whose array or range shares something with *value*.
        """
        return self._where(column, _conditions.containment("ov", value))

    def text_search(
        self,
        column: ColT,
        query: str,
        /,
        *,
        type: TextSearch | None = None,  # noqa: A002 - supabase-py's name
        config: str | None = None,
    ) -> Self:
        """
        Keep rows whose text matches a full-text *query*.

        Args:
            column: A text or tsvector column.
            query: The words, or a tsquery when no *type* is given.
            type: How *query* is read.
            config: Postgres text search configuration, such as ``english``.
        """
        return self._where(column, _conditions.search(query, kind=type, config=config))

    def match(self, query: Mapping[ColT, object], /) -> Self:
        """
        Keep rows whose columns equal all the values of *query*.
        """
        if not query:
            raise ConfigError("match needs at least one column, or it would match every row")
        narrowed = self
        for column, value in query.items():
            narrowed = narrowed.eq(column, value)
        return narrowed

    def or_(self, *filters: str | Where, reference_table: str | None = None) -> Self:
        """
        Keep rows that pass one of *filters*.

        Args:
            *filters: `where` chains, whose own filters must all pass, or PostgREST's text such
                as ``"age.gt.18,name.eq.Ann"``. Values from outside belong in `where`, which
                quotes them.
            reference_table: Embed that the columns belong to.

        Examples:
            >>> print(where.in_("status", ["draft", "sent, unread"]).is_("sent_at", None))
            and(status.in.(draft,"sent, unread"),sent_at.is.null)
        """
        trees = [str(each) for each in filters]
        return self._then(self._statement.where_any(trees, embed=reference_table))


class Where(Filters[str]):
    """
    Filters on their own, for `Filters.or_`.
    """

    __slots__ = ()

    def __init__(self, statement: Statement | None = None) -> None:
        self._statement = Statement() if statement is None else statement

    def _then(self, statement: Statement) -> Self:
        return type(self)(statement)

    def __str__(self) -> str:
        return self._statement.in_tree()


#: Start of a filter chain: ``where.eq("age", 18).is_("name", None)``.
where: Final = Where()


class Window(Filters[ColT]):
    """
    What orders a query and cuts a piece out of it.
    """

    __slots__ = ()

    def order(
        self,
        column: ColT,
        /,
        *,
        desc: bool = False,
        nullsfirst: bool | None = None,
        foreign_table: str | None = None,
    ) -> Self:
        """
        Sort by *column*, after the columns that are sorted by already.

        Args:
            column: Column of the table or, as ``client.name``, of a to-one embed; of
                *foreign_table* when that is given.
            desc: Greatest first.
            nullsfirst: Where nulls go; None leaves it to Postgres.
            foreign_table: Embed whose rows are sorted.
        """
        key = _names.ordered(column) + (".desc" if desc else ".asc")
        if nullsfirst is not None:
            key += ".nullsfirst" if nullsfirst else ".nullslast"
        return self._then(self._statement.ordered(key, embed=foreign_table))

    def limit(self, size: int, /, *, foreign_table: str | None = None) -> Self:
        """
        Return at most *size* rows, or rows of an embed.
        """
        return self._then(self._statement.windowed("limit", size, embed=foreign_table))

    def offset(self, size: int, /) -> Self:
        """
        Skip *size* rows.
        """
        return self._then(self._statement.windowed("offset", size))

    def range(self, start: int, end: int, /, *, foreign_table: str | None = None) -> Self:
        """
        Return rows *start* to *end*, counted from 0, both included.
        """
        if end < start:
            raise ConfigError(f"range({start}, {end}) ends before it starts")
        first = self._statement.windowed("offset", start, embed=foreign_table)
        return self._then(first.windowed("limit", end - start + 1, embed=foreign_table))
