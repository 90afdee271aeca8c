"""
The database's cache over PostgREST: `CacheStore` as calls of the installed SQL functions.

Calls go by POST, which Supabase sends to the primary: a lease taken on a standby is unsound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json, to_json

from supaopt._figures import CacheMetrics
from supaopt._postgrest import body
from supaopt._wire import Request
from supaopt.cache._calls import (
    fates,
    interval,
    load,
    loads_of,
    lookup,
    lookups,
    parts_of,
    question,
)
from supaopt.cache._model import Changes
from supaopt.errors import BadGatewayError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from supaopt._wire import Response
    from supaopt.cache._model import Lookup
    from supaopt.cache._ports import NewEntry

_NO_FUNCTION: Final = ("PGRST202", "42883")
_OLDER_FOR: Final = 60.0  # seconds until a function that was not there is asked for again


class PostgrestStore:
    """
    Entries in the project's own Postgres.

    Args:
        send: Sends a request, and returns the answer.
        timeout: Seconds that one call may take.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        send: Callable[[Request], Awaitable[Response]],
        *,
        timeout: float,
        clock: Callable[[], float],
    ) -> None:
        self._send = send
        self._timeout = timeout
        self._clock = clock
        self._older_until = float("-inf")

    async def lookup(self, key: str, /, *, max_age: float) -> Lookup:
        """
        Call ``get_cache_entry``.
        """
        answer = await self._call(
            "get_cache_entry", to_json({"p_cache_key": key, "p_max_age": interval(max_age)})
        )
        return lookup(answer)

    async def store(
        self, key: str, data: bytes, /, *, duration: float, tags: Sequence[str], lease: str
    ) -> bool:
        """
        Call ``set_cached_data``.
        """
        arguments = {
            "p_cache_key": key,
            "p_cache_duration": interval(duration),
            "p_cache_tags": list(tags),
            "p_lease": lease,
        }
        # The data are JSON text already: spliced in rather than parsed and written again.
        content = b'{"p_cache_data":' + data + b"," + to_json(arguments)[1:]
        return from_json(await self._call("set_cached_data", content)) is True

    async def lookup_many(self, max_ages: Mapping[str, float], /) -> Mapping[str, Lookup] | None:
        """
        Call ``get_cache_entries``; None where the database does not have it.
        """
        found: dict[str, Lookup] = {}
        for ages in parts_of(max_ages):
            answer = await self._call_newer("get_cache_entries", question(ages))
            if answer is None:
                return None
            found |= lookups(tuple(ages), answer)
        return found

    async def store_many(self, entries: Sequence[NewEntry], /) -> Sequence[bool] | None:
        """
        Call ``set_cached_entries``; None where the database does not have it.
        """
        stored: list[bool] = []
        for some in loads_of(entries):
            answer = await self._call_newer("set_cached_entries", load(some))
            if answer is None:
                return None
            stored += fates(some, answer)
        return stored

    async def invalidate(self, tags: Sequence[str], /) -> int:
        """
        Call ``invalidate_cache_by_tags``.
        """
        answer = await self._call("invalidate_cache_by_tags", to_json({"p_tags": list(tags)}))
        return int(from_json(answer))

    async def changes(self, after: str | None, /) -> Changes:
        """
        Call ``get_cache_changes``.
        """
        return _changes(await self._call("get_cache_changes", to_json({"p_after": after})))

    async def record_hits(self, hits: Mapping[str, int], /) -> None:
        """
        Call ``record_cache_hits``.
        """
        await self._call("record_cache_hits", to_json({"p_hits": dict(hits)}))

    async def cleanup(self) -> int:
        """
        Call ``cleanup_expired_cache``.
        """
        return int(from_json(await self._call("cleanup_expired_cache", b"{}")))

    async def metrics(self) -> CacheMetrics:
        """
        Call ``get_cache_metrics``.
        """
        return CacheMetrics.model_validate_json(await self._call("get_cache_metrics", b"{}"))

    async def _call_newer(self, function: str, content: bytes) -> bytes | None:
        # None where an older release of the SQL is installed, which is asked again later: it may
        # be renewed, or PostgREST may not have looked yet.
        if self._clock() < self._older_until:
            return None
        try:
            return await self._call(function, content)
        except NotFoundError as error:
            if error.code not in _NO_FUNCTION:
                raise
            self._older_until = self._clock() + _OLDER_FOR
            return None

    async def _call(self, function: str, content: bytes) -> bytes:
        return body(
            await self._send(
                Request(
                    method="POST", path=f"rpc/{function}", content=content, timeout=self._timeout
                )
            )
        )


def _changes(answer: bytes) -> Changes:
    found: Any = from_json(answer)
    if not isinstance(found, dict) or not isinstance(found.get("watermark"), str):
        raise BadGatewayError("get_cache_changes answered something else", status=200)
    return Changes(
        watermark=found["watermark"],
        written=tuple((int(tag), int(xid)) for tag, xid in found["changes"]),
        reset=found["reset"] is True,
    )
