"""
Making a user and all that belongs to them, so that it can be tried again.

Supabase Auth and the database share no transaction. So the Auth user comes first, the rest
follows in a transaction of its own, and if that is refused the Auth user is taken back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from supaopt.errors import ConfigError, ConflictError, RequestError, ResponseError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from supaopt._adapters.pool import AsyncPool, Pool

T = TypeVar("T")


class Accounts:
    """
    The account methods of `SupabaseAuth`.
    """

    _pool: Pool

    def create_user(
        self, finish: Callable[[UUID], T], *, user_id: UUID | None = None, **attributes: Any
    ) -> T:
        """
        Make an Auth user with the secret key, then whatever *finish* makes for them.

        Args:
            finish: Gets the user's id and makes the rest in one transaction, as
                `supaopt.rpc.create_user_and_profile_atomic` does. Must be safe to run twice.
            user_id: Id for the user. After a `RequestError` pass the same one to try again: a
                user who is there already is not made anew.
            attributes: What Supabase Auth's admin API takes: ``email`` or ``phone``,
                ``password``, ``email_confirm``, ``user_metadata``, ``app_metadata``.

        Returns:
            What *finish* returned.

        Raises:
            ConflictError: Another user has the address.
            RequestError: No answer arrived. Whether the user is complete is unknown, so they are
                left as they are.
            Exception: What *finish* raised; the user that this call made is gone again.
        """
        user_id = user_id or uuid4()
        admin = self._pool.admin().auth.admin
        made = _make(admin, _wanted(user_id, attributes))
        try:
            return finish(user_id)
        except RequestError:
            raise
        except Exception as error:
            if made:
                _take_back(admin, user_id, error)
            raise


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
        **attributes: Any,
    ) -> T:
        """
        Make an Auth user, then whatever *finish* makes for them; see `Accounts.create_user`.
        """
        user_id = user_id or uuid4()
        admin = self._pool.admin().auth.admin
        made = await _make_async(admin, _wanted(user_id, attributes))
        try:
            return await finish(user_id)
        except RequestError:
            raise
        except Exception as error:
            if made:
                await _take_back_async(admin, user_id, error)
            raise


def _wanted(user_id: UUID, attributes: dict[str, Any]) -> dict[str, Any]:
    if not attributes.get("email") and not attributes.get("phone"):
        raise ConfigError("create_user needs email or phone")
    return {**attributes, "id": str(user_id)}


def _make(admin: Any, wanted: dict[str, Any]) -> bool:
    # False when an earlier try has made this very user.
    from supaopt._adapters.sessions import mapped  # noqa: PLC0415

    try:
        with mapped("create_user"):
            admin.create_user(wanted)
    except ConflictError as conflict:
        try:
            with mapped("create_user"):
                admin.get_user_by_id(wanted["id"])
        except ResponseError:
            raise conflict from None  # somebody else has the address
        return False
    return True


async def _make_async(admin: Any, wanted: dict[str, Any]) -> bool:
    from supaopt._adapters.sessions import mapped  # noqa: PLC0415

    try:
        with mapped("create_user"):
            await admin.create_user(wanted)
    except ConflictError as conflict:
        try:
            with mapped("create_user"):
                await admin.get_user_by_id(wanted["id"])
        except ResponseError:
            raise conflict from None
        return False
    return True


def _take_back(admin: Any, user_id: UUID, error: Exception) -> None:
    from supaopt._adapters.sessions import mapped  # noqa: PLC0415

    try:
        with mapped("create_user"):
            admin.delete_user(str(user_id))
    except (RequestError, ResponseError) as left:  # the first error is the one to raise
        error.add_note(f"the Auth user {user_id} is still there: {left}")


async def _take_back_async(admin: Any, user_id: UUID, error: Exception) -> None:
    from supaopt._adapters.sessions import mapped  # noqa: PLC0415

    try:
        with mapped("create_user"):
            await admin.delete_user(str(user_id))
    except (RequestError, ResponseError) as left:
        error.add_note(f"the Auth user {user_id} is still there: {left}")
