"""
Signing in and out: each call on a client of its own, thrown away afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from supabase import AsyncClient, Client
    from supabase_auth.types import AuthResponse, Session

    from supaopt._adapters.pool import AsyncPool, Pool

Scope = Literal["global", "local", "others"]


class Sessions:
    """
    The session methods of `SupabaseAuth`.

    None of them changes the object: a session belongs to whoever gets it.
    """

    _pool: Pool

    @property
    def anonymous_client(self) -> Client:
        """
        A new client that acts as nobody: the ``anon`` role, under row-level security.
        """
        return self._pool.client(None)

    @property
    def admin_client(self) -> Client:
        """
        A new client with the secret key: it bypasses row-level security.

        Raises:
            ConfigError: The object was made without ``secret_key``.
        """
        return self._pool.admin()

    def sign_in(
        self, *, password: str, email: str | None = None, phone: str | None = None
    ) -> Session:
        """
        Sign a user in with a password.

        Args:
            password: The password.
            email: Their e-mail address; or
            phone: their telephone number.

        Returns:
            The session, with ``access_token`` and ``refresh_token``.

        Raises:
            TokenInvalidError: The credentials are wrong.
            ResponseError: Supabase Auth refuses for another reason.
            RequestError: No answer arrived.
        """
        from supaopt._adapters.sessions import mapped, session_of  # noqa: PLC0415

        credentials = _credentials(password, email, phone)
        with mapped("sign_in"):
            answer = self._pool.throwaway().auth.sign_in_with_password(credentials)
        return session_of("sign_in", answer)

    def sign_up(
        self,
        *,
        password: str,
        email: str | None = None,
        phone: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> AuthResponse:
        """
        Make a user who signs themselves up.

        Args:
            password: The password.
            email: Their e-mail address; or
            phone: their telephone number.
            data: What becomes their ``user_metadata``.

        Returns:
            The user, and the session unless the address has to be confirmed first.

        Raises:
            ResponseError: Supabase Auth refuses, as for a weak password.
            RequestError: No answer arrived.
        """
        from supaopt._adapters.sessions import mapped  # noqa: PLC0415

        credentials = _credentials(password, email, phone) | {"options": {"data": data or {}}}
        with mapped("sign_up"):
            return self._pool.throwaway().auth.sign_up(credentials)

    def refresh(self, refresh_token: str) -> Session:
        """
        Exchange a refresh token, which is good once, for a new session.

        Raises:
            TokenInvalidError: It was used before, or never was one.
            RequestError: No answer arrived.
        """
        from supaopt._adapters.sessions import mapped, session_of  # noqa: PLC0415

        _check_refresh_token(refresh_token)
        with mapped("refresh"):
            answer = self._pool.throwaway().auth.refresh_session(refresh_token)
        return session_of("refresh", answer)

    def sign_out(self, token: str, scope: Scope = "local") -> None:
        """
        End the session of an access token.

        The token itself stays good until it expires, wherever it is verified locally; name
        ``is_revoked`` among the options where that is too long.

        Args:
            token: The user's access token.
            scope: ``local`` ends this session, ``others`` the user's others, ``global`` all.

        Raises:
            TokenInvalidError: The token is not good.
            RequestError: No answer arrived.
        """
        from supaopt._adapters.sessions import mapped  # noqa: PLC0415

        with mapped("sign_out"):
            self._pool.throwaway().auth.admin.sign_out(token, scope)


class AsyncSessions:
    """
    The session methods of `AsyncSupabaseAuth`; see `Sessions`.
    """

    _pool: AsyncPool

    @property
    def anonymous_client(self) -> AsyncClient:
        """
        A new client that acts as nobody: the ``anon`` role, under row-level security.
        """
        return self._pool.client(None)

    @property
    def admin_client(self) -> AsyncClient:
        """
        A new client with the secret key: it bypasses row-level security.
        """
        return self._pool.admin()

    async def sign_in(
        self, *, password: str, email: str | None = None, phone: str | None = None
    ) -> Session:
        """
        Sign a user in with a password; see `Sessions.sign_in`.
        """
        from supaopt._adapters.sessions import mapped, session_of  # noqa: PLC0415

        credentials = _credentials(password, email, phone)
        with mapped("sign_in"):
            answer = await self._pool.throwaway().auth.sign_in_with_password(credentials)
        return session_of("sign_in", answer)

    async def sign_up(
        self,
        *,
        password: str,
        email: str | None = None,
        phone: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> AuthResponse:
        """
        Make a user who signs themselves up; see `Sessions.sign_up`.
        """
        from supaopt._adapters.sessions import mapped  # noqa: PLC0415

        credentials = _credentials(password, email, phone) | {"options": {"data": data or {}}}
        with mapped("sign_up"):
            return await self._pool.throwaway().auth.sign_up(credentials)

    async def refresh(self, refresh_token: str) -> Session:
        """
        Exchange a refresh token, which is good once, for a new session; see `Sessions.refresh`.
        """
        from supaopt._adapters.sessions import mapped, session_of  # noqa: PLC0415

        _check_refresh_token(refresh_token)
        with mapped("refresh"):
            answer = await self._pool.throwaway().auth.refresh_session(refresh_token)
        return session_of("refresh", answer)

    async def sign_out(self, token: str, scope: Scope = "local") -> None:
        """
        End the session of an access token; see `Sessions.sign_out`.
        """
        from supaopt._adapters.sessions import mapped  # noqa: PLC0415

        with mapped("sign_out"):
            await self._pool.throwaway().auth.admin.sign_out(token, scope)


def _credentials(password: str, email: str | None, phone: str | None) -> Any:
    if (email is None) == (phone is None):
        raise ConfigError("name the user by email or by phone, one of them")
    who = {"email": email} if email is not None else {"phone": phone}
    return {**who, "password": password}


def _check_refresh_token(refresh_token: str) -> None:
    # supabase-py takes an empty one for "that of my own session".
    if not refresh_token:
        raise ConfigError("refresh_token is empty; it is in the session that sign_in returned")
