"""
Who a request comes from, and what lets them through.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Generic

from typing_extensions import TypeVar

from supaopt.auth._claims import ClaimsT, User
from supaopt.auth._guards import UnansweredError
from supaopt.errors import ConfigError, TokenInvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from supaopt.auth._cache import Verified
    from supaopt.auth._guards import Guard, Question

ClientT = TypeVar("ClientT", default=Any)


class AuthResult(Generic[ClaimsT, ClientT]):
    """
    The caller of one request.

    Args:
        verified: What their token proves.
        token: The token itself; only the client gets it.
        make_client: Makes the client, when it is first asked for.
    """

    __slots__ = ("_client", "_make_client", "_token", "_verified")

    def __init__(
        self, verified: Verified[ClaimsT], token: str, make_client: Callable[[str], ClientT]
    ) -> None:
        self._verified = verified
        self._token = token
        self._make_client = make_client
        self._client: ClientT | None = None

    @property
    def user(self) -> User:
        """
        The user.
        """
        return self._verified.user

    @property
    def claims(self) -> ClaimsT:
        """
        What their token says.
        """
        return self._verified.claims

    @property
    def client(self) -> ClientT:
        """
        A Supabase client that acts as the caller, under row-level security.

        Its tables, functions, storage and edge functions all send the caller's token. It shares
        its connections with every other caller's, so there is nothing to close.
        """
        if self._client is None:
            self._client = self._make_client(self._token)
        return self._client

    def require(self, *guards: Guard) -> None:
        """
        Demand more of the caller, such as the tenant that a path names.

        Raises:
            ForbiddenError: A guard does not let them through.
        """
        admit(self, guards)

    def __repr__(self) -> str:
        # Neither the token nor the client, whose headers hold it.
        return f"AuthResult(user={self.user!r})"


def admit(caller: AuthResult[Any, Any], guards: Iterable[Guard]) -> None:
    """
    Ask each guard, and each question of theirs once, in order.

    Raises:
        ForbiddenError: One does not let *caller* through.
        ConfigError: A question is a coroutine function, which nobody can await here.
    """
    answers: dict[Question, bool] = {}
    for guard in guards:
        while (question := _refuse(guard, caller, answers)) is not None:
            answers[question] = answer(question, caller)


async def admit_async(caller: AuthResult[Any, Any], guards: Iterable[Guard]) -> None:
    """
    Ask each guard, and each question of theirs once, in order.

    Raises:
        ForbiddenError: One does not let *caller* through.
    """
    answers: dict[Question, bool] = {}
    for guard in guards:
        while (question := _refuse(guard, caller, answers)) is not None:
            answers[question] = await answer_async(question, caller)


def _refuse(
    guard: Guard, caller: AuthResult[Any, Any], answers: dict[Question, bool]
) -> Question | None:
    try:
        denial = guard.deny(caller.claims, answers)
    except UnansweredError as unanswered:
        return unanswered.question
    if denial is not None:
        raise denial.error()
    return None


def refuse_revoked(revoked: object) -> None:
    """
    Refuse a token unless the answer to "was it called back" is a clear no.

    Raises:
        TokenInvalidError: It was, or the answer is unclear.
    """
    if revoked is not False:
        raise TokenInvalidError("the token was revoked", code="token_revoked")


def answer(question: Question, about: object) -> bool:
    """
    Ask *question*, which must be a plain function.

    Raises:
        ConfigError: It is a coroutine function, which nobody can await here.
    """
    answered = question(about)
    if not inspect.isawaitable(answered):
        return answered
    if inspect.iscoroutine(answered):
        answered.close()
    raise ConfigError("a check is a coroutine function; use AsyncSupabaseAuth, or a plain function")


async def answer_async(question: Question, about: object) -> bool:
    """
    Ask *question*, which may be a coroutine function.
    """
    answered = question(about)
    return await answered if inspect.isawaitable(answered) else answered
