"""
Keys and tags with the values of a call in them: pure.

A key must tell every two calls apart, so its values are quoted: the values ``1:2`` and ``3`` never
make the key of ``1`` and ``2:3``. A tag must be the one that the database logs, so its values are
written as Postgres writes them.
"""

from __future__ import annotations

import inspect
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from string import Formatter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from uuid import UUID

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_PLAIN: Final = (str, int, UUID, date, datetime, time, Decimal)


class Template:
    """
    A text with ``{parameter}`` fields.

    Attributes:
        text: As it was written.
        fields: The parameters it names.
    """

    def __init__(self, text: str, parameters: Iterable[str]) -> None:
        self.text = text
        self._parts: list[tuple[str, str | None]] = []
        known = tuple(parameters)
        for literal, field, spec, conversion in _parse(text):
            if field is not None:
                _check_field(text, field, spec, conversion, known)
            self._parts.append((literal, field))
        self.fields = frozenset(field for _, field in self._parts if field is not None)

    def fill(self, values: Mapping[str, Any], write: Callable[[Any, str], str]) -> str:
        """
        Return the text with each field as *write* writes its value.
        """
        return "".join(
            literal if field is None else literal + write(values[field], field)
            for literal, field in self._parts
        )


def _parse(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(Formatter().parse(text))
    except ValueError as error:
        raise ConfigError(f"{text!r} is no template: {error}; write '{{name}}'") from error


def _check_field(
    text: str, field: str, spec: str | None, conversion: str | None, known: tuple[str, ...]
) -> None:
    if spec or conversion or not field.isidentifier():
        raise ConfigError(
            f"{text!r}: '{{{field}}}' is more than a parameter's name; a template reads no "
            "attributes, items or formats, so pass what is needed as a parameter"
        )
    if field not in known:
        close = get_close_matches(field, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(known) or 'none'}"
        raise ConfigError(f"{text!r}: the function has no parameter {field!r}; {hint}")


def for_key(value: Any, name: str) -> str:
    """
    Write *value* so that no two values, alone or side by side, make the same text.

    Raises:
        ConfigError: It is of a kind whose text does not tell two values apart.
    """
    if value is None or isinstance(value, bool):
        return f"~{value}".lower()  # no other value writes a tilde
    return quote(_text(value, name), safe=" ,;@/()[]").replace("~", "%7E")


def for_tag(value: Any, name: str) -> str:
    """
    Write *value* as Postgres writes it.

    Raises:
        ConfigError: It is null, which no row's tag has, or of a kind without one text.
    """
    if value is None:
        raise ConfigError(
            f"{name} is None, and no write ends a tag without a value; tag the answer with the "
            "table's own tag"
        )
    return str(value).lower() if isinstance(value, bool) else _text(value, name)


def _text(value: Any, name: str) -> str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, float):
        return repr(value)
    if not isinstance(value, _PLAIN):
        raise ConfigError(
            f"{name} is a {type(value).__name__}, whose text may not tell two values apart; "
            "take its id, or a text of its own, as the parameter"
        )
    return str(value)


class Call:
    """
    What a cached function's parameters are, and what its calls are called.

    Attributes:
        signature: What callers pass.

    Args:
        function: The function.
        key: Template of the key; it must name every parameter that is not in *ignore*.
        tags: Templates of the tags.
        ignore: Parameters that do not change the answer, such as a client.
        skip: How many of the function's first parameters are not the caller's.

    Raises:
        ConfigError: A template or a parameter that would mix up calls.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        key: str,
        tags: Iterable[str],
        ignore: Iterable[str],
        skip: int = 0,
    ) -> None:
        whole = inspect.signature(function)
        self.signature = whole.replace(parameters=tuple(whole.parameters.values())[skip:])
        names = _names(self.signature, function)
        self._key = Template(key, names)
        self._tags = tuple(Template(tag, names) for tag in tags)
        missing = [name for name in names if name not in {*self._key.fields, *ignore}]
        if missing:
            raise ConfigError(
                f"the key {key!r} leaves out {', '.join(missing)}: calls that differ in it would "
                f"share an answer; add '{{{missing[0]}}}', or ignore=[{missing[0]!r}] if it does "
                "not change the answer"
            )

    def values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Mapping[str, Any]:
        """
        Return the arguments by name, defaults included.

        Raises:
            TypeError: The function cannot be called with them.
        """
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.arguments

    def key(self, values: Mapping[str, Any]) -> str:
        """
        Return the key of a call.
        """
        return self._key.fill(values, for_key)

    def tags(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """
        Return the tags of a call.
        """
        return tuple(tag.fill(values, for_tag) for tag in self._tags)


def _names(signature: inspect.Signature, function: Callable[..., Any]) -> tuple[str, ...]:
    for parameter in signature.parameters.values():
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            raise ConfigError(
                f"{function.__qualname__} takes *{parameter.name}; a cached function names its "
                "parameters, so that its key can"
            )
    names = tuple(signature.parameters)
    if names[:1] in {("self",), ("cls",)}:
        raise ConfigError(
            f"{function.__qualname__} is a method; cache a function, or call get_cached_data "
            "inside the method"
        )
    return names
