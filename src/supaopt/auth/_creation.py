"""
How a user and all that belongs to them come to be, so that it can be tried again.

Supabase Auth and the database share no transaction. So the Auth user comes first, the rest
follows in a transaction of its own, and if that is refused the Auth user is taken back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypedDict, TypeVar

from supaopt.errors import (
    BadGatewayError,
    ConfigError,
    ConflictError,
    RequestError,
    ResponseError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from uuid import UUID

T = TypeVar("T")


class UserAttributes(TypedDict, total=False):
    """
    What Supabase Auth's admin API takes for a new user.
    """

    email: str | None
    phone: str | None
    password: str
    password_hash: str
    email_confirm: bool
    phone_confirm: bool
    user_metadata: dict[str, Any]
    app_metadata: dict[str, Any]
    role: str
    ban_duration: str


class User(Protocol):
    """
    What the flow looks at in a user of Supabase Auth.
    """

    @property
    def email(self) -> str | None:
        """
        E-mail address, in lower case.
        """
        ...

    @property
    def phone(self) -> str | None:
        """
        Telephone number, its digits alone.
        """
        ...

    @property
    def updated_at(self) -> datetime | None:
        """
        When Supabase Auth last changed them.
        """
        ...


class Users(Protocol):
    """
    The users that Supabase Auth keeps.
    """

    async def make(self, wanted: dict[str, Any], /) -> User:
        """
        Make a user and return them.
        """
        ...

    async def find(self, user_id: str, /) -> User | None:
        """
        Return the user with an id, or None.
        """
        ...

    async def touch(self, user_id: str, /) -> None:
        """
        Change nothing but ``updated_at``.
        """
        ...

    async def remove(self, user_id: str, /) -> None:
        """
        Remove a user, if they are there.
        """
        ...


def checked(user_id: UUID, attributes: UserAttributes) -> dict[str, Any]:
    """
    Return what to send to Supabase Auth.

    Raises:
        ConfigError: There is no address, or an attribute that Supabase Auth would pass over.
    """
    if unknown := sorted(attributes.keys() - UserAttributes.__annotations__.keys()):
        raise ConfigError(
            f"create_user knows no {', '.join(map(repr, unknown))}: it takes "
            f"{', '.join(UserAttributes.__annotations__)}"
        )
    if not attributes.get("email") and not attributes.get("phone"):
        raise ConfigError("create_user needs email or phone")
    return {**attributes, "id": str(user_id)}


async def create(users: Users, wanted: dict[str, Any], finish: Callable[[], Awaitable[T]]) -> T:
    """
    Make the Auth user, finish them, and take them back if that is refused.

    Args:
        users: Where Auth users are.
        wanted: From `checked`.
        finish: Makes the rest.
    """
    try:
        made = await _obtain(users, wanted)
    except RequestError as error:
        _advise_another_try(error, wanted["id"])
        raise
    try:
        return await finish()
    except Exception as error:
        if _in_doubt(error):
            _advise_another_try(error, wanted["id"])
        elif made is None:
            error.add_note(f"the Auth user {wanted['id']}, made by an earlier try, is still there")
        else:
            await _take_back(users, wanted["id"], made, error)
        raise


async def _obtain(users: Users, wanted: dict[str, Any]) -> User | None:
    # Returns the user that this call made; None for one whom an earlier try has made.
    try:
        return await _made(users, wanted)
    except ResponseError as refused:
        if not _may_be_ours(refused) or (found := await users.find(wanted["id"])) is None:
            raise
        if not _has_addresses(found, wanted):
            raise ConflictError(
                f"create_user: the user with the id {wanted['id']} has another address",
                status=409,
                code="id_exists",
            ) from refused
    # Whoever made this user must not take them back any more.
    await users.touch(wanted["id"])
    return None


async def _made(users: Users, wanted: dict[str, Any]) -> User:
    try:
        return await users.make(wanted)
    except ResponseError as refused:
        if not _is_unexplained(refused):
            raise
    # Who loses a race for an address or an id is refused by the database, for no stated reason.
    # Now that the race is over, Supabase Auth has one.
    return await users.make(wanted)


def _is_unexplained(refused: ResponseError) -> bool:
    return refused.status == 500


def _may_be_ours(refused: ResponseError) -> bool:
    return isinstance(refused, ConflictError) or _is_unexplained(refused)


def _has_addresses(user: User, wanted: dict[str, Any]) -> bool:
    email, phone = wanted.get("email"), wanted.get("phone")
    return (not email or email.lower() == (user.email or "").lower()) and (
        not phone or _digits(phone) == _digits(user.phone or "")
    )


def _digits(phone: str) -> str:
    return phone.removeprefix("+").replace(" ", "")


async def _take_back(users: Users, user_id: str, made: User, error: Exception) -> None:
    # The error of finish is the one to raise, whatever becomes of this.
    try:
        found = await users.find(user_id)
        if found is None:
            return
        if found.updated_at != made.updated_at:
            error.add_note(f"the Auth user {user_id} is in use since, so they are still there")
            return
        await users.remove(user_id)
    except (RequestError, ResponseError) as left:
        error.add_note(f"the Auth user {user_id} may still be there: {left}")


def _in_doubt(error: Exception) -> bool:
    # The transaction may have been committed although nobody was told.
    import httpx  # noqa: PLC0415

    return isinstance(error, RequestError | BadGatewayError | OSError | httpx.TransportError)


def _advise_another_try(error: Exception, user_id: str) -> None:
    error.add_note(f"whether the user is complete is unknown: try again with user_id={user_id}")
