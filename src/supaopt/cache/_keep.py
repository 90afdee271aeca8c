"""
Where an answer is put, tier by tier, and for how long.

The database first, so that a crash leaves a miss and never an upper tier that is ahead of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supaopt.cache._entry import Facts, waits_out
from supaopt.cache._ports import NewEntry, Offer
from supaopt.cache._world import headstart

if TYPE_CHECKING:
    from supaopt.cache._codec import Codec
    from supaopt.cache._config import CacheConfig
    from supaopt.cache._context import Terms
    from supaopt.cache._entry import Source
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
        adaptive: Whether computations may set a duration of their own.
    """

    ports: Ports
    key: str
    config: CacheConfig
    kind: Any
    codec: Codec[Any]
    max_age: float
    adaptive: bool = False

    async def store(self, data: bytes, lease: str, terms: Terms) -> bool:
        """
        Put a fresh answer into the database; False if a write has overtaken it.
        """
        new = self.new(data, lease, terms)
        return await self.ports.store.store(
            new.key, new.data, duration=new.duration, tags=new.tags, lease=new.lease
        )

    def new(self, data: bytes, lease: str, terms: Terms) -> NewEntry:
        """
        Return what the database is to keep of a fresh answer.
        """
        kept = self._allowed(data, terms.duration) + waits_out(self.config, data)
        return NewEntry(key=self.key, data=data, duration=kept, tags=terms.tags, lease=lease)

    def life_of(self, hit: Hit) -> float:
        """
        Return at which age an entry is to be computed anew, in seconds.
        """
        if hit.stored_at is None or hit.expires_at is None:
            return self.life_under(hit.data)
        life = (hit.expires_at - hit.stored_at).total_seconds()
        # Who may have set a duration has had the grace added to it.
        return min(self.max_age, life - waits_out(self.config, hit.data) if self.adaptive else life)

    def life_under(self, data: bytes, duration: float | None = None) -> float:
        """
        Return the same of an answer whose computation set *duration*, or nothing.
        """
        return min(self.max_age, self._allowed(data, duration))

    def facts(self, hit: Hit, life: float, source: Source) -> Facts:
        """
        Return what is known of an entry that is served for *life* seconds from its store on.
        """
        born = None if hit.stored_at is None else hit.stored_at.timestamp()
        return Facts(hit.tags, born, life, life + waits_out(self.config, hit.data), source)

    async def share(self, hit: Hit, mark: Mark | None, life: float) -> None:
        """
        Put an entry that the database vouched for after *mark* where other processes look.
        """
        far = self.ports.far
        if far is not None and mark is not None and hit.lease is not None:
            await far.keep(self.key, hit, mark, life=life)

    def copy(self, hit: Hit, value: Any, mark: Mark | None, life: float) -> bool:
        """
        Copy an entry into this process for *life* seconds from its store on; False if it is dead
        by now, or there is no such tier.
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
            life=min(self.max_age, life),
            early=headstart(self.config, self.ports),
            stored_at=hit.stored_at,
        )
        return near.put(self.key, offer, mark)

    def _allowed(self, data: bytes, duration: float | None) -> float:
        # Longest age in seconds.
        if duration is not None:
            return min(duration, self.config.max_age)
        own = self.config.none_duration
        return own if data == b"null" and own is not None else self.config.max_age
