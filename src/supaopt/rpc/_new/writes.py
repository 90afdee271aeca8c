"""
`Writes`: the steps of a declaration, as they are taken down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from supaopt.errors import ConfigError
from supaopt.rpc._new.placeholders import Changed, Known, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Writes:
    """
    Takes down the steps of a declaration, in their order. The first argument of every function
    that `atomic` decorates.

    Values may be parameters, columns of earlier steps (``order["id"]``), or constants.
    """

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def insert(self, table: str, values: Mapping[str, object], *, schema: str = "public") -> Step:
        """
        Insert a row; one for each row of a `Rows` parameter when the values name its fields.

        Args:
            table: Table to write to.
            values: Values by column.
            schema: Schema of the table.
        """
        return self._take(Step("insert", table, schema, values=dict(values)))

    def upsert(
        self,
        table: str,
        values: Mapping[str, object],
        *,
        on: Sequence[str] | None = None,
        schema: str = "public",
    ) -> Step:
        """
        Insert a row, or update the one that has the same key.

        Args:
            table: Table to write to.
            values: Values by column, those of the key among them.
            on: Columns of a unique key; the primary key when None.
            schema: Schema of the table.
        """
        if isinstance(on, str):
            raise ConfigError(f"on={on!r}: give a list of columns")
        return self._take(Step("upsert", table, schema, values=dict(values), on=on))

    def update(
        self,
        table: str,
        values: Mapping[str, object],
        *,
        where: Mapping[str, object],
        must_exist: bool = True,
        schema: str = "public",
    ) -> Step:
        """
        Update the rows that equal *where*.

        Args:
            table: Table to write to.
            values: New values by column; `plus` and `minus` change an old one.
            where: What the rows must equal, by column; None finds null.
            must_exist: Write nothing at all, and answer `NotFoundError`, when there is no such row
                or the caller may not write it.
            schema: Schema of the table.
        """
        step = Step("update", table, schema, dict(values), dict(where), must_exist=must_exist)
        return self._take(step)

    def delete(
        self,
        table: str,
        *,
        where: Mapping[str, object],
        must_exist: bool = True,
        schema: str = "public",
    ) -> Step:
        """
        Delete the rows that equal *where*.

        Args:
            table: Table to delete from.
            where: What the rows must equal, by column; None finds null.
            must_exist: As in `update`.
            schema: Schema of the table.
        """
        return self._take(Step("delete", table, schema, where=dict(where), must_exist=must_exist))

    def plus(self, value: object) -> object:
        """
        Return what the column of an update held before, plus *value*.
        """
        return Changed("+", value)

    def minus(self, value: object) -> object:
        """
        Return what the column of an update held before, minus *value*.
        """
        return Changed("-", value)

    def now(self) -> object:
        """
        Return the time of the call.
        """
        return Known("now")

    def caller(self) -> object:
        """
        Return the id of the signed-in user who calls: ``auth.uid()``.
        """
        return Known("caller")

    def _take(self, step: Step) -> Step:
        self._steps.append(step)
        return step
