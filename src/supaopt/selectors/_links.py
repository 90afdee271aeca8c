"""
How PostgREST gets from a table to an embedded relation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supaopt.selectors._catalog import Catalog, CatalogKey


@dataclass(frozen=True, slots=True)
class Link:
    """
    One relationship.

    Attributes:
        hint: Name that picks it where there are several: the constraint or the linking table.
        target: Schema and name of the relation at its other end.
        many: True when it leads to a list; None when that is not known.
        optional: True when it may lead to no row.
        names: What it can be asked for by, besides the target's name.
        hints: What `Col.fk` may say to pick it.
    """

    hint: str
    target: tuple[str, str]
    many: bool | None
    optional: bool
    names: frozenset[str]
    hints: frozenset[str]


def links_to(
    catalog: Catalog, table: tuple[str, str], relation: str, *, fk: str | None
) -> list[Link]:
    """
    Return the relationships that ``relation!fk(...)`` could mean in a select of *table*.
    """
    return [
        link
        for link in links_of(catalog, table)
        if relation in {link.target[1], *link.names} and (fk is None or fk in link.hints)
    ]


def links_of(catalog: Catalog, table: tuple[str, str]) -> Iterator[Link]:
    """
    Yield every relationship of *table*, in all three directions.
    """
    for key in catalog.keys:
        source, target = (key.schema_name, key.table), (key.target_schema, key.target_table)
        if source == table:
            yield _to_one(catalog, key, target)
        if target == table:
            yield _to_many(key, source)
    yield from _through(catalog, table)


def _to_one(catalog: Catalog, key: CatalogKey, target: tuple[str, str]) -> Link:
    source = catalog.by_name.get((key.schema_name, key.table))
    columns = [source.by_name[name] for name in key.columns] if source else []
    optional = not all(column.not_null for column in columns)
    only = frozenset(key.columns if len(key.columns) == 1 else ())
    return Link(
        key.name,
        target,
        many=False,
        optional=optional,
        names=only | {key.name},
        hints=only | {key.name},
    )


def _to_many(key: CatalogKey, source: tuple[str, str]) -> Link:
    only = frozenset(key.columns if len(key.columns) == 1 else ())
    return Link(
        key.name,
        source,
        many=None if key.is_unique is None else not key.is_unique,
        optional=True,
        names=frozenset({key.name}),
        hints=only | {key.name},
    )


def _through(catalog: Catalog, table: tuple[str, str]) -> Iterator[Link]:
    # A table whose primary key holds both foreign keys links their targets many to many.
    for near in catalog.keys:
        if (near.target_schema, near.target_table) != table or not near.is_in_primary_key:
            continue
        for far in catalog.keys:
            same_table = (far.schema_name, far.table) == (near.schema_name, near.table)
            if same_table and far.is_in_primary_key and far.name != near.name:
                yield Link(
                    near.table,
                    (far.target_schema, far.target_table),
                    many=True,
                    optional=True,
                    names=frozenset(),
                    hints=frozenset({near.table}),
                )
