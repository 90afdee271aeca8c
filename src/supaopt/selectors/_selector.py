"""
`Selector`: a row class as the string that ``select()`` takes; `Entity`: the selectors of a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, Self

from typing_extensions import TypeVar

from supaopt.errors import ConfigError
from supaopt.selectors import _names
from supaopt.selectors._row import Row
from supaopt.selectors._shape import Column, Embed, shape_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RowT = TypeVar("RowT", bound=Row)
RowT_co = TypeVar("RowT_co", bound=Row, covariant=True)
#: Names that filters accept: a `Literal` of an entity's columns, or any `str`.
ColT = TypeVar("ColT", bound=str, default=str)


class Selector(str, Generic[RowT_co, ColT]):
    """
    A row class as the text of PostgREST's ``select``.

    It is a string, so supabase-py takes it as it is, and it remembers its row class, so
    `supaopt.selectors.select` returns typed rows. Two selectors of different tables may be
    equal as strings: a cache keys on ``(selector.row, selector)``.

    Args:
        row: Row class with a table.

    Attributes:
        row: The row class.
        table: Table or view that the rows come from.
        schema: Its Postgres schema, or None for the client's own.

    Raises:
        ConfigError: The class names no table, or cannot be a column set.

    Examples:
        >>> class ClientName(Row, table="clients"):
        ...     id: int
        ...     name: str
        >>> NAMES = Selector(ClientName)
        >>> print(NAMES, "from", NAMES.table)
        id,name from clients
    """

    __slots__ = ("row", "schema", "table")
    row: type[RowT_co]
    table: str
    schema: str | None

    def __new__(cls, row: type[RowT_co]) -> Self:
        """
        Render *row*.
        """
        if not _is_row(row):
            raise ConfigError(f"a selector is made of a Row class, not of {row!r}")
        if not row.__table__:
            raise ConfigError(
                f'{row.__name__} names no table; say class {row.__name__}(Row, table="...")'
            )
        self = super().__new__(cls, text_of(shape_of(row)))
        self.row, self.table, self.schema = row, row.__table__, row.__schema__
        return self

    @property
    def tables(self) -> frozenset[str]:
        """
        Every relation that the select reads: its own table and the embedded ones.
        """
        return frozenset({self.table, *_relations(shape_of(self.row))})

    def __repr__(self) -> str:
        return f"Selector({self.row.__name__}: {str(self)!r} from {self.table})"

    def __reduce__(self) -> tuple[Any, ...]:
        # By row class: the columns are those of the code that unpickles.
        return type(self), (self.row,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def _is_row(candidate: object) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, Row)


def _relations(parts: Iterable[Column | Embed]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Embed):
            yield part.row.__table__ if part.row else part.relation
            yield from _relations(part.columns)


class Entity(Generic[ColT]):
    """
    One table as an application knows it: its selectors, and columns never to be selected.

    Annotated with a `Literal` of the table's columns, as ``Entity[Literal["id", "name"]]``, it
    lets type checkers refuse a filter on a column that does not exist.

    Args:
        table: Table or view.
        schema: Its Postgres schema, when it is not the client's own.
        never: Columns that no selector of this entity may ask for, at any depth of JSON path.

    Examples:
        >>> class ClientName(Row, table="clients"):
        ...     id: int
        ...     name: str
        >>> CLIENTS = Entity("clients", never=["stripe_key"])
        >>> class CLIENT:
        ...     DROPDOWN = CLIENTS.selector(ClientName)
        >>> print(CLIENT.DROPDOWN)
        id,name
    """

    def __init__(self, table: str, *, schema: str | None = None, never: Iterable[str] = ()) -> None:
        _names.quoted(table, what="table")
        if isinstance(never, str):
            raise ConfigError(f"never={never!r}: give a list of columns")
        self.table: Final = table
        self.schema: Final = schema
        self.never: Final = frozenset(never)

    def __repr__(self) -> str:
        return f"Entity({self.table!r})"

    def selector(self, row: type[RowT], /) -> Selector[RowT, ColT]:
        """
        Return the selector of *row*, a row class of this entity's table.

        Raises:
            ConfigError: The row is of another table, or asks for a column of ``never``.
        """
        selector: Selector[RowT, ColT] = Selector(row)
        if (selector.table, selector.schema) != (self.table, self.schema):
            raise ConfigError(f"{row.__name__} is a row of {selector.table}, not of {self.table}")
        self._check(row.__name__, self.table, shape_of(row))
        return selector

    def _check(self, name: str, table: str, parts: Iterable[Column | Embed]) -> None:
        # The entity may come back through an embed: profiles -> client -> profiles.
        for part in parts:
            if isinstance(part, Embed):
                self._check(name, part.row.__table__ if part.row else part.relation, part.columns)
            elif table == self.table and (column := part.path.partition("->")[0]) in self.never:
                raise ConfigError(f"{name}: {self.table}.{column} must never be selected")
