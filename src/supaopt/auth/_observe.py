"""
Telling an observer how each request was judged.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supaopt.errors import AuthError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LOG = logging.getLogger("supaopt.auth")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthEvent:
    """
    One request that was judged.

    Attributes:
        outcome: ``ok``, the code of the `AuthError`, or ``error`` when something else went wrong,
            such as a revocation hook.
        status: 200, the status of the `AuthError`, or 500.
        began_ns: When it began, in nanoseconds since the epoch.
        seconds: How long it took.
    """

    outcome: str
    status: int
    began_ns: int
    seconds: float


@contextmanager
def watched(observe: Callable[[AuthEvent], None]) -> Iterator[None]:
    """
    Tell *observe* how the judging inside went.
    """
    began_ns, began = time.time_ns(), time.perf_counter()

    def tell(outcome: str, status: int) -> None:
        seconds = time.perf_counter() - began
        event = AuthEvent(outcome=outcome, status=status, began_ns=began_ns, seconds=seconds)
        try:
            observe(event)
        except Exception:  # noqa: BLE001 - whoever watches must not decide who is let in
            _LOG.exception("an observer of authentication failed")

    try:
        yield
    except AuthError as error:
        tell(error.code, error.status)
        raise
    except Exception:
        tell("error", 500)
        raise
    tell("ok", 200)
