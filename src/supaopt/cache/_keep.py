"""
Where an answer is put, tier by tier, and for how long.

The database first, so that a crash leaves a miss and never an upper tier that is ahead of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supaopt.cache._ports import Offer
from supaopt.cache._world import headstart

if TYPE_CHECKING:
    from supaopt.cache._codec import Codec
    from supaopt.cache._config import CacheConfig
    from supaopt.cache._model import Hit
    from supaopt.cache._ports import Mark
    from supaopt.cache._world import Ports


@dataclass(slots=True, kw_only=True)  # frozen ones take three times as long to make
class Keeper:
    """
    Puts one key's answers away.

    Attributes:
        ports: The tiers.
        key: The key.
        config: What the caller asks for.
        kind: The type that the answer is read as.
        codec: Reads that type.
        max_age: The duration in seconds, jitter taken off.
    """

    ports: Ports
    key: str
    config: CacheConfig
    kind: Any
    codec: Codec[Any]
    max_age: float

    async def store(self, data: bytes, lease: str) -> bool:
        """
        Put a fresh answer into the database; False if a write has overtaken it.
        """
        return await self.ports.store.store(
            self.key, data, duration=self._kept(data), tags=self.config.tags, lease=lease
        )

    async def share(self, hit: Hit, mark: Mark | None) -> None:
        """
        Put an entry that the database vouched for after *mark* where other processes look.
        """
        far = self.ports.far
        if far is not None and mark is not None and hit.lease is not None:
            await far.keep(self.key, hit, mark, life=self._life_of(hit))

    def copy(self, hit: Hit, value: Any, mark: Mark | None) -> bool:
        """
        Copy an entry into this process; False if it is dead by now, or there is no such tier.
        """
        near = self.ports.near
        if near is None or not near.keeps or mark is None or hit.lease is None:
            return False
        offer = Offer(
            value=value,
            data=hit.data,
            kind=self.kind,
            codec=self.codec,
            lease=hit.lease,
            tags=hit.tags,
            life=self._life_of(hit),
            early=headstart(self.config, self.ports),
            stored_at=hit.stored_at,
        )
        return near.put(self.key, offer, mark)

    def _life_of(self, hit: Hit) -> float:
        if hit.stored_at and hit.expires_at:
            return min(self.max_age, (hit.expires_at - hit.stored_at).total_seconds())
        return min(self.max_age, self._kept(hit.data))

    def _kept(self, data: bytes) -> float:
        # What is past its duration waits out its grace, but for a None of its own duration.
        config = self.config
        if data == b"null" and config.none_duration is not None:
            return config.none_duration
        return config.max_age + config.grace
