"""
Row classes with the relationships of their tables, as code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.selectors import _code, _links

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from supaopt.selectors._catalog import Catalog, CatalogTable


def classes(catalog: Catalog, names: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """
    Yield, for each table with relationships, a class that adds them as embeds to its row class.

    A relationship that PostgREST could not tell from another, as of a table with itself, is left
    out; so is one that leads into another schema.

    Args:
        catalog: What the database holds.
        names: Row classes by schema and table.
    """
    taken = set(names.values())
    for place, name in names.items():
        table = catalog.by_name[place]
        embeds = [*_embeds(catalog, table, names)]
        if table.is_view or not embeds:
            continue
        own = _free(f"{name}Related", taken)
        yield "\n".join(
            [
                f"class {own}({name}):",
                '    """',
                "    The same with every row that it is related to: keep those that you need.",
                '    """',
                "",
                *embeds,
            ]
        )


def _embeds(
    catalog: Catalog, table: CatalogTable, names: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    place = (table.schema_name, table.name)
    taken = {field.name for field in _code.fields_of(table.columns)}
    for link in _links.links_of(catalog, place):
        target = names.get(link.target)
        hint = _hint(catalog, place, link)
        if target is None or hint is None or link.target[0] != place[0]:
            continue
        field = _free(_field(link), taken)
        one = f"{target} | None" if link.optional else target
        annotation = one if link.many is False else f"list[{target}]"
        fk = f", Col(fk={_code.text(hint)})]" if hint else ""
        yield f"    {field}: {f'Annotated[{annotation}{fk}' if fk else annotation}"


def _hint(catalog: Catalog, place: tuple[str, str], link: _links.Link) -> str | None:
    # What tells the relationship from the others to the same table; None when nothing does.
    relation = link.target[1]
    for hint in ("", link.hint):
        if len(_links.links_to(catalog, place, relation, fk=hint or None)) == 1:
            return hint
    return None


def _field(link: _links.Link) -> str:
    # `client` for client_id, which one row is found by; the table's name for many.
    columns = [name for name in link.names if name.endswith("_id")] if not link.many else []
    name = columns[0].removesuffix("_id") if len(columns) == 1 else link.target[1]
    return _code.field_of(name).name


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    taken.add(free)
    return free
