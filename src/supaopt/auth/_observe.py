"""
Telling an observer how each request was judged.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from supaopt.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

R = TypeVar("R")

_LOG = logging.getLogger("supaopt.auth")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthEvent:
    """
    One request that was judged.

    Attributes:
        outcome: ``ok``, or the code of the `AuthError`.
        status: 200, or the status of the `AuthError`.
        began_ns: When it began, in nanoseconds since the epoch.
        seconds: How long it took.
    """

    outcome: str
    status: int
    began_ns: int
    seconds: float


def observed(observe: Callable[[AuthEvent], None], judge: Callable[[], R]) -> R:
    """
    Judge a request and tell *observe* how it went.
    """
    watch = _Watch(observe)
    try:
        result = judge()
    except AuthError as error:
        watch.tell(error.code, error.status)
        raise
    watch.tell("ok", 200)
    return result


async def observed_async(observe: Callable[[AuthEvent], None], judge: Awaitable[R]) -> R:
    """
    Judge a request and tell *observe* how it went.
    """
    watch = _Watch(observe)
    try:
        result = await judge
    except AuthError as error:
        watch.tell(error.code, error.status)
        raise
    watch.tell("ok", 200)
    return result


class _Watch:
    def __init__(self, observe: Callable[[AuthEvent], None]) -> None:
        self._observe = observe
        self._began_ns = time.time_ns()
        self._began = time.perf_counter()

    def tell(self, outcome: str, status: int) -> None:
        event = AuthEvent(
            outcome=outcome,
            status=status,
            began_ns=self._began_ns,
            seconds=time.perf_counter() - self._began,
        )
        try:
            self._observe(event)
        except Exception:  # noqa: BLE001 - whoever watches must not decide who is let in
            _LOG.exception("an observer of authentication failed")
