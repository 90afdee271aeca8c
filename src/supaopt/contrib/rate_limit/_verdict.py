"""
What a limit says, as HTTP says it: draft-ietf-httpapi-ratelimit-headers, RFC 6585, RFC 9457.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from supaopt.auth._problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: Final = "https://iana.org/assignments/http-problem-types#"
_RETRY_AFTER: Final = 5


@dataclass(frozen=True, slots=True)
class Window:
    """
    One allowance of a limit, as it stands.

    Attributes:
        quota: Requests allowed in it.
        seconds: How long it is.
        remaining: Requests left.
        reset: Seconds until there are more.
    """

    quota: int
    seconds: int
    remaining: int
    reset: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    Whether a request may pass.

    Attributes:
        allowed: Whether it may.
        name: Of the limit.
        windows: The shortest first. Empty when nobody could count.
    """

    allowed: bool
    name: str
    windows: tuple[Window, ...] = ()

    @property
    def status(self) -> int:
        """
        200; 429 for who asks too often; 503 when nobody could count and none may pass uncounted.
        """
        if self.allowed:
            return 200
        return 429 if self.windows else 503

    @property
    def headers(self) -> Mapping[str, str]:
        """
        What an answer tells of the limit, names in lower case.
        """
        headers: dict[str, str] = {}
        if self.windows:
            names = self._names()
            headers["ratelimit-policy"] = ", ".join(
                f'"{name}";q={w.quota};w={w.seconds}'
                for name, w in zip(names, self.windows, strict=True)
            )
            headers["ratelimit"] = ", ".join(
                f'"{name}";r={w.remaining};t={math.ceil(w.reset)}'
                for name, w in zip(names, self.windows, strict=True)
            )
        if not self.allowed:
            headers["retry-after"] = str(self._retry_after())
        return headers

    def problem(self) -> Problem:
        """
        Return the whole answer to a request that may not pass.
        """
        if self.windows:
            title, kind = "Too Many Requests", "quota-exceeded"
            detail = f"too many requests; try again in {self._retry_after()} s"
            named = zip(self._names(), self.windows, strict=True)
            violated = [name for name, window in named if not window.remaining]
            members: dict[str, Any] = {"violated-policies": violated}
        else:
            title, kind = "Service Unavailable", "temporary-reduced-capacity"
            detail, members = "requests cannot be counted now; try again later", {}
        headers = {"content-type": "application/problem+json", "cache-control": "no-store"}
        return Problem(
            self.status,
            headers | dict(self.headers),
            {
                "type": _TYPES + kind,
                "title": title,
                "status": self.status,
                "detail": detail,
                "code": "rate_limited" if self.windows else "rate_limit_unavailable",
                **members,
            },
        )

    def _names(self) -> list[str]:
        if len(self.windows) == 1:
            return [self.name]
        return [f"{self.name}-{window.seconds}s" for window in self.windows]

    def _retry_after(self) -> int:
        if not self.windows:
            return _RETRY_AFTER
        waits = [window.reset for window in self.windows if not window.remaining]
        return max(1, math.ceil(max(waits, default=0)))
