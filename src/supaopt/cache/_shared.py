"""
The read of what processes share: by each caller for itself, which is quicker than to wait for
another's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from supaopt.cache._codec import codec_for
from supaopt.cache._entry import Facts, waits_out
from supaopt.cache._keep import Keeper
from supaopt.cache._model import CacheEvent
from supaopt.cache._near import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supaopt.cache._config import CacheConfig
    from supaopt.cache._entry import Entry
    from supaopt.cache._far import Head
    from supaopt.cache._ports import Mark
    from supaopt.cache._world import Ports


class Shared(NamedTuple):
    """
    What processes share.

    Attributes:
        value: The answer, for one caller.
        head: What travelled with it.
        data: The same as JSON text.
    """

    value: Any
    head: Head
    data: bytes

    def entry(self, key: str, config: CacheConfig, now: float) -> Entry[Any]:
        """
        Return the value with what is known of it at *now*, in seconds since the epoch.
        """
        head = self.head
        ends = head.life + waits_out(config, self.data)
        facts = Facts(head.tags, head.born, head.life, ends, "redis")
        return facts.entry(self.value, config.age_of(key), config, now)


async def shared(ports: Ports, key: str, config: CacheConfig, kind: Any) -> Shared | None:
    """
    Return the entry, or None; a failing tier is a miss.
    """
    far, near = ports.far, ports.near
    if far is None or near is None or not config.copied_age or (mark := near.mark()) is None:
        return None
    found = await far.fetch(key, mark, max_age=config.age_of(key))
    if found is None:
        return None
    value = _take(ports, key, config, kind, found, mark=mark)
    return None if value is MISSING else Shared(value, *found)


async def shared_many(
    ports: Ports, configs: Mapping[str, CacheConfig], kind: Any
) -> dict[str, Any]:
    """
    Return the values of those keys that processes share; a failing tier is a miss.
    """
    far, near = ports.far, ports.near
    if far is None or near is None or (mark := near.mark()) is None:
        return {}
    ages = {key: config.age_of(key) for key, config in configs.items() if config.copied_age}
    found = await far.fetch_many(ages, mark)
    return {
        key: _take(ports, key, configs[key], kind, entry, mark=mark) for key, entry in found.items()
    }


def _take(
    ports: Ports,
    key: str,
    config: CacheConfig,
    kind: Any,
    found: tuple[Head, bytes],
    *,
    mark: Mark,
) -> Any:
    head, data = found
    codec = codec_for(kind)
    try:
        value = codec.decode(data)
    except ValueError as error:  # an entry of an older release may not fit today's type
        ports.emit(CacheEvent(kind="error", tier="redis", key=key, error=error))
        return MISSING
    ports.hit("redis", key)
    if ports.near is not None and ports.near.keeps:
        keeper = Keeper(
            ports=ports, key=key, config=config, kind=kind, codec=codec, max_age=config.age_of(key)
        )
        keeper.copy(head.hit(data), value, mark._replace(watermark=head.vouched), head.life)
    return value
