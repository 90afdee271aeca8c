"""
The parameters of a declaration: their types are those of the columns that they go to.
"""

from __future__ import annotations

import keyword
from dataclasses import replace
from typing import Any, Final, NoReturn

from supaopt.rpc._new import fitting
from supaopt.rpc._new.atomic import refuse_name
from supaopt.rpc._new.model import Argument, Use, widest
from supaopt.rpc._new.placeholders import NOTHING, Item, Parameter, Rows
from supaopt.rpc._new.refuse import fail
from supaopt.selectors import _fit

_DEFAULTS: Final = (bool, int, float, str)


class Arguments:
    """
    What the steps of a declaration use its parameters for.
    """

    def __init__(self, function: str) -> None:
        self._function = function
        self._uses: dict[tuple[str, str], list[Use]] = {}

    def use(self, value: Parameter | Item, use: Use) -> None:
        """
        Take down that a parameter, or a field of its rows, goes to a column.
        """
        key = (value.rows.name, value.field) if isinstance(value, Item) else (value.name, "")
        self._uses.setdefault(key, []).append(use)

    def argument(self, parameter: Parameter | Rows) -> Argument:
        """
        Return a parameter with its type.

        Raises:
            ConfigError: No step uses it, or no type is that of every column it goes to.
        """
        if isinstance(parameter, Rows):
            fields = [field for name, field in self._uses if name == parameter.name]
            if not fields:
                self._fail(parameter.name, "no step writes a field of its rows")
            return Argument(
                parameter.name,
                None,
                fields=tuple(self._typed(parameter.name, field) for field in fields),
            )
        typed = self._typed(parameter.name, "")
        assert typed.column is not None
        return replace(
            typed,
            optional=self._is_optional(parameter, typed),
            default=self._default(parameter, typed),
        )

    def _typed(self, parameter: str, field: str) -> Argument:
        uses = self._uses.get((parameter, field))
        if not uses:
            self._fail(parameter, "no step uses it")
        name = field or parameter
        if field and (not field.isidentifier() or keyword.iskeyword(field)):
            self._fail(parameter, f"{field!r} cannot name a field of its rows")
        refuse_name(name, what="field")
        column = widest(uses)
        if column is None:
            told = ", ".join(f"{use} is {use.column.sql_type}" for use in uses)
            self._fail(name, f"it cannot have every type: {told}; take a parameter for each")
        required = any(use.column.not_null or use.refuses_null for use in uses)
        return Argument(name, column, optional=not required)

    def _is_optional(self, parameter: Parameter, typed: Argument) -> bool:
        if parameter.default is None:
            self._refuse_null(parameter)
            return True
        if parameter.annotation is None:
            return typed.optional
        assert typed.column is not None
        if reason := fitting.annotation(typed.column, parameter.annotation):
            self._fail(parameter.name, f"its annotation cannot be right: {reason}")
        return typed.optional and _fit.allows_none(parameter.annotation)

    def _refuse_null(self, parameter: Parameter) -> None:
        for use in self._uses[parameter.name, ""]:
            if use.refuses_null:
                self._fail(
                    parameter.name,
                    f"it has no default None: {use} is compared with it or changed by it, and null "
                    "equals nothing",
                )

    def _default(self, parameter: Parameter, typed: Argument) -> Any:
        value = parameter.default
        if value is NOTHING or value is None:
            return value
        assert typed.column is not None
        if type(value) not in _DEFAULTS or not fitting.has_constants(typed.column):
            self._fail(
                parameter.name,
                f"a {typed.column.sql_type} has no default here but None; a default is a number, "
                "text, True or False",
            )
        for use in self._uses[parameter.name, ""]:
            if reason := fitting.constant(use.column, value):
                self._fail(use, reason.message, reason.meant)
        return value

    def _fail(self, where: object, message: str, meant: str | None = None) -> NoReturn:
        fail(self._function, where, message, meant)
