"""
The database's cache over PostgREST: `CacheStore` as calls of the installed SQL functions.

Calls go by POST, which Supabase sends to the primary: a lease taken on a standby is unsound.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from supaopt._figures import CacheMetrics
from supaopt._postgrest import body
from supaopt._wire import Request
from supaopt.cache._model import Changes, Hit, Miss
from supaopt.errors import BadGatewayError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from supaopt._wire import Response
    from supaopt.cache._model import Lookup

_TIME: Final[TypeAdapter[datetime | None]] = TypeAdapter(datetime | None)


class PostgrestStore:
    """
    Entries in the project's own Postgres.
    """

    def __init__(self, send: Callable[[Request], Awaitable[Response]], *, timeout: float) -> None:
        self._send = send
        self._timeout = timeout

    async def lookup(self, key: str, /, *, max_age: float) -> Lookup:
        """
        Call ``get_cache_entry``.
        """
        answer = await self._call(
            "get_cache_entry", to_json({"p_cache_key": key, "p_max_age": _interval(max_age)})
        )
        return _lookup(answer)

    async def store(
        self, key: str, data: bytes, /, *, duration: float, tags: Sequence[str], lease: str
    ) -> bool:
        """
        Call ``set_cached_data``.
        """
        arguments = {
            "p_cache_key": key,
            "p_cache_duration": _interval(duration),
            "p_cache_tags": list(tags),
            "p_lease": lease,
        }
        # The data are JSON text already: spliced in rather than parsed and written again.
        content = b'{"p_cache_data":' + data + b"," + to_json(arguments)[1:]
        return from_json(await self._call("set_cached_data", content)) is True

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


def _interval(seconds: float) -> str:
    # No exponent: Postgres reads '1e-05 seconds' as something else.
    return f"{seconds:.6f} seconds"


def _lookup(answer: bytes) -> Lookup:
    found: Any = from_json(answer)
    if not isinstance(found, dict) or not isinstance(found.get("hit"), bool):
        raise BadGatewayError("get_cache_entry answered something that is no entry", status=200)
    if not found["hit"]:
        return Miss(lease=found.get("lease"))
    return Hit(
        data=to_json(found.get("data")),
        tags=tuple(found.get("tags") or ()),
        lease=found.get("lease"),
        stored_at=_TIME.validate_python(found.get("stored_at")),
        expires_at=_TIME.validate_python(found.get("expires_at")),
    )
