"""
`rpc`: a Postgres function as a typed Python one.
"""

from __future__ import annotations

import functools
import inspect
import pkgutil
import re
import typing
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar, overload

from supaopt import _postgrest
from supaopt._adapters import supabase as adapter
from supaopt._wire import Request
from supaopt.errors import ConfigError, ResponseError
from supaopt.rpc import _errors, _results
from supaopt.selectors import _names, _values

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from supabase import AsyncClient, Client

    from supaopt._wire import AsyncTransport, Response

P = ParamSpec("P")
_OPERATOR: Final = re.compile(r"[a-z]+(\(|\.)")
R = TypeVar("R")


class Rpc(Generic[P, R]):
    """
    A Postgres function, made by `rpc`. Called with a ``Client`` it returns its result; called
    with an ``AsyncClient`` it returns a coroutine of it.

    Attributes:
        name: Name of the Postgres function.
        stable: True when it only reads, so that a call may be repeated.
        get: True when it is called by GET.
        timeout: Seconds to wait for the answer, or None for the client's own limit.
        schema: Its schema, when it is not the client's own.
    """

    def __init__(
        self,
        function: Callable[P, R],
        *,
        name: str | None = None,
        stable: bool = False,
        get: bool = False,
        timeout: float | None = None,
        schema: str | None = None,
    ) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._signature: Final = inspect.signature(function)
        self.name: Final = name or function.__name__
        self.stable: Final = stable
        self.get: Final = get
        self.timeout: Final = timeout
        self.schema: Final = schema
        self._check()

    @overload
    def __call__(self, client: Client, /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(
        self, client: AsyncClient, /, *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, R]: ...
    def __call__(
        self, client: Client | AsyncClient, /, *args: P.args, **kwargs: P.kwargs
    ) -> R | Coroutine[Any, Any, R]:
        """
        Call the function.

        Args:
            client: Whose credentials are used.
            *args: Arguments of the function, by position.
            **kwargs: Arguments by name. One that is left out is left to its SQL default.

        Raises:
            NotFoundError: There is no such function, or no row where one must be.
            PermissionDeniedError: The caller may not execute it.
            ConflictError: A constraint or a concurrent write refuses it.
            StatementTimeoutError: The database gave up on it.
            ResponseError: The server refused it otherwise.
            RequestError: No answer arrived.
            ConfigError: The answer does not fit the annotation.
        """
        arguments = self._signature.bind(*args, **kwargs).arguments
        request = self._request(arguments)
        if adapter.is_async(client):
            return self._awaited(adapter.connect(client), request, arguments)
        return self._parse(adapter.connect(client).send(request), arguments)

    async def _awaited(
        self, transport: AsyncTransport, request: Request, arguments: Mapping[str, object]
    ) -> R:
        return self._parse(await transport.send(request), arguments)

    def request(self, *args: P.args, **kwargs: P.kwargs) -> Request:
        """
        Return the request that a call sends.
        """
        return self._request(self._signature.bind(*args, **kwargs).arguments)

    def parse(self, response: Response) -> R:
        """
        Return the result that the answer to `request` holds; raise what a call would raise.
        """
        return self._parse(response, self._signature.parameters)

    def _request(self, arguments: Mapping[str, object]) -> Request:
        path = f"rpc/{_names.path(self.name)}"
        columns = self._result.columns
        chosen = (("select", columns),) if columns else ()
        if self.get and (texts := _texts(arguments)) is not None:
            return Request(
                method="GET",
                path=path,
                params=(*texts, *chosen),
                schema=self.schema,
                timeout=self.timeout,
            )
        return Request(
            method="POST",
            path=path,
            params=chosen,
            content=_values.json(arguments),
            schema=self.schema,
            timeout=self.timeout,
        )

    def _parse(self, response: Response, arguments: Iterable[str]) -> R:
        try:
            content = _postgrest.body(response)
        except ResponseError as error:
            raise _errors.explained(error, name=self.name, arguments=arguments) from None
        result: R = self._result.parse(content)
        return result

    def with_options(self, *, timeout: float | None = None, get: bool | None = None) -> Rpc[P, R]:
        """
        Return the same function, called in another way.

        Args:
            timeout: Seconds to wait for the answer; None leaves it as it is.
            get: Whether it is called by GET; None leaves it as it is.
        """
        return Rpc(
            self._function,
            name=self.name,
            stable=self.stable,
            get=self.get if get is None else get,
            timeout=self.timeout if timeout is None else timeout,
            schema=self.schema,
        )

    @property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """
        The declared arguments by name.
        """
        return self._signature.parameters

    @property
    def returns(self) -> Any:
        """
        The declared result, resolved; None for a function without one.

        Raises:
            ConfigError: It names a type that cannot be found.
        """
        return None if self._result.item is NoneType else self._result.annotation

    @property
    def columns(self) -> str:
        """
        The columns that a call asks for, when its rows are of a `supaopt.selectors.Row`.
        """
        return self._result.columns

    @functools.cached_property
    def _result(self) -> _results.Result:
        # Late, so that a function may return a class that is defined further down.
        try:
            hints = typing.get_type_hints(self._function, include_extras=True)
        except NameError as error:
            raise ConfigError(
                f"{self.name}: {error}; the types of an rpc must be defined at module level"
            ) from error
        return _results.result_of(self.name, hints["return"])

    def _check(self) -> None:
        if "return" not in self._function.__annotations__:
            raise ConfigError(f"{self.name} needs a return annotation; -> None when it has none")
        if self.get and not self.stable:
            raise ConfigError(
                f"{self.name}: get=True is for functions that only read; say stable=True"
            )
        for parameter in self._signature.parameters.values():
            if parameter.kind not in (
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                inspect.Parameter.KEYWORD_ONLY,
            ):
                raise ConfigError(
                    f"{self.name}: {parameter} has no name that Postgres could know it by"
                )
            if self.get and parameter.name in _names.RESERVED:
                raise ConfigError(
                    f"{self.name}: in a URL `{parameter.name}` means something else to PostgREST; "
                    "leave out get=True"
                )

    def __repr__(self) -> str:
        return f"Rpc({self.name}{self._signature})"

    def __reduce__(self) -> tuple[Any, ...]:
        function: Any = self._function
        options = {"timeout": self.timeout, "get": self.get}
        return _restore, (f"{function.__module__}:{function.__qualname__}", options)


def _texts(arguments: Mapping[str, object]) -> list[tuple[str, str]] | None:
    # None for a call that a URL cannot make: it cannot say null, and PostgREST takes what looks
    # like an operator, such as `eq.1`, for a filter on the result, and leaves the argument out.
    if None in arguments.values():
        return None
    texts = [(name, _values.text(value)) for name, value in arguments.items()]
    return None if any(_OPERATOR.match(text) for _, text in texts) else texts


def _restore(path: str, options: Mapping[str, Any]) -> Rpc[..., Any]:
    found: Rpc[..., Any] = pkgutil.resolve_name(path)
    return found.with_options(**options)


@overload
def rpc(function: Callable[P, R], /) -> Rpc[P, R]: ...
@overload
def rpc(
    *,
    name: str | None = None,
    stable: bool = False,
    get: bool = False,
    timeout: float | None = None,
    schema: str | None = None,
) -> Callable[[Callable[P, R]], Rpc[P, R]]: ...
def rpc(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    stable: bool = False,
    get: bool = False,
    timeout: float | None = None,
    schema: str | None = None,
) -> Rpc[P, R] | Callable[[Callable[P, R]], Rpc[P, R]]:
    """
    Declare a Postgres function: its arguments and its result are those of the decorated one,
    whose body never runs.

    The return annotation says how the answer is read: ``list[X]`` as rows, ``X`` as exactly one
    row or value, ``X | None`` as one or none, ``None`` as nothing. ``X`` may be any pydantic
    model, a scalar or a JSON type. A `supaopt.selectors.Row` also asks for its columns alone,
    which functions that return rows can do, and functions that return JSON cannot.

    Args:
        function: The declaration.
        name: Name of the Postgres function, when it differs.
        stable: The function is STABLE or IMMUTABLE: it only reads.
        get: Call it by GET, which read replicas and caches can answer. Needs *stable*. A call
            whose arguments a URL cannot carry goes by POST all the same.
        timeout: Seconds to wait for an answer.
        schema: Schema of the function, when it is not the client's own.

    Raises:
        ConfigError: A declaration that cannot be called.

    Examples:
        >>> @rpc(stable=True)
        ... def add(*, a: int, b: int = 0) -> int:
        ...     raise NotImplementedError
        >>> add.request(a=1).content
        b'{"a":1}'
    """

    def declare(function: Callable[P, R]) -> Rpc[P, R]:
        return Rpc(function, name=name, stable=stable, get=get, timeout=timeout, schema=schema)

    return declare if function is None else declare(function)
