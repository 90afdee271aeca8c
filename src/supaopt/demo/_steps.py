"""
The port through which the demo tells how far it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Steps(Protocol):
    """
    Where progress is shown.
    """

    def step(self, name: str, total: int | None = None) -> Callable[[int], object]:
        """
        Begin a step, which ends the one before.

        Args:
            name: What is going on.
            total: About how many units it has, or None when that is not known.

        Returns:
            What to call with the number of units done since the last call, from any thread.
        """
        ...


class Silent:
    """
    Shows nothing.
    """

    def step(self, name: str, total: int | None = None) -> Callable[[int], object]:  # noqa: ARG002 - a port
        """
        Return something that may be called.
        """
        return lambda _count: None
