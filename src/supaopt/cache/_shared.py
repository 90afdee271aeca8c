"""
The read of what processes share: by each caller for itself, which is quicker than to wait for
another's.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from supaopt.cache._codec import codec_for
from supaopt.cache._keep import Keeper
from supaopt.cache._model import CacheEvent
from supaopt.cache._near import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from supaopt.cache._config import CacheConfig
    from supaopt.cache._world import Ports


async def shared(ports: Ports, key: str, config: CacheConfig, kind: Any) -> Any:
    """
    Return a value for the caller, or `MISSING`; a failing tier is a miss.
    """
    far, near = ports.far, ports.near
    if far is None or near is None or not config.copied_age or (mark := near.mark()) is None:
        return MISSING
    max_age = config.age_of(key)
    found = await far.fetch(key, mark, max_age=max_age)
    if found is None:
        return MISSING
    head, data = found
    codec = codec_for(kind)
    try:
        value = codec.decode(data)
    except ValueError as error:  # an entry of an older release may not fit today's type
        ports.emit(CacheEvent(kind="error", tier="redis", key=key, error=error))
        return MISSING
    ports.hit("redis", key)
    if near.keeps:
        keeper = Keeper(
            ports=ports, key=key, config=config, kind=kind, codec=codec, max_age=max_age
        )
        keeper.copy(head.hit(data), value, mark._replace(watermark=head.vouched), head.life)
    return value


async def shared_many(
    ports: Ports, configs: Mapping[str, CacheConfig], kind: Any
) -> dict[str, Any]:
    """
    Return what processes share of these keys, `MISSING` for the others.
    """
    if ports.far is None:
        return {}
    found = await ports.background.each(
        [partial(shared, ports, key, config, kind) for key, config in configs.items()]
    )
    return dict(zip(configs, found, strict=True))
