"""
`Col`: how one field of a row is selected, when its name alone does not say it.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from supaopt.errors import ConfigError
from supaopt.selectors import _names

Aggregate = Literal["avg", "count", "max", "min", "sum"]
_AGGREGATES: Final = get_args(Aggregate)


@dataclass(frozen=True, slots=True)
class Col:
    """
    Annotation of a row's field: ``Annotated[str | None, Col("prefs->>theme")]``.

    The field's name is the key in the answer; *path* names what it is read from.

    Args:
        path: Column, or a path into a JSON column. On an embed: the relation, when it is not
            the row's table (a foreign-key column or a computed relationship).
        cast: Postgres type to cast the value to.
        agg: Aggregate over the rows; ``count`` needs no path. The API must allow aggregates.
        spread: Relation that holds the column: its value is lifted into this row.
        fk: Foreign key to follow, when several lead to the relation.
        inner: Leave out rows for which the relation is empty.

    Raises:
        ConfigError: A value that cannot be right, or two that do not go together.

    Examples:
        >>> from typing import Annotated
        >>> from supaopt.selectors import Row, Selector
        >>> class UserTheme(Row, table="profiles"):
        ...     id: int
        ...     theme: Annotated[str | None, Col("prefs->>theme")]
        ...     client_name: Annotated[str | None, Col("name", spread="clients")]
        >>> print(Selector(UserTheme))
        id,theme:prefs->>theme,...clients(client_name:name)
    """

    path: str | None = None
    cast: str | None = None
    agg: Aggregate | None = None
    spread: str | None = None
    fk: str | None = None
    inner: bool = False

    def __post_init__(self) -> None:
        if self.path is not None:
            _names.field(self.path)
        if self.cast is not None:
            _names.cast(self.cast)
        if self.agg is not None and self.agg not in _AGGREGATES:
            raise ConfigError(
                f"{self.agg!r} is no aggregate; PostgREST has {', '.join(_AGGREGATES)}"
            )
        for name, what in ((self.spread, "relation"), (self.fk, "foreign key")):
            if name is not None:
                _names.quoted(name, what=what)
