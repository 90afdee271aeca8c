"""
Invalidations gathered in a block of code and made at its end, as one.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextvars import Token

_open: Final[ContextVar[tuple[Batch, ...]]] = ContextVar("supaopt_cache_deferred", default=())


class Batch:
    """
    Tags to end when the outermost block ends; of one manager, and one thread or task.
    """

    def __init__(self, owner: object) -> None:
        self._owner = owner
        self._tags: dict[str, None] = {}
        self._token: Token[tuple[Batch, ...]] | None = None

    def open(self) -> None:
        """
        Gather from now on.
        """
        self._token = _open.set((*_open.get(), self))

    def close(self) -> tuple[str, ...]:
        """
        Gather no more, and return what is to be ended now; nothing inside another block.
        """
        assert self._token is not None
        _open.reset(self._token)
        tags = tuple(self._tags)
        if (outer := current(self._owner)) is not None:
            outer.add(tags)
            return ()
        return tags

    def add(self, tags: Iterable[str]) -> None:
        """
        End *tags* too.
        """
        self._tags.update(dict.fromkeys(tags))


def current(owner: object) -> Batch | None:
    """
    Return the innermost block of *owner* that is open here.
    """
    return next((batch for batch in reversed(_open.get()) if batch._owner is owner), None)  # noqa: SLF001 - of the same kind
