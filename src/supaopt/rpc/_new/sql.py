"""
A resolved function as a migration.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from supaopt.rpc._new import quote
from supaopt.rpc._new.placeholders import (
    NOTHING,
    Changed,
    Item,
    Known,
    Parameter,
    Returned,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supaopt.rpc._new.model import Argument, Function
    from supaopt.selectors import CatalogColumn, CatalogTable

_NAME_BYTES: Final = 63
_WIDTH: Final = 100
_EVERYBODY: Final = "public, anon, authenticated, service_role"
_KNOWN: Final = {"now": "now()", "caller": "auth.uid()"}


def render(function: Function) -> str:
    """
    Return the SQL that installs *function*: as often as one likes, and for nobody but those it is
    granted to.
    """
    return "\n".join([*_header(function), "", *_Writer(function).lines(), *_rights(function), ""])


def _header(function: Function) -> Iterator[str]:
    declared = function.declared
    tables = ", ".join(dict.fromkeys(_one_line(table.name) for _, table in function.steps))
    purpose = _one_line(declared.summary) or f"writes {tables}"
    yield f"-- Purpose: {purpose.rstrip('.')}: all of it or nothing."
    yield f"-- Who: {', '.join(declared.grant)}, with the caller's own rights on {tables}."
    yield "-- Locks: the rows it writes, until its transaction ends."
    yield f"-- Undo: drop function {_one_line(_signature(function))};"


def _rights(function: Function) -> Iterator[str]:
    signature = _signature(function)
    summary = function.declared.summary or "Writes all of it or nothing."
    if len(signature) > _WIDTH - len("comment on function ;"):
        types = ",\n".join(f"    {_type(each)}" for each in function.arguments)
        signature = f"{_name(function)}(\n{types}\n)"
    roles = ", ".join(function.declared.grant)
    yield f"comment on function {signature}\nis {quote.string(summary)};"
    yield f"revoke execute on function {signature}\nfrom {_EVERYBODY};"
    yield f"grant execute on function {signature}\nto {roles};"


def _name(function: Function) -> str:
    return f"{quote.name(function.declared.schema)}.{quote.name(function.declared.name)}"


def _signature(function: Function) -> str:
    return f"{_name(function)}({', '.join(map(_type, function.arguments))})"


def _type(argument: Argument) -> str:
    return argument.column.sql_type if argument.column else "jsonb"


def _one_line(text: str) -> str:
    return " ".join(text.split())


class _Writer:
    # Every name in the body says what it belongs to, so that none is taken for another: columns by
    # the alias of their table, arguments by the function's name, variables by the block's.
    def __init__(self, function: Function) -> None:
        self._function = function
        taken = {function.declared.name}
        self._target = _free("target", taken)
        self._item = _free("item", taken)
        self._block = _free("steps", taken)
        self._variables = _variables(function)

    def lines(self) -> Iterator[str]:
        function = self._function
        arguments = [*map(self._argument, function.arguments)]
        if not function.is_scalar:
            arguments += [
                f"out {quote.name(each.name)} {each.column.sql_type}" for each in function.outputs
            ]
        if arguments:
            yield f"create or replace function {_name(function)}("
            yield from _commas(f"    {each}" for each in arguments)
            yield ")"
        else:
            yield f"create or replace function {_name(function)}()"
        if function.is_scalar:
            yield f"returns {function.outputs[0].column.sql_type}"
        elif not function.outputs:
            yield "returns void"
        yield "language plpgsql"
        yield "volatile"
        yield "security invoker"
        yield "set search_path = ''"
        yield quote.body([*self._body()])

    def _argument(self, argument: Argument) -> str:
        text = f"{quote.name(argument.name)} {_type(argument)}"
        if argument.default is NOTHING:
            return text
        is_json = bool(argument.column and argument.column.type in ("json", "jsonb"))
        as_json = is_json and argument.default is not None
        return f"{text} default {quote.constant(argument.default, as_json=as_json)}"

    def _body(self) -> Iterator[str]:
        yield "#variable_conflict use_column"
        if self._variables:
            yield f"<<{self._block}>>"
            yield "declare"
            for returned, column in self._function.returned:
                # Not `%type`: a variable of a domain that refuses null could not begin as one.
                variable = self._variables[id(returned.step), returned.column]
                yield f"    {variable} {column.sql_type};"
        yield "begin"
        parts = [[*self._step(step, table)] for step, table in self._function.steps]
        if result := [*self._result()]:
            parts.append(result)
        yield "\n\n".join("\n".join(part) for part in parts)
        yield "end"

    def _step(self, step: Step, table: CatalogTable) -> Iterator[str]:
        lines = [*self._statement(step, table)]
        into = [each for each, _ in self._function.returned if each.step is step]
        if into:
            names = ", ".join(f"{self._target}.{quote.name(each.column)}" for each in into)
            variables = ", ".join(self._value(each) for each in into)
            lines.append(f"returning {names} into {variables}")
        yield from (f"    {line}" for line in lines[:-1])
        yield f"    {lines[-1]};"
        if step.must_exist:
            yield from _demand(
                "PT404",
                f"{table.name}: no row to {step.verb}",
                "it is gone, or the caller may not see it; nothing was written",
            )
        elif into:
            yield from _demand(
                "PT409",
                f"{table.name}: the {step.verb} wrote no row",
                "a trigger of the table dropped it; nothing was written",
            )

    def _statement(self, step: Step, table: CatalogTable) -> Iterator[str]:
        name = f"{_table(table)} as {self._target}"
        match step.verb:
            case "insert" | "upsert":
                yield from self._insert(step, table, name)
            case "update":
                yield f"update {name}"
                yield "set"
                yield from _commas(f"    {each}" for each in self._sets(step, table))
                yield from self._where(step, table)
            case "delete":
                yield f"delete from {name}"  # noqa: S608 - the name is quoted
                yield from self._where(step, table)

    def _insert(self, step: Step, table: CatalogTable, name: str) -> Iterator[str]:
        yield f"insert into {name} ({', '.join(map(quote.name, step.values))})"
        values = [self._value(each, table, column) for column, each in step.values.items()]
        items = {each.field: each for each in step.values.values() if isinstance(each, Item)}
        if items:
            yield "select"
            yield from _commas(f"    {each}" for each in values)
            yield from self._from(items)
        else:
            yield "values ("
            yield from _commas(f"    {each}" for each in values)
            yield ")"
        if step.verb == "upsert":
            yield from self._on_conflict(step, table)

    def _from(self, items: dict[str, Item]) -> Iterator[str]:
        rows = next(iter(items.values())).rows.name
        [fields] = [each.fields for each in self._function.arguments if each.name == rows]
        types = {each.name: _type(each) for each in fields or ()}
        yield f"from pg_catalog.jsonb_to_recordset({self._of_function(rows)}) as {self._item} ("
        yield from _commas(f"    {quote.name(field)} {types[field]}" for field in items)
        yield ")"

    def _on_conflict(self, step: Step, table: CatalogTable) -> Iterator[str]:
        key = list(table.primary_key if step.on is None else step.on)
        # Without a column to change the old row is still written, or it would not be returned.
        changed = [column for column in step.values if column not in key] or key
        yield f"on conflict ({', '.join(map(quote.name, key))}) do update set"
        yield from _commas(
            f"    {quote.name(column)} = excluded.{quote.name(column)}" for column in changed
        )

    def _sets(self, step: Step, table: CatalogTable) -> Iterator[str]:
        for column, value in step.values.items():
            name = quote.name(column)
            if isinstance(value, Changed):
                by = self._value(value.value, table, column)
                before = f"{self._target}.{name}"
                if not table.by_name[column].not_null:
                    before = f"coalesce({before}, 0)"
                yield f"{name} = {before} {value.sign} {by}"
            else:
                yield f"{name} = {self._value(value, table, column)}"

    def _where(self, step: Step, table: CatalogTable) -> Iterator[str]:
        yield "where"
        word = ""
        for column, value in step.where.items():
            name = f"{self._target}.{quote.name(column)}"
            equals = _equals(table.by_name[column])
            test = "is null" if value is None else f"{equals} {self._value(value, table, column)}"
            yield f"    {word}{name} {test}"
            word = "and "

    def _value(self, value: object, table: CatalogTable | None = None, column: str = "") -> str:
        match value:
            case Parameter():
                return self._of_function(value.name)
            case Item():
                return f"{self._item}.{quote.name(value.field)}"
            case Returned():
                return f"{self._block}.{self._variables[id(value.step), value.column]}"
            case Known():
                return _KNOWN[value.what]
        is_json = table is not None and table.by_name[column].type in ("json", "jsonb")
        return quote.constant(value, as_json=is_json and value is not None)

    def _of_function(self, name: str) -> str:
        return f"{quote.name(self._function.declared.name)}.{quote.name(name)}"

    def _result(self) -> Iterator[str]:
        for output in self._function.outputs:
            value = self._value(output.value)
            if self._function.is_scalar:
                yield f"    return {value};"
            else:
                yield f"    {self._of_function(output.name)} := {value};"


def _variables(function: Function) -> dict[tuple[int, str], str]:
    found: dict[tuple[int, str], str] = {}
    for returned, column in function.returned:
        words = re.sub(r"[^a-z0-9]+", "_", f"{returned.step.table}_{column.name}".lower())
        name = _free(f"v_{words.strip('_')[: _NAME_BYTES - 10]}", found.values())
        found[id(returned.step), returned.column] = name
    return found


def _free(name: str, taken: Iterable[str]) -> str:
    taken, free, number = set(taken), name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _demand(code: str, message: str, hint: str) -> Iterator[str]:
    yield "    if not found then"
    yield "        raise exception using"
    yield f"            errcode = '{code}',"
    yield f"            message = {quote.string(message)},"
    yield f"            hint = {quote.string(hint)};"
    yield "    end if;"


def _equals(column: CatalogColumn) -> str:
    # With an empty search_path `=` is Postgres's own, which compares citext as text.
    if column.type != "citext" or column.is_array:
        return "="
    return f"operator({column.sql_type.removesuffix('.citext')}.=)"


def _table(table: CatalogTable) -> str:
    return f"{quote.name(table.schema_name)}.{quote.name(table.name)}"


def _commas(lines: Iterable[str]) -> Iterator[str]:
    *most, last = lines
    yield from (f"{line}," for line in most)
    yield last
