"""
The door to Supabase Auth's admin API: the users that it keeps, made and taken back.

Both colours have the same ``async def`` methods; those of `AdminUsers` never suspend.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from supaopt._adapters.sessions import mapped
from supaopt.errors import ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from supabase import AsyncClient, Client
    from supabase_auth.types import AdminUserAttributes, User

_WHAT = "create_user"
# Changes nothing, and yet Supabase Auth takes note of when.
_NOTHING: Any = {"user_metadata": {}}


class AdminUsers:
    """
    The users of a project.

    Args:
        client: A client with the secret key.
    """

    def __init__(self, client: Client) -> None:
        self._admin = client.auth.admin

    async def make(self, wanted: dict[str, Any]) -> User:
        """
        Make a user and return them.

        Raises:
            ConflictError: Another user has the address.
            ResponseError: Supabase Auth refuses for another reason.
            RequestError: No answer arrived, or none that says what became of it.
        """
        with mapped(_WHAT):
            return self._admin.create_user(cast("AdminUserAttributes", wanted)).user

    async def find(self, user_id: str) -> User | None:
        """
        Return the user with an id, or None.
        """
        with _if_there():
            return self._admin.get_user_by_id(user_id).user
        return None

    async def touch(self, user_id: str) -> None:
        """
        Leave the user as they are, but for the time of their last change.
        """
        with mapped(_WHAT):
            self._admin.update_user_by_id(user_id, _NOTHING)

    async def remove(self, user_id: str) -> None:
        """
        Remove a user; one who is gone already stays gone.
        """
        with _if_there():
            self._admin.delete_user(user_id)


class AsyncAdminUsers:
    """
    The users of a project, asked for without blocking the event loop; see `AdminUsers`.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._admin = client.auth.admin

    async def make(self, wanted: dict[str, Any]) -> User:
        """
        Make a user; see `AdminUsers.make`.
        """
        with mapped(_WHAT):
            return (await self._admin.create_user(cast("AdminUserAttributes", wanted))).user

    async def find(self, user_id: str) -> User | None:
        """
        Return the user with an id, or None.
        """
        with _if_there():
            return (await self._admin.get_user_by_id(user_id)).user
        return None

    async def touch(self, user_id: str) -> None:
        """
        Leave the user as they are; see `AdminUsers.touch`.
        """
        with mapped(_WHAT):
            await self._admin.update_user_by_id(user_id, _NOTHING)

    async def remove(self, user_id: str) -> None:
        """
        Remove a user; see `AdminUsers.remove`.
        """
        with _if_there():
            await self._admin.delete_user(user_id)


@contextmanager
def _if_there() -> Iterator[None]:
    try:
        with mapped(_WHAT):
            yield
    except ResponseError as refused:
        if refused.status != 404:
            raise
