"""
What a read needs of the world, and its dice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from supaopt.cache._config import CacheConfig
    from supaopt.cache._far import Far
    from supaopt.cache._gate import Board
    from supaopt.cache._model import CacheEvent, Hit
    from supaopt.cache._ports import Background, BulkStore, CacheStore, Copies


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """
    What a read needs of the world.

    Attributes:
        store: The tier that holds leases.
        bulk: The same, if it can look up many keys at once.
        board: Flights of this process, or of this event loop.
        emit: Told what happened; must not raise.
        hit: Told of each hit, by tier and key, as an event would cost more than the rest.
        patience: Seconds after which a leader that does not come back is replaced.
        near: The tier in this process, and what is known of the log, if that is followed.
        far: The tier that processes share, if any.
        background: Runs what no caller waits for.
        wall: Seconds since the epoch.
        chance: A number from 0 up to below 1, another each time.
    """

    store: CacheStore
    bulk: BulkStore | None
    board: Board
    emit: Callable[[CacheEvent], None]
    hit: Callable[[str, str], None]
    patience: float
    near: Copies | None
    far: Far | None
    background: Background
    wall: Callable[[], float]
    chance: Callable[[], float]


def headstart(config: CacheConfig, ports: Ports) -> float:
    """
    Return how many seconds before its end to compute an answer anew: another number each time,
    so that one of many readers does so in good time and few at once (XFetch).
    """
    return -config.early_refresh * math.log(1.0 - ports.chance())


def is_early(hit: Hit, config: CacheConfig, max_age: float, ports: Ports) -> bool:
    """
    Say whether *hit* is so near its end that this reader is to compute it anew.
    """
    if not config.early_refresh or hit.stored_at is None:
        return False
    left = max_age - (ports.wall() - hit.stored_at.timestamp())
    return left <= headstart(config, ports)
