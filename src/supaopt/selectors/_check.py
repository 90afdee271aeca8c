"""
`check`: what of a row class a database does not have, with the name that was probably meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from supaopt.selectors import _fit, _links, _suggest
from supaopt.selectors._selector import Selector
from supaopt.selectors._shape import Column, Embed, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supaopt.selectors._catalog import Catalog, CatalogTable
    from supaopt.selectors._row import Row

Problem = Literal["table", "column", "embed", "ambiguous", "type", "null"]


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One way in which a row class and a database disagree.

    Attributes:
        row: Name of the row class.
        field: Path of the field, such as ``client.name``; empty for the table itself.
        table: Table that it was looked for in.
        problem: ``table``, ``column`` or ``embed`` is missing; the embed is ``ambiguous``; the
            ``type`` cannot hold the column; a column that can be ``null`` is declared without.
        message: What is wrong, in a sentence.
        suggestion: The name or the change that was probably meant, or None.
    """

    row: str
    field: str
    table: str
    problem: Problem
    message: str
    suggestion: str | None = None


def check(what: Iterable[Selector[Any, Any] | type[Row]], catalog: Catalog) -> list[Finding]:
    """
    Compare selectors or row classes with a database.

    Args:
        what: The selectors or row classes.
        catalog: What the database holds: see `Catalog.read`.

    Returns:
        What disagrees; an empty list when nothing does.

    Raises:
        ConfigError: A row class cannot be a column set.

    Examples:
        >>> from supaopt.selectors import Catalog, CatalogColumn, CatalogTable, Row
        >>> class ModuleLine(Row, table="modules"):
        ...     id: int
        ...     order_index: int
        >>> table = CatalogTable(schema_name="public", name="modules", columns=[
        ...     CatalogColumn(name="id", type="int4", not_null=True),
        ...     CatalogColumn(name="sequence", type="int4", not_null=True),
        ... ])
        >>> [finding] = check([ModuleLine], Catalog(tables=[table], keys=[]))
        >>> print(finding.message, "-> use", finding.suggestion)
        modules has no column order_index -> use sequence
    """
    rows = dict.fromkeys(each.row if isinstance(each, Selector) else each for each in what)
    return [finding for row in rows for finding in _Checker(catalog, row).findings()]


class _Checker:
    # One row class against one database.
    def __init__(self, catalog: Catalog, row: type[Row]) -> None:
        self._catalog = catalog
        self._row = row

    def findings(self) -> Iterator[Finding]:
        schema, name = self._row.__schema__ or "public", self._row.__table__
        table = self._catalog.by_name.get((schema, name))
        if table is None:
            names = [
                known for known_schema, known in self._catalog.by_name if known_schema == schema
            ]
            yield self._finding(
                "",
                name,
                "table",
                f"there is no table {schema}.{name}",
                _suggest.closest(name, names),
            )
            return
        yield from self._parts(table, shape_of(self._row), "")

    def _parts(
        self, table: CatalogTable, parts: Iterable[Column | Embed], path: str
    ) -> Iterator[Finding]:
        for part in parts:
            if isinstance(part, Column):
                yield from self._column(table, part, path)
            else:
                yield from self._embed(table, part, path)

    def _column(self, table: CatalogTable, part: Column, path: str) -> Iterator[Finding]:
        name, arrow, _ = part.path.partition("->")
        field = path + part.key
        if not name or self._catalog.has_computed(table.schema_name, table.name, name):
            return
        column = table.by_name.get(name)
        if column is None:
            yield self._missing_column(table, name, field)
            return
        if arrow or part.col.agg:
            return
        cast = part.col.cast
        # Postgres calls the array of a type by its name with an underscore in front.
        type_name = cast.removeprefix("_") if cast else column.type
        labels = None if cast else column.labels
        is_array = cast.startswith("_") if cast else column.is_array
        reason = _fit.misfit(part.annotation, type_name=type_name, is_array=is_array, labels=labels)
        if reason:
            yield self._finding(field, table.name, "type", f"{table.name}.{name}: {reason}")
        if not (column.not_null or table.is_view or _fit.allows_none(part.annotation)):
            yield self._null(field, table.name, f"{table.name}.{name} can be null")

    def _missing_column(self, table: CatalogTable, name: str, field: str) -> Finding:
        message = f"{table.name} has no column {name}"
        suggestion = _suggest.closest(name, table.by_name)
        owners = [other.name for other in self._catalog.tables if name in other.by_name]
        if suggestion is None and owners:
            message += f"; it exists on {', '.join(sorted(owners)[:3])}"
        return self._finding(field, table.name, "column", message, suggestion)

    def _embed(self, table: CatalogTable, part: Embed, path: str) -> Iterator[Finding]:
        here = (table.schema_name, table.name)
        field = path + (part.key or part.relation)
        if table.is_view or self._catalog.has_computed(*here, part.relation):
            return  # PostgREST follows a view's base tables; only it knows what it finds.
        found = _links.links_to(self._catalog, here, part.relation, fk=part.col.fk)
        below = f"{field}." if part.key else path
        if not found and (target := self._untold(table, part)):
            yield from self._parts(target, part.columns, below)
            return
        if len(found) != 1:
            yield self._unclear(table, part, field, found)
            return
        link = found[0]
        if part.row is not None and link.many not in (None, part.many):
            shape = "list[X]" if link.many else "X | None"
            yield self._finding(
                field, table.name, "type", f"{part.relation} is {_words(not part.many)}", shape
            )
        yield from self._optional(table, part, field, link)
        target = self._catalog.by_name.get(link.target)
        if target is not None:
            yield from self._parts(target, part.columns, below)

    def _untold(self, table: CatalogTable, part: Embed) -> CatalogTable | None:
        # The table that is meant, when a key that the API does not tell may lead to it.
        if not self._catalog.is_partial:
            return None
        name = part.row.__table__ if part.row else part.relation
        return self._catalog.by_name.get((table.schema_name, name))

    def _optional(
        self, table: CatalogTable, part: Embed, field: str, link: _links.Link
    ) -> Iterator[Finding]:
        if part.row is None or part.many or link.many or part.col.inner or not link.optional:
            return
        if not part.optional:
            yield self._null(field, table.name, f"there may be no {part.relation}")

    def _unclear(
        self, table: CatalogTable, part: Embed, field: str, found: list[_links.Link]
    ) -> Finding:
        if found:
            names = sorted(link.hint for link in found)
            message = f"{table.name} is related to {part.relation} by {', '.join(names)}"
            return self._finding(field, table.name, "ambiguous", message, f'Col(fk="{names[0]}")')
        related = {
            link.target[1]
            for link in _links.links_of(self._catalog, (table.schema_name, table.name))
        }
        by = f" by {part.col.fk}" if part.col.fk else ""
        message = f"{table.name} has no relationship with {part.relation}{by}"
        suggestion = _suggest.closest(part.relation, related)
        return self._finding(field, table.name, "embed", message, suggestion)

    def _null(self, field: str, table: str, message: str) -> Finding:
        return self._finding(field, table, "null", message, "X | None")

    def _finding(
        self, field: str, table: str, problem: Problem, message: str, suggestion: str | None = None
    ) -> Finding:
        return Finding(self._row.__name__, field, table, problem, message, suggestion)


def _words(many: bool) -> str:  # noqa: FBT001 - it is the one thing that is told
    return "a list of rows" if many else "one row"
