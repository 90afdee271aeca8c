"""
Flows that are written once for both colours, driven without an event loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """
    Run a coroutine whose ports never suspend.

    Raises:
        RuntimeError: One did: a port of the wrong colour was wired in.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        coroutine.close()
    raise RuntimeError("a synchronous port suspended; it belongs to the asynchronous twin")
