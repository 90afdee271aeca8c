"""
What a row class asks for, as values: its columns and embeds, and their select text.
"""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from decimal import Decimal
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, Union, get_args, get_origin

from pydantic import PydanticUndefinedAnnotation, PydanticUserError
from typing_extensions import TypeAliasType

from supaopt.errors import ConfigError
from supaopt.selectors import _names
from supaopt.selectors._col import Col
from supaopt.selectors._row import Row, column_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo


_BUILDING: Final = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    One selected column.

    Attributes:
        field: Name of the row's field.
        key: Its key in the answer.
        path: Column or JSON path that it is read from; empty for a bare count.
        col: The annotation, or a default one.
        annotation: Python type of the field.
    """

    field: str
    key: str
    path: str
    col: Col
    annotation: Any

    def __str__(self) -> str:
        text = _names.field(self.path) if self.path else ""
        if self.col.agg:
            text = f"{text}.{self.col.agg}()" if text else f"{self.col.agg}()"
        plain = text in {self.key, f"{self.key}()"}
        if cast := self.col.cast or ("text" if self.is_text else None):
            text += f"::{cast}"
        return text if plain else f"{_names.quoted(self.key)}:{text}"

    @property
    def is_text(self) -> bool:
        """
        True for a Decimal, which is asked for as text: in JSON it would be read as a float.
        """
        # A JSON path has no number type to cast from: its text may be in quotes.
        is_decimal = _one(self.annotation) is Decimal
        return is_decimal and "->" not in self.path and self.col.cast in (None, "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Embed:
    """
    One embedded relation.

    Attributes:
        key: Its key in the answer; empty when its columns are spread into the row.
        relation: Table, view, foreign-key column or computed relationship.
        col: The annotation, or a default one.
        many: True for a list of rows.
        optional: True when None may stand in place of the row.
        row: Row class of the embedded rows; None when spread.
        columns: What is selected of it.
    """

    key: str
    relation: str
    col: Col
    many: bool
    optional: bool
    row: type[Row] | None
    columns: tuple[Column | Embed, ...]

    def __str__(self) -> str:
        return f"{self.head()}({text_of(self.columns)})"

    def head(self) -> str:
        """
        Return everything before the bracket.
        """
        target = _names.quoted(self.relation, what="relation")
        if self.col.fk:
            target += f"!{_names.quoted(self.col.fk, what='foreign key')}"
        if self.col.inner:
            target += "!inner"
        if not self.key:
            target = f"...{target}"
        elif self.key != self.relation:
            target = f"{_names.quoted(self.key)}:{target}"
        return target


def text_of(parts: tuple[Column | Embed, ...]) -> str:
    """
    Return the value of PostgREST's ``select`` parameter.
    """
    return ",".join(str(part) for part in parts)


def star_of(parts: tuple[Column | Embed, ...]) -> str:
    """
    Return the same with ``*`` in place of the columns, at every level.
    """
    embeds = [part for part in parts if isinstance(part, Embed)]
    # PostgREST spreads no `*`.
    texts = [
        f"{each.head()}({star_of(each.columns)})" if each.key else str(each) for each in embeds
    ]
    return ",".join(["*", *texts])


@functools.cache
def shape_of(row: type[Row]) -> tuple[Column | Embed, ...]:
    """
    Return what *row* asks for, in the order of its fields.

    Raises:
        ConfigError: The class has no columns, embeds itself, or has a field that is neither a
            column nor an embed.
    """
    return _shape(row, ())


def _shape(row: type[Row], above: tuple[type[Row], ...]) -> tuple[Column | Embed, ...]:
    path = (*above, row)
    if row in above:
        chain = " -> ".join(each.__name__ for each in path)
        raise ConfigError(f"{chain}: a row cannot embed itself; end the chain in a smaller row")
    _build(row)
    parts = [_part(row, name, info, path) for name, info in row.model_fields.items()]
    if not parts:
        raise ConfigError(f"{row.__name__} has no fields, so there is nothing to select")
    return tuple(_grouped(parts))


def _build(row: type[Row]) -> None:
    # While pydantic builds a class, other threads find it half built.
    try:
        with _BUILDING:
            if not row.__pydantic_complete__:
                row.model_rebuild()
    except PydanticUndefinedAnnotation as error:
        raise ConfigError(
            f"{row.__name__}: `{error.name}` is not defined; a row can be selected once every "
            "class that it names is defined at module level"
        ) from error
    except PydanticUserError as error:
        reason = error.message.partition(". Set ")[0]
        raise ConfigError(
            f"{row.__name__}: {reason}; a field's type must be one that pydantic reads from JSON"
        ) from error


def _part(
    row: type[Row], name: str, info: FieldInfo, path: tuple[type[Row], ...]
) -> Column | Embed:
    where = f"{row.__name__}.{name}"
    cols = [item for item in info.metadata if isinstance(item, Col)]
    if len(cols) > 1 or _hidden_col(info.annotation):
        raise ConfigError(f"{where}: put one Col outermost, as in Annotated[X | None, Col(...)]")
    col = cols[0] if cols else Col()
    key = _key(where, name, info)
    embedded, many = _embedded(where, info.annotation)
    if embedded is None:
        return _column(where, key, name, col, info.annotation)
    if col.cast or col.agg or col.spread:
        raise ConfigError(
            f"{where}: an embed takes path, fk and inner; to lift columns of a relation into this "
            'row, write each as Annotated[type, Col("column", spread="relation")]'
        )
    relation = col.path or embedded.__table__
    if not relation:
        raise ConfigError(
            f"{where}: {embedded.__name__} names no table, so it cannot be embedded; say "
            f'class {embedded.__name__}(Row, table="..."), or use a BaseModel for a JSON column'
        )
    columns = _shape(embedded, path)
    return Embed(
        key=key,
        relation=relation,
        col=col,
        many=many,
        optional=_one(info.annotation) is not _bare(info.annotation),
        row=embedded,
        columns=columns,
    )


def _key(where: str, name: str, info: FieldInfo) -> str:
    key = info.validation_alias or info.alias or name
    if not isinstance(key, str):
        raise ConfigError(f"{where}: an alias must be one name, as it is the key in the answer")
    return key


def _column(where: str, key: str, name: str, col: Col, annotation: Any) -> Column | Embed:
    if annotation in (None, NoneType):
        raise ConfigError(f"{where}: None is no column type; a column cannot be removed")
    bare_count = col.agg == "count" and col.path is None
    path = "" if bare_count else col.path or column_of(name)
    column = Column(field=name, key=key, path=path, col=col, annotation=annotation)
    if col.spread is None:
        if col.fk or col.inner:
            raise ConfigError(f"{where}: fk and inner belong to an embed or a spread column")
        return column
    return _spread(col, (column,))


def _spread(col: Col, columns: tuple[Column | Embed, ...]) -> Embed:
    return Embed(
        key="",
        relation=col.spread or "",
        col=col,
        many=False,
        optional=True,
        row=None,
        columns=columns,
    )


def _grouped(parts: list[Column | Embed]) -> Iterator[Column | Embed]:
    # PostgREST wants the columns spread from one relation together.
    seen: set[tuple[str, str | None]] = set()
    for part in parts:
        if isinstance(part, Column) or part.key:
            yield part
            continue
        same = (part.relation, part.col.fk)
        if same in seen:
            continue
        seen.add(same)
        group = [other for other in parts if _spread_of(other) == same]
        inner = any(other.col.inner for other in group)
        col = Col(spread=part.relation, fk=part.col.fk, inner=inner)
        columns = tuple(column for other in group for column in _columns(other))
        yield _spread(col, columns)


def _spread_of(part: Column | Embed) -> tuple[str, str | None] | None:
    return (part.relation, part.col.fk) if isinstance(part, Embed) and not part.key else None


def _columns(part: Column | Embed) -> tuple[Column | Embed, ...]:
    return part.columns if isinstance(part, Embed) else ()


def _embedded(where: str, annotation: Any) -> tuple[type[Row] | None, bool]:
    # The embedded row class, if any, and whether there are many.
    inner = _one(annotation)
    if _is_row(inner):
        return inner, False
    arguments = [argument for argument in get_args(inner) if argument is not Ellipsis]
    if get_origin(inner) in (list, tuple) and len(arguments) == 1 and _is_row(_bare(arguments[0])):
        return _bare(arguments[0]), True
    if any(_is_row(each) for each in _walk(inner)):
        raise ConfigError(
            f"{where}: an embed is X, X | None or list[X] of one row class, not {annotation}"
        )
    return None, False


def _one(annotation: Any) -> Any:
    # X out of `X | None`; anything else as it is.
    bare = _bare(annotation)
    if get_origin(bare) in (Union, UnionType):
        rest = [each for each in get_args(bare) if each is not NoneType]
        if len(rest) == 1:
            return _one(rest[0])
    return bare


def _bare(annotation: Any) -> Any:
    if isinstance(annotation, TypeAliasType):
        return _bare(annotation.__value__)
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    return annotation


def _is_row(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Row)


def _walk(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(_bare(annotation)):
        yield from _walk(_bare(argument))


def _hidden_col(annotation: Any) -> bool:
    # A Col inside `list[...]` or `... | None` is one that pydantic does not hand to the field.
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return any(isinstance(item, Col) for item in metadata) or _hidden_col(inner)
    return any(_hidden_col(argument) for argument in get_args(annotation))
