"""
`SupabaseAuth` and `AsyncSupabaseAuth`: the parts, wired to a clock and the network.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from supaopt.auth._accounts import Accounts, AsyncAccounts
from supaopt.auth._cache import digest
from supaopt.auth._claims import ClaimsT
from supaopt.auth._guards import with_roles
from supaopt.auth._jwks import AsyncJwks, Jwks
from supaopt.auth._observe import watched
from supaopt.auth._project import Project
from supaopt.auth._request import AnyRequest
from supaopt.auth._result import (
    AuthResult,
    admit,
    admit_async,
    answer,
    answer_async,
    refuse_revoked,
)
from supaopt.auth._sessions import AsyncSessions, Sessions
from supaopt.auth._settings import AuthOptions, Settings, from_environment
from supaopt.auth._token import parse
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping
    from types import TracebackType
    from typing import Self, Unpack

    from supabase import AsyncClient, Client

    from supaopt.auth._cache import Verified
    from supaopt.auth._guards import Guard

P = ParamSpec("P")
R = TypeVar("R")
RequestT = TypeVar("RequestT", bound=AnyRequest)


class SupabaseAuth(Project[ClaimsT], Sessions, Accounts):
    """
    Tells who sent a request, from the token in it and without asking anybody.

    Make one for the life of the process: it holds the project's keys, the tokens it has verified,
    and the connections that all callers' clients share.

    Args:
        url: The project's URL.
        publishable_key: The ``sb_publishable_...`` or anon key; a secret key is refused.
        jwt_secret: The legacy HS256 secret, for a project that still has tokens signed with it.
            Tokens signed with the project's published keys are accepted beside it.
        claims: What claims are read as, a subclass of `Claims`.
        options: See `AuthOptions`.

    Raises:
        ConfigError: A value cannot be right; the message says which, why and what to do.

    Examples:
        >>> auth = SupabaseAuth(
        ...     "https://abcdefghijklmnopqrst.supabase.co", publishable_key="sb_publishable_x"
        ... )
        >>> auth.authenticate_request({"accept": "*/*"})
        Traceback (most recent call last):
        ...
        supaopt.errors.TokenInvalidError: no Authorization header
    """

    def __init__(
        self,
        url: str,
        *,
        publishable_key: str,
        jwt_secret: str | bytes | None = None,
        claims: type[ClaimsT] | None = None,
        **options: Unpack[AuthOptions],
    ) -> None:
        # Half a second of imports, at start-up rather than in the first request.
        from supaopt._adapters import jwks, pool  # noqa: PLC0415

        settings = Settings(
            url=url, publishable_key=publishable_key, jwt_secret=jwt_secret, **options
        )
        super().__init__(settings, claims)
        self._pool = shared = pool.Pool(settings)
        self._jwks = Jwks(lambda: jwks.fetch(shared.http, settings.jwks_url), settings.jwks)

    @classmethod
    def from_env(
        cls,
        env: Mapping[str, str] | None = None,
        *,
        claims: type[ClaimsT] | None = None,
        **options: Unpack[AuthOptions],
    ) -> Self:
        """
        Make one from Supabase's usual environment variables.

        Args:
            env: Where to look instead of `os.environ`: ``SUPABASE_URL``,
                ``SUPABASE_PUBLISHABLE_KEY`` or ``SUPABASE_ANON_KEY``; if there,
                ``SUPABASE_SECRET_KEY`` or ``SUPABASE_SERVICE_ROLE_KEY``, and for a legacy project
                ``SUPABASE_JWT_SECRET``.
            claims: What claims are read as, a subclass of `Claims`.
            options: See `AuthOptions`; they go before the environment.

        Raises:
            ConfigError: A variable is missing or cannot be right.
        """
        return cls(**from_environment(env, options), claims=claims)

    def authenticate_request(
        self,
        request: AnyRequest,
        *guards: Guard,
        required_roles: Iterable[str] | None = None,
    ) -> AuthResult[ClaimsT, Client]:
        """
        Return who sent *request*.

        Args:
            request: A framework's request, an ASGI scope, a WSGI environ or a mapping of headers.
            guards: What the caller must satisfy.
            required_roles: Roles of which the caller must have one; short for `any_of`.

        Raises:
            TokenExpiredError: Answer 401; the client should refresh its session.
            TokenInvalidError: Answer 401.
            ForbiddenError: Answer 403: known, but not allowed.
            KeysUnavailableError: Answer 503: nobody can be verified now.
        """
        observe = self._settings.observe
        if observe is None:
            token = self._token_of(request)
            return self.authenticate(token, *guards, required_roles=required_roles)
        with watched(observe):
            token = self._token_of(request)
            return self.authenticate(token, *guards, required_roles=required_roles)

    def authenticate(
        self, token: str, *guards: Guard, required_roles: Iterable[str] | None = None
    ) -> AuthResult[ClaimsT, Client]:
        """
        Return whose *token* it is; see `authenticate_request`.
        """
        caller = AuthResult(self._verify(token), token, self._pool.client)
        if self._settings.is_revoked is not None:
            refuse_revoked(answer(self._settings.is_revoked, caller.claims))
        if guards or required_roles is not None:
            admit(caller, with_roles(guards, required_roles))
        return caller

    def with_auth(
        self, *guards: Guard, required_roles: Iterable[str] | None = None
    ) -> Callable[
        [Callable[Concatenate[RequestT, AuthResult[ClaimsT, Client], P], R]],
        Callable[Concatenate[RequestT, P], R],
    ]:
        """
        Decorate a handler that takes the request first: the caller becomes its second argument.

        Args:
            guards: What the caller must satisfy.
            required_roles: Roles of which the caller must have one.

        Raises:
            AuthError: From the decorated handler, as in `authenticate_request`.
            ConfigError: The roles cannot be meant, or the handler is a coroutine function, which
                `AsyncSupabaseAuth` decorates.

        Examples:
            >>> @auth.with_auth(required_roles=["admin"])  # doctest: +SKIP
            ... def list_users(request, caller):
            ...     return caller.client.table("profiles").select("id").execute().data
        """
        required = with_roles(guards, required_roles)

        def decorate(
            handler: Callable[Concatenate[RequestT, AuthResult[ClaimsT, Client], P], R],
        ) -> Callable[Concatenate[RequestT, P], R]:
            if inspect.iscoroutinefunction(handler):
                raise ConfigError(f"{handler.__name__} is async; it takes AsyncSupabaseAuth")

            @functools.wraps(handler)
            def guarded(request: RequestT, /, *args: P.args, **kwargs: P.kwargs) -> R:
                caller = self.authenticate_request(request, *required)
                return handler(request, caller, *args, **kwargs)

            return guarded

        return decorate

    def hydrate(self) -> None:
        """
        Fetch the project's keys now, so that the first request need not.

        Raises:
            KeysUnavailableError: They cannot be had.
        """
        self._jwks.hydrate()

    def purge(self) -> None:
        """
        Forget the verified tokens and the keys, as after a key was revoked.
        """
        self._jwks.forget()
        self._verifier.cache.clear()

    def close(self) -> None:
        """
        Close the connections.
        """
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _verify(self, token: str) -> Verified[ClaimsT]:
        key = digest(token)
        entry = self._recall(key, self._jwks)
        if entry is not None:
            return entry
        compact = parse(token)
        ring = self._verifier.secret_ring(compact.header) or self._jwks.ring(compact.header)
        return self._verifier.verify(key, compact, ring)


class AsyncSupabaseAuth(Project[ClaimsT], AsyncSessions, AsyncAccounts):
    """
    `SupabaseAuth` for event loops: the same, awaited, and with an ``AsyncClient`` for the caller.

    One object may serve several loops; each has its own connections.
    """

    def __init__(
        self,
        url: str,
        *,
        publishable_key: str,
        jwt_secret: str | bytes | None = None,
        claims: type[ClaimsT] | None = None,
        **options: Unpack[AuthOptions],
    ) -> None:
        # Half a second of imports, at start-up rather than in the first request.
        from supaopt._adapters import jwks, pool  # noqa: PLC0415

        settings = Settings(
            url=url, publishable_key=publishable_key, jwt_secret=jwt_secret, **options
        )
        super().__init__(settings, claims)
        self._pool = shared = pool.AsyncPool(settings)
        self._jwks = AsyncJwks(lambda: jwks.afetch(shared.http, settings.jwks_url), settings.jwks)

    @classmethod
    def from_env(
        cls,
        env: Mapping[str, str] | None = None,
        *,
        claims: type[ClaimsT] | None = None,
        **options: Unpack[AuthOptions],
    ) -> Self:
        """
        Make one from Supabase's usual environment variables; see `SupabaseAuth.from_env`.
        """
        return cls(**from_environment(env, options), claims=claims)

    async def authenticate_request(
        self,
        request: AnyRequest,
        *guards: Guard,
        required_roles: Iterable[str] | None = None,
    ) -> AuthResult[ClaimsT, AsyncClient]:
        """
        Return who sent *request*; see `SupabaseAuth.authenticate_request`.
        """
        observe = self._settings.observe
        if observe is None:
            token = self._token_of(request)
            return await self.authenticate(token, *guards, required_roles=required_roles)
        with watched(observe):
            token = self._token_of(request)
            return await self.authenticate(token, *guards, required_roles=required_roles)

    async def authenticate(
        self, token: str, *guards: Guard, required_roles: Iterable[str] | None = None
    ) -> AuthResult[ClaimsT, AsyncClient]:
        """
        Return whose *token* it is; see `SupabaseAuth.authenticate_request`.
        """
        caller = AuthResult(await self._verify(token), token, self._pool.client)
        if self._settings.is_revoked is not None:
            refuse_revoked(await answer_async(self._settings.is_revoked, caller.claims))
        if guards or required_roles is not None:
            await admit_async(caller, with_roles(guards, required_roles))
        return caller

    def with_auth(
        self, *guards: Guard, required_roles: Iterable[str] | None = None
    ) -> Callable[
        [
            Callable[
                Concatenate[RequestT, AuthResult[ClaimsT, AsyncClient], P], Coroutine[Any, Any, R]
            ]
        ],
        Callable[Concatenate[RequestT, P], Coroutine[Any, Any, R]],
    ]:
        """
        Decorate a handler that takes the request first; see `SupabaseAuth.with_auth`.
        """
        required = with_roles(guards, required_roles)

        def decorate(
            handler: Callable[
                Concatenate[RequestT, AuthResult[ClaimsT, AsyncClient], P], Coroutine[Any, Any, R]
            ],
        ) -> Callable[Concatenate[RequestT, P], Coroutine[Any, Any, R]]:
            @functools.wraps(handler)
            async def guarded(request: RequestT, /, *args: P.args, **kwargs: P.kwargs) -> R:
                """Authenticate, then handle."""
                caller = await self.authenticate_request(request, *required)
                return await handler(request, caller, *args, **kwargs)

            return guarded

        return decorate

    async def hydrate(self) -> None:
        """
        Fetch the project's keys now, so that the first request need not.
        """
        await self._jwks.hydrate()

    def purge(self) -> None:
        """
        Forget the verified tokens and the keys, as after a key was revoked.
        """
        self._jwks.forget()
        self._verifier.cache.clear()

    async def aclose(self) -> None:
        """
        Close the running loop's connections.
        """
        await self._jwks.aclose()
        await self._pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _verify(self, token: str) -> Verified[ClaimsT]:
        key = digest(token)
        entry = self._recall(key, self._jwks)
        if entry is not None:
            return entry
        compact = parse(token)
        ring = self._verifier.secret_ring(compact.header) or await self._jwks.ring(compact.header)
        return self._verifier.verify(key, compact, ring)
