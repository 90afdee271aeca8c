"""
Making users, complete or not at all: the account methods of both auth objects.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from supaopt._coroutine import run
from supaopt.auth._creation import checked, create
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Unpack
    from uuid import UUID

    from supaopt._adapters.pool import AsyncPool, Pool
    from supaopt.auth._creation import UserAttributes

T = TypeVar("T")


class Accounts:
    """
    The account methods of `SupabaseAuth`.
    """

    _pool: Pool

    def create_user(
        self,
        finish: Callable[[UUID], T],
        *,
        user_id: UUID | None = None,
        **attributes: Unpack[UserAttributes],
    ) -> T:
        """
        Make an Auth user with the secret key, then whatever *finish* makes for them.

        Args:
            finish: Gets the user's id and makes the rest in one transaction, as
                `supaopt.rpc.create_user_and_profile_atomic` does. Must be safe to run twice, and
                raise nothing once that transaction is done.
            user_id: Id for the user, a random one by default. After a `RequestError` pass the
                same one to try again: a user who is there already is not made anew, and keeps
                the password that they have.
            attributes: What Supabase Auth's admin API takes: ``email`` or ``phone``,
                ``password``, ``email_confirm``, ``user_metadata``, ``app_metadata`` and more.

        Returns:
            What *finish* returned.

        Raises:
            ConfigError: There is no secret key, no address, or an attribute that does not exist.
            ConflictError: Another user has the address or the id.
            ResponseError: Supabase Auth refuses, as for a weak password.
            RequestError: No answer arrived. Whether the user is complete is unknown, so they are
                left as they are; a note on the error has the id to try again with. A call that is
                cancelled leaves them likewise.
            Exception: What *finish* raised; the user that this call made is gone again. If they
                could not be removed, or an earlier or simultaneous try with the same id made
                or finished them, a note on the error says which user is left.

        Examples:
            >>> from supaopt.auth import SupabaseAuth
            >>> from supaopt.rpc import create_user_and_profile_atomic
            >>> def welcome(auth: SupabaseAuth, email: str, password: str):
            ...     return auth.create_user(
            ...         lambda user_id: create_user_and_profile_atomic(
            ...             auth.admin_client, p_user_id=user_id, p_role="staff", p_full_name="Ada"
            ...         ),
            ...         email=email,
            ...         password=password,
            ...         email_confirm=True,
            ...     )
        """
        from supaopt._adapters.users import AdminUsers  # noqa: PLC0415

        user_id = user_id or uuid4()
        wanted = checked(user_id, attributes)

        async def rest() -> T:
            return _finished(finish(user_id))

        return run(create(AdminUsers(self._pool.admin()), wanted, rest))


class AsyncAccounts:
    """
    The account methods of `AsyncSupabaseAuth`; see `Accounts`.
    """

    _pool: AsyncPool

    async def create_user(
        self,
        finish: Callable[[UUID], Awaitable[T]],
        *,
        user_id: UUID | None = None,
        **attributes: Unpack[UserAttributes],
    ) -> T:
        """
        Make an Auth user, then whatever *finish* makes for them; see `Accounts.create_user`.
        """
        from supaopt._adapters.users import AsyncAdminUsers  # noqa: PLC0415

        user_id = user_id or uuid4()
        wanted = checked(user_id, attributes)

        async def rest() -> T:
            return await finish(user_id)

        return await create(AsyncAdminUsers(self._pool.admin()), wanted, rest)


def _finished(result: T) -> T:
    # An awaitable would be returned unawaited, as if it had made anything.
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise ConfigError("finish is asynchronous: use AsyncSupabaseAuth")
    return result
