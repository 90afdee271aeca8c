"""
A Supabase project without a server: real clients of supabase-py, whose answers a test decides.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from supabase import (
    AsyncClient,
    AsyncClientOptions,
    Client,
    ClientOptions,
    create_async_client,
    create_client,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Project:
    """
    A client of one colour, the requests that it sent, and the answer that it gets.
    """

    client: Any = None
    requests: list[httpx.Request] = field(default_factory=list)
    reply: Callable[[httpx.Request], httpx.Response] = lambda _request: httpx.Response(200, json=[])

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.reply(request)

    def answer(self, body: object = None, *, status: int = 200, **headers: str) -> None:
        """Answer every request with *body* as JSON; bytes are sent as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        names = {"content-type": "application/json"}
        names |= {name.replace("_", "-"): value for name, value in headers.items()}
        self.reply = lambda _request: httpx.Response(status, content=content, headers=names)

    def refuse(self, status: int, code: str, message: str, hint: str | None = None) -> None:
        """Refuse every request as PostgREST does."""
        body = {"code": code, "message": message, "details": None, "hint": hint}
        self.answer(body, status=status)

    def fail(self, error: Exception) -> None:
        """Let every request fail before an answer arrives."""

        def reply(_request: httpx.Request) -> httpx.Response:
            raise error

        self.reply = reply

    @staticmethod
    def run(value: Any) -> Any:
        """Return the value, which an async client hands out as a coroutine."""
        return asyncio.run(_awaited(value)) if inspect.isawaitable(value) else value

    @property
    def sent(self) -> httpx.Request:
        """The last request."""
        return self.requests[-1]

    @property
    def params(self) -> list[tuple[str, str]]:
        """The last request's query parameters."""
        return self.sent.url.params.multi_items()


async def _awaited(value: Any) -> Any:
    return await value


URL = "https://project.supabase.co"
KEY = "sb_publishable_not_a_secret"


@pytest.fixture(name="sync_project")
def _sync_project() -> Iterator[Project]:
    project = Project()
    with httpx.Client(transport=httpx.MockTransport(project.handle)) as pool:
        project.client = create_client(URL, KEY, ClientOptions(httpx_client=pool))
        assert isinstance(project.client, Client)
        yield project


@pytest.fixture(name="async_project")
def _async_project() -> Iterator[Project]:
    project = Project()
    pool = httpx.AsyncClient(transport=httpx.MockTransport(project.handle))
    options = AsyncClientOptions(httpx_client=pool)
    project.client = asyncio.run(create_async_client(URL, KEY, options))
    assert isinstance(project.client, AsyncClient)
    yield project
    asyncio.run(pool.aclose())


@pytest.fixture(name="project", params=["sync_project", "async_project"])
def _project(request: pytest.FixtureRequest) -> Project:
    """Both colours of client: what holds for one must hold for the other."""
    project: Project = request.getfixturevalue(request.param)
    return project
