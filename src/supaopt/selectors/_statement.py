"""
`Statement`: what a query asks for beyond its columns, as one immutable value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from supaopt.errors import ConfigError
from supaopt.selectors import _names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from supaopt.selectors._conditions import Condition


@dataclass(frozen=True, slots=True)
class Filter:
    """
    One filter.

    Attributes:
        target: Column, quoted, below its embeds.
        condition: What it must fulfil.
        embed: True when the column is an embed's: then it narrows the embed, not the rows.
    """

    target: str
    condition: Condition
    embed: bool = False

    @property
    def limits_writes(self) -> bool:
        """
        False for a filter that PostgREST leaves aside in an update or a delete: it takes every
        name with a dot for an embed's, quoted or not.
        """
        return "." not in self.target

    def param(self) -> tuple[str, str]:
        """
        Return it as a query parameter.
        """
        return self.target, self.condition.alone()

    def in_tree(self) -> str:
        """
        Return it as a part of a logic tree.

        Raises:
            ConfigError: The column is an embed's, which a tree cannot name.
        """
        if self.embed:
            raise ConfigError(
                f"or_ cannot name {self.target}; name its column alone and say reference_table"
            )
        return f"{self.target}.{self.condition.in_tree()}"


@dataclass(frozen=True, slots=True)
class Logic:
    """
    A logic tree: filters of which one must hold.

    Attributes:
        operator: ``or`` or ``not.or``.
        tree: The alternatives, without the brackets.
        embed: Embed that the columns belong to, or the empty string.
    """

    operator: str
    tree: str
    embed: str = ""

    @property
    def limits_writes(self) -> bool:
        """
        False for the alternatives of an embed, which PostgREST leaves aside.
        """
        return not self.embed

    def param(self) -> tuple[str, str]:
        """
        Return it as a query parameter.
        """
        name = f"{self.embed}.{self.operator}" if self.embed else self.operator
        return name, f"({self.tree})"

    def in_tree(self) -> str:
        """
        Return it as a part of a larger tree.
        """
        return f"{self.operator}({self.tree})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """
    Filters, order and window of a query. Every method returns a new one.

    Attributes:
        filters: All must hold.
        orders: Parameter name and its keys, first key first.
        window: Limits and offsets by parameter name.
        negate: True when the next filter is to be negated.
    """

    filters: tuple[Filter | Logic, ...] = ()
    orders: tuple[tuple[str, str], ...] = ()
    window: tuple[tuple[str, int], ...] = ()
    negate: bool = False

    def flipped(self) -> Statement:
        """
        Negate the next filter, or no longer.
        """
        return replace(self, negate=not self.negate)

    def where(self, column: str, condition: Condition) -> Statement:
        """
        Add a filter.
        """
        condition = condition.negated() if self.negate else condition
        added = Filter(_names.filtered(column), condition, _names.is_nested(column))
        return replace(self, filters=(*self.filters, added), negate=False)

    def where_any(self, trees: Iterable[str], *, embed: str | None) -> Statement:
        """
        Add alternatives of which one must hold.
        """
        tree = ",".join(trees)
        if not tree:
            raise ConfigError("or_ needs at least one filter")
        operator = "not.or" if self.negate else "or"
        added = Logic(operator, tree, _names.quoted(embed, what="embed") if embed else "")
        return replace(self, filters=(*self.filters, added), negate=False)

    def ordered(self, key: str, *, embed: str | None) -> Statement:
        """
        Add a sort key after those there are.
        """
        name = _param("order", embed)
        there = dict(self.orders)
        there[name] = f"{there[name]},{key}" if name in there else key
        return replace(self, orders=tuple(there.items()))

    def windowed(self, what: str, size: object, *, embed: str | None = None) -> Statement:
        """
        Set a limit or an offset; the last one counts.
        """
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise ConfigError(f"{what} must be a whole number from 0, not {size!r}")
        return replace(self, window=tuple({**dict(self.window), _param(what, embed): size}.items()))

    def in_tree(self) -> str:
        """
        Return the filters as one part of a logic tree.
        """
        if not self.filters:
            raise ConfigError("an empty where passes every row; give it a filter")
        parts = [part.in_tree() for part in self.filters]
        return parts[0] if len(parts) == 1 else f"and({','.join(parts)})"

    def params(self) -> tuple[tuple[str, str], ...]:
        """
        Return the query parameters.
        """
        return (
            *(part.param() for part in self.filters),
            *self.orders,
            *((name, str(size)) for name, size in self.window),
        )


def _param(name: str, embed: str | None) -> str:
    return f"{_names.quoted(embed, what='embed')}.{name}" if embed else name
