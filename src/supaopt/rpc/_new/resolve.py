"""
A recorded declaration against a catalogue: every name found, every parameter given its type.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from supaopt.rpc._new import fitting
from supaopt.rpc._new.arguments import Arguments
from supaopt.rpc._new.atomic import refuse_variable
from supaopt.rpc._new.model import Function, Output, Use, widest
from supaopt.rpc._new.placeholders import (
    NOTHING,
    Changed,
    Item,
    Known,
    Parameter,
    Placeholder,
    Returned,
    Rows,
    Step,
)
from supaopt.rpc._new.refuse import fail
from supaopt.selectors import _suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supaopt.rpc._new.atomic import AtomicFunction, Recording
    from supaopt.rpc._new.model import Argument
    from supaopt.selectors import Catalog, CatalogColumn, CatalogTable


def resolve(declared: AtomicFunction, catalog: Catalog) -> Function:
    """
    Return *declared* with every name looked up.

    Raises:
        ConfigError: A table or column does not exist, a type cannot be right, or a step would fail
            each time; with the name or the change that was probably meant.
    """
    return _Resolver(declared, catalog).function()


class _Resolver:
    # One declaration against one catalogue.
    def __init__(self, declared: AtomicFunction, catalog: Catalog) -> None:
        self._declared = declared
        self._catalog = catalog
        self._recording: Recording = declared.record()
        self._arguments = Arguments(declared.name)
        self._tables: dict[int, CatalogTable] = {}
        self._returned: dict[tuple[int, str], tuple[Returned, CatalogColumn]] = {}

    def function(self) -> Function:
        if not self._recording.steps:
            self._fail("", "it declares no write")
        for step in self._recording.steps:
            self._step(step)
        outputs = tuple(self._outputs())
        arguments = [self._arguments.argument(each) for each in self._recording.parameters]
        self._refuse_shared_names(arguments, outputs)
        return Function(
            self._declared,
            tuple(sorted(arguments, key=lambda each: each.default is not NOTHING)),
            tuple((step, self._tables[id(step)]) for step in self._recording.steps),
            tuple(self._returned.values()),
            outputs,
            is_scalar=isinstance(self._recording.result, Returned),
        )

    def _step(self, step: Step) -> None:
        table = self._table(step)
        if step.verb != "delete" and not step.values:
            self._fail(table.name, f"an {step.verb} needs values")
        if step.verb in ("update", "delete") and not step.where:
            self._fail(table.name, f"the {step.verb} names no row: say where")
        for name, value in step.values.items():
            self._written(step, Use(table, self._column(table, name)), value)
        for name, value in step.where.items():
            self._value(Use(table, self._column(table, name), refuses_null=True), value)
        lists = {id(value.rows) for value in step.values.values() if isinstance(value, Item)}
        if len(lists) > 1:
            self._fail(table.name, "one insert takes the rows of one parameter")
        if step.verb in ("insert", "upsert"):
            self._refuse_missing(step, table)
        if step.verb == "upsert":
            self._refuse_no_key(step, table)
        self._tables[id(step)] = table

    def _table(self, step: Step) -> CatalogTable:
        table = self._catalog.by_name.get((step.schema, step.table))
        if table is None:
            names = [name for schema, name in self._catalog.by_name if schema == step.schema]
            if not names:
                self._fail(
                    "",
                    f"the catalogue has no table of the schema {step.schema}: read it "
                    "with that schema (--schema), or write to another",
                )
            meant = _suggest.closest(step.table, names)
            self._fail("", f"there is no table {step.schema}.{step.table}", meant)
        return table

    def _column(self, table: CatalogTable, name: str) -> CatalogColumn:
        column = table.by_name.get(name)
        if column is None:
            meant = _suggest.closest(str(name), table.by_name)
            self._fail("", f"{table.name} has no column {name}", meant)
        if not column.sql_type:
            self._fail(f"{table.name}.{name}", "the catalogue does not say its type in SQL")
        return column

    def _written(self, step: Step, use: Use, value: object) -> None:
        if use.column.is_generated:
            self._fail(use, "the database makes its value, so it cannot be written")
        match value:
            case Item() if step.verb in ("insert", "upsert"):
                self._arguments.use(value, use)
            case Changed() if step.verb == "update":
                if not fitting.is_number(use.column):
                    self._fail(use, f"plus and minus are for numbers; it is {_type(use)}")
                if value.value is None:
                    self._fail(use, "plus and minus take a number; None would leave nothing")
                self._value(replace(use, refuses_null=True), value.value)
            case Changed():
                self._fail(use, "plus and minus are for an update")
            case _:
                self._value(use, value)

    def _value(self, use: Use, value: object) -> None:
        match value:
            case Parameter():
                self._arguments.use(value, use)
            case Returned():
                self._take(value, use)
            case Known():
                self._refuse(use, fitting.known(use.column, value))
            case Rows() | Item() | Changed() | Step():
                self._fail(use, f"it cannot take a {_words(value)}")
            case None:
                pass
            case dict() | list() | tuple() if fitting.holds_placeholder(value):
                self._fail(use, "what it holds comes with each call: take it whole as a parameter")
            case _:
                self._refuse(use, fitting.constant(use.column, value))

    def _take(self, value: Returned, use: Use | None = None) -> CatalogColumn:
        table = self._tables.get(id(value.step))
        if table is None:
            self._fail("", f"{value.column} is of a step that is no earlier one")
        column = self._column(table, value.column)
        self._refuse_many(value.step, table)
        if use is not None and widest([Use(table, column), use]) is None:
            source = Use(table, column)
            self._fail(use, f"it is {_type(use)}, and {source} is {_type(source)}")
        self._returned.setdefault((id(value.step), value.column), (value, column))
        return column

    def _refuse_many(self, step: Step, table: CatalogTable) -> None:
        if any(isinstance(each, Item) for each in step.values.values()):
            self._fail(table.name, "its insert writes many rows, so no step can refer to one")
        if step.verb in ("update", "delete"):
            # Any number of rows may have null, in a unique key too.
            equal = {name for name, value in step.where.items() if value is not None}
            if not any(equal >= set(key) for key in table.unique):
                self._fail(
                    table.name,
                    f"its {step.verb} may hit several rows, so no step can refer to one; say where "
                    f"by a whole unique key: {_keys(table)}",
                )
            if not step.must_exist:
                self._fail(table.name, "a row that need not exist cannot be referred to")

    def _refuse_missing(self, step: Step, table: CatalogTable) -> None:
        for column in table.columns:
            needed = column.not_null and not (column.has_default or column.is_generated)
            if needed and column.name not in step.values:
                self._fail(
                    Use(table, column),
                    "it needs a value: it has no default and cannot be null; say None where a "
                    "trigger fills it",
                )

    def _refuse_no_key(self, step: Step, table: CatalogTable) -> None:
        on = list(table.primary_key if step.on is None else step.on)
        for name in on:
            self._column(table, name)
        if not any(set(on) == set(key) for key in table.unique):
            self._fail(table.name, f"no unique key has the columns {on}: {_keys(table)}")
        lacking = [name for name in on if name not in step.values]
        if lacking:
            self._fail(table.name, f"an upsert needs a value for each column of its key: {lacking}")

    def _outputs(self) -> Iterator[Output]:
        result = self._recording.result
        if result is None:
            return
        if isinstance(result, Returned):
            yield self._output(result.column, result)
            return
        if not isinstance(result, dict) or not result:
            self._fail("", 'it returns None, a column of a step, or a dict: {"id": order["id"]}')
        for name, value in result.items():
            refuse_variable(name, what="column of the result")
            yield self._output(name, value)

    def _output(self, name: str, value: object) -> Output:
        if isinstance(value, Returned):
            column = self._take(value)
            return Output(name, value, column, optional=not column.not_null)
        if not isinstance(value, Parameter):
            self._fail(name, "the result is made of columns of steps, and of parameters they use")
        argument = self._arguments.argument(value)
        assert argument.column is not None
        return Output(name, value, argument.column, argument.optional)

    def _refuse_shared_names(
        self, arguments: Iterable[Argument], outputs: Iterable[Output]
    ) -> None:
        if isinstance(self._recording.result, Returned):
            return
        shared = {each.name for each in arguments} & {each.name for each in outputs}
        for name in sorted(shared):
            self._fail(
                name,
                "it names a parameter and a column of the result, which Postgres refuses; call the "
                f"parameter p_{name}",
            )

    def _refuse(self, where: object, reason: fitting.Reason | None) -> None:
        if reason is not None:
            self._fail(where, reason.message, reason.meant)

    def _fail(self, where: object, message: str, meant: str | None = None) -> NoReturn:
        fail(self._declared.name, where, message, meant)


def _type(use: Use) -> str:
    return use.column.sql_type


def _words(value: Placeholder) -> str:
    match value:
        case Rows():
            return "list of rows; name a field of each"
        case Item():
            return "field of many rows; only an insert can"
        case Step():
            return "whole row; name a column of it"
    return "change; only an update can, once"


def _keys(table: CatalogTable) -> str:
    return "; ".join(", ".join(key) for key in table.unique) or "it has none"
