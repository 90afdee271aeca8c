"""
`atomic`: several writes that happen together or not at all, declared as a Python function.
"""

from __future__ import annotations

import inspect
import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Final, Literal, ParamSpec, get_args

from supaopt.errors import ConfigError
from supaopt.rpc._new.placeholders import NOTHING, Parameter, Rows, Step
from supaopt.rpc._new.writes import Writes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

P = ParamSpec("P")
Role = Literal["anon", "authenticated", "service_role"]
_ROLES: Final = get_args(Role)
_NAME_BYTES: Final = 63  # Postgres cuts off the rest


@dataclass(frozen=True, slots=True)
class Recording:
    """
    What a declaration does.

    Attributes:
        steps: Its writes, in order.
        parameters: Its parameters, in order.
        result: What it returned: None, a column of a step, or several by name.
    """

    steps: tuple[Step, ...]
    parameters: tuple[Parameter | Rows, ...]
    result: object


class AtomicFunction:
    """
    A declaration of writes that happen together or not at all, made by `atomic`.

    Attributes:
        name: Name of the Postgres function.
        schema: Its schema.
        grant: Roles that may call it.
        summary: First line of its docstring.
    """

    def __init__(
        self, function: Callable[..., object], *, grant: Sequence[Role], schema: str
    ) -> None:
        self.__doc__ = function.__doc__
        self.__name__: str = function.__name__
        self.__module__ = function.__module__
        self._function = function
        self.name: Final = function.__name__
        self.schema: Final = schema
        self.grant: Final = tuple(dict.fromkeys(grant))
        self.summary: Final = (inspect.getdoc(function) or "").strip().partition("\n")[0]
        self._check()

    def __repr__(self) -> str:
        return f"AtomicFunction({self.name})"

    def record(self) -> Recording:
        """
        Run the declaration with placeholders and return what it does.

        Raises:
            ConfigError: It does something else with them than hand them on.
        """
        writes = Writes()
        parameters = self._placeholders()
        try:
            result = self._function(writes, **{each.name: each for each in parameters})
        except (TypeError, AttributeError) as error:
            raise ConfigError(
                f"{self.name}: {error}; a declaration hands its parameters to the steps, and "
                "cannot compute with them"
            ) from error
        return Recording(tuple(writes._steps), parameters, result)  # noqa: SLF001 - ours

    def _placeholders(self) -> tuple[Parameter | Rows, ...]:
        try:
            hints = typing.get_type_hints(self._function)
        except NameError as error:
            raise ConfigError(
                f"{self.name}: {error}; the types of its parameters must be there at run time"
            ) from error
        _, *parameters = inspect.signature(self._function).parameters.values()
        return tuple(_placeholder(each, hints.get(each.name)) for each in parameters)

    def _check(self) -> None:
        refuse_name(self.name, what="function")
        refuse_name(self.schema, what="schema")
        unknown = [role for role in self.grant if role not in _ROLES]
        if unknown or not self.grant:
            raise ConfigError(
                f"{self.name}: grant={list(self.grant)!r}; name who may call it: "
                f"{', '.join(_ROLES)}"
            )
        if inspect.iscoroutinefunction(self._function):
            raise ConfigError(f"{self.name}: a declaration is no coroutine: def, not async def")
        parameters = list(inspect.signature(self._function).parameters.values())
        if not parameters:
            raise ConfigError(f"{self.name}: its first argument takes the Writes")
        for each in parameters[1:]:
            if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD, each.POSITIONAL_ONLY):
                raise ConfigError(f"{self.name}: {each} has no name that Postgres could know it by")
            refuse_variable(each.name, what="parameter")


def _placeholder(parameter: inspect.Parameter, annotation: Any) -> Parameter | Rows:
    has_default = parameter.default is not parameter.empty
    if annotation is not Rows:
        default = parameter.default if has_default else NOTHING
        return Parameter(parameter.name, annotation, default)
    if has_default:
        raise ConfigError(f"{parameter.name}: a list of rows has no default; pass an empty one")
    return Rows(parameter.name)


def refuse_name(name: object, *, what: str) -> None:
    """
    Raise unless *name* can name something in Postgres whole.

    Raises:
        ConfigError: It is no text, is empty, too long, or holds a null character.
    """
    fits = isinstance(name, str) and 0 < len(name.encode(errors="replace")) <= _NAME_BYTES
    if not fits or "\x00" in str(name):
        raise ConfigError(
            f"{name!r} cannot name a {what}: Postgres's names have 1 to {_NAME_BYTES} bytes"
        )


def refuse_variable(name: object, *, what: str) -> None:
    """
    Raise unless *name* can name a variable of a function.

    Raises:
        ConfigError: It names nothing, or is what plpgsql has itself and would find first.
    """
    refuse_name(name, what=what)
    if name == "found":
        raise ConfigError(f"{name!r} cannot name a {what}: plpgsql has a variable of this name")


def atomic(
    *, grant: Sequence[Role], schema: str = "public"
) -> Callable[[Callable[Concatenate[Writes, P], object]], AtomicFunction]:
    """
    Declare writes that belong together, for ``supaopt rpc new`` to make a function of.

    The decorated function is run once, with placeholders for its arguments, to take down its
    steps. Its parameters become the function's; their types are those of the columns that they
    are written to, and what it returns becomes the result. Nothing is written by calling it.

    Args:
        grant: Roles that may call it: ``authenticated``, ``service_role``, ``anon``. It runs with
            their rights, so each needs the rights on the tables, and RLS holds.
        schema: Schema of the function.

    Raises:
        ConfigError: No role, one that is none of the API's, or a parameter without a name.

    Examples:
        >>> @atomic(grant=["authenticated"])
        ... def place_order(writes: Writes, *, p_product_id: int, p_quantity: int = 1) -> object:
        ...     "Place an order and take the goods off the stock."
        ...     order = writes.insert("orders", {"customer_id": writes.caller()})
        ...     writes.insert(
        ...         "order_lines",
        ...         {"order_id": order["id"], "product_id": p_product_id, "quantity": p_quantity},
        ...     )
        ...     writes.update(
        ...         "stock", {"left": writes.minus(p_quantity)}, where={"product_id": p_product_id}
        ...     )
        ...     return order["id"]
        >>> [step.table for step in place_order.record().steps]
        ['orders', 'order_lines', 'stock']
    """

    def declare(function: Callable[Concatenate[Writes, P], object]) -> AtomicFunction:
        return AtomicFunction(function, grant=grant, schema=schema)

    return declare
