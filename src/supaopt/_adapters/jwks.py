"""
The door to a project's key endpoint: one bounded GET.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from supaopt.errors import KeysUnavailableError

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 262_144
DEADLINE = 5.0
_HEADERS = {"accept": "application/json"}


def fetch(client: httpx.Client, url: str) -> bytes:
    """
    Return the document at *url*.

    Redirects are not followed: keys come from the project's own address or not at all. Nor may
    the server take its time: httpx limits each read, this limits the whole.

    Raises:
        KeysUnavailableError: Another status, too large, or too slow.
        httpx.HTTPError: No answer.
    """
    ends = time.monotonic() + DEADLINE
    content = bytearray()
    step = min(DEADLINE, client.timeout.read or DEADLINE)
    with client.stream(
        "GET", url, headers=_HEADERS, follow_redirects=False, timeout=step
    ) as answer:
        _check_status(answer)
        for chunk in answer.iter_bytes():
            _check_size(content, chunk)
            if time.monotonic() > ends:
                raise KeysUnavailableError(f"the key endpoint took longer than {DEADLINE} s")
    return bytes(content)


async def afetch(client: httpx.AsyncClient, url: str) -> bytes:
    """
    Return the document at *url*; see `fetch`.

    Raises:
        KeysUnavailableError: Another status, too large, or too slow.
        httpx.HTTPError: No answer.
    """
    content = bytearray()
    try:
        async with (
            asyncio.timeout(DEADLINE),
            client.stream("GET", url, headers=_HEADERS, follow_redirects=False) as answer,
        ):
            _check_status(answer)
            async for chunk in answer.aiter_bytes():
                _check_size(content, chunk)
    except TimeoutError:
        raise KeysUnavailableError(f"the key endpoint took longer than {DEADLINE} s") from None
    return bytes(content)


def _check_status(answer: httpx.Response) -> None:
    if answer.status_code != 200:
        raise KeysUnavailableError(f"the key endpoint answered {answer.status_code}")


def _check_size(content: bytearray, chunk: bytes) -> None:
    content += chunk
    if len(content) > MAX_BYTES:
        raise KeysUnavailableError(f"the key endpoint sent more than {MAX_BYTES} bytes")
