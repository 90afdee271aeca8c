"""
From a caller's computation to what can be kept.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from supaopt.cache._context import CacheContext, Kept, Terms
from supaopt.errors import ConfigError

if TYPE_CHECKING:
    from supaopt.cache._codec import Codec
    from supaopt.cache._computation import Computation
    from supaopt.cache._config import CacheConfig
    from supaopt.cache._model import Hit
    from supaopt.cache._world import Ports


class Answer(NamedTuple):
    """
    What was computed.

    Attributes:
        data: The answer as JSON text.
        value: The same, for the caller alone.
        terms: What to keep it under.
        seconds: How long that took, if it was computed for itself.
    """

    data: bytes
    value: Any
    terms: Terms
    seconds: float | None = None


def answer_of(key: str, value: Any, codec: Codec[Any], terms: Terms) -> Answer:
    """
    Return *value* as it will come back.

    Raises:
        ConfigError: It is not of its type, or will not come back as it.
    """
    try:
        data = codec.encode(value)
    except ConfigError as error:
        raise ConfigError(f"{key!r}: {error}") from error
    return _read(key, data, codec, terms)


async def compute(
    query: Computation, held: Hit | None, *, config: CacheConfig, codec: Codec[Any], ports: Ports
) -> Answer:
    """
    Return the answer that *query* gives.

    Args:
        query: The computation.
        held: The entry that is kept, if it may be shown.
        config: What the caller asks for.
        codec: Writes and reads the answer.
        ports: The world.

    Raises:
        ConfigError: The value cannot be kept, or the context was misused.
        Exception: Whatever the query raised.
    """
    terms = Terms(config.tags)
    began = ports.wall()
    kept = None if held is None else _shown(held, codec, ports)
    run = partial(query, CacheContext(query.key, kept, terms))
    try:
        limit = config.hard_timeout
        value = await (run() if limit is None else ports.background.within(limit, run))
    finally:
        terms.closed = True
    seconds = max(0.0, ports.wall() - began)  # clocks are set
    if held is None or kept is None or not terms.renews:
        return answer_of(query.key, value, codec, terms)._replace(seconds=seconds)
    if value is not kept.value:
        raise ConfigError(
            f"the function that computes {query.key!r} called not_modified() and returned "
            "something else; return what not_modified() returned, or do not call it"
        )
    # As kept: the function may have changed it.
    return _read(query.key, held.data, codec, terms)._replace(seconds=seconds)


def _shown(held: Hit, codec: Codec[Any], ports: Ports) -> Kept[Any] | None:
    if held.stored_at is None:
        return None
    age = max(0.0, ports.wall() - held.stored_at.timestamp())  # clocks differ
    with suppress(ValueError):  # an entry of an older release may not fit today's type
        return Kept(
            value=codec.decode(held.data),
            age=timedelta(seconds=age),
            stored_at=held.stored_at,
            tags=held.tags,
        )
    return None


def _read(key: str, data: bytes, codec: Codec[Any], terms: Terms) -> Answer:
    try:
        return Answer(data, codec.decode(data), terms)
    except ValueError as error:
        raise ConfigError(
            f"the value of {key!r} does not come back from JSON as its type: {error}; "
            "make the type read what it writes"
        ) from error
